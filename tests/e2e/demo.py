# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration holds; and it does not when one of its steps is missed."""

import concurrent.futures
import pathlib
import sys
import tempfile

from deskside_test import programs, tap

ENDS_S = 150.0
# What is skipped, and how the demonstration says what was missed then.
SKIPPED = (("type", "the typed text in the helpee's file"), ("draw", "though the link is cut"))
STEPS = {"start", "code", "question", "picture", "text", "cut", "again", "end"}


def play(folder, *options):
    """Run it to its end; return status, and what it printed."""
    with programs.Program([sys.executable, "-m", "deskside_test.demo", folder, *options]) as demo:
        status = demo.wait_exit(ENDS_S)
        return status, demo.lines + demo.stderr().splitlines()


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor() as pool:
        folder = pathlib.Path(name)
        jobs = [pool.submit(play, folder / step, "--skip", step) for step, _ in SKIPPED]
        status, lines = play(folder / "whole")
        t.note("\n".join(lines))
        t.check("it holds", [f"status {status}"] if status else [])
        kept = {path.name.split("-")[1] for path in (folder / "whole").glob("*.png")}
        t.equal("it keeps pictures of each step", kept, STEPS)
        for (step, words), job in zip(SKIPPED, jobs):
            status, lines = job.result()
            told = [line for line in lines if "FAILED" in line and words in line]
            t.check(f"without the step {step} it fails", lines if status != 1 or not told else [])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
