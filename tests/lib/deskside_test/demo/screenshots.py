# SPDX-License-Identifier: GPL-3.0-or-later
"""screenshots FOLDER: save the pictures of README.md there, of the running programs."""

import contextlib
import gettext
import os
import pathlib
import sys
import tempfile

from .. import meeting, netns
from . import play, player, timeline

SEED = 1  # the same colours each time
LANGUAGE = "ar"


def keep_code_page(stack, folder, told, album):
    """Save the page with the code as it is in a language that is written from the right."""
    texts = gettext.translation("deskside", os.environ["DESKSIDE_LOCALEDIR"], [LANGUAGE])
    relay = stack.enter_context(meeting.Relay())
    through = ["--relay", relay.address, "--relay-pin", relay.pin]
    helpee = player.Player("helpee", folder / LANGUAGE, told, *through, language=LANGUAGE)
    stack.enter_context(helpee)
    helpee.choose(texts.gettext("Share My Screen"))
    helpee.see(r"\d{4} \d{4} \d{4}")
    album.keep_window(f"code-{LANGUAGE}", helpee, helpee.main)


def main():
    if not netns.enter():
        sys.exit("screenshots: two machines are needed, and there are no name spaces")
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        told = timeline.Timeline()
        album = timeline.Album(folder, told, windows=pathlib.Path(sys.argv[1]))
        play.Play(stack, folder, SEED, told, album).pose()
        keep_code_page(stack, folder, told, album)


if __name__ == "__main__":
    main()
