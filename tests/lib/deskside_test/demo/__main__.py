# SPDX-License-Identifier: GPL-3.0-or-later
"""demo FOLDER [--skip STEP]: play it, leave the pictures in FOLDER, and say whether it held."""

import argparse
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

from .. import programs, session
from . import play, timeline


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--skip", choices=play.SKIPPABLE, help="a step that must be missed then")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    told = timeline.Timeline()
    if os.environ.get("DISPLAY"):
        told.line("demo", f"runs on screens of its own and leaves {os.environ['DISPLAY']} alone")
    try:
        with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
            album = timeline.Album(options.folder, told)
            play.Play(stack, pathlib.Path(name), session.seed(), told, album).run(options.skip)
    except programs.Failure as failure:
        told.line("FAILED", str(failure))
        return 1
    except KeyboardInterrupt:
        return 130
    told.line("end", f"all of it held; the pictures are in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
