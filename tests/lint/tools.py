# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools of others over our files: clang-format, shellcheck, groff. None may have a word to say."""

import pathlib
import subprocess
import sys
import tempfile

from deskside_test import tap, tree

FORMAT = ["clang-format", "--dry-run", "-Werror", "--style=file"]
SHELL = ["shellcheck", "--format=gcc"]
MANUAL = ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-z"]


def complaints(command, root, paths):
    """Return what the tool says of the files, as lines; where all is well, none."""
    run = subprocess.run(
        [*command, *paths],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = run.stdout.splitlines()
    return lines if lines or run.returncode == 0 else [f"{command[0]}: status {run.returncode}"]


def is_silent_about(command, root, name, text):
    """Say whether the tool is content with a file of this text, by the tree's own settings."""
    with tempfile.TemporaryDirectory() as folder:
        style = ".clang-format"
        (pathlib.Path(folder) / style).write_bytes((root / style).read_bytes())
        (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
        return not complaints(command, folder, [name])


def check(t, root, what, command, paths, bad):
    """Print two points: the tool finds the bad sample, and nothing in the tree."""
    name, text = bad
    silent = is_silent_about(command, root, name, text)
    t.check(f"{command[0]} finds a bad {what}", ["it said nothing"] if silent else [])
    found = complaints(command, root, paths) if paths else []
    t.check(f"{command[0]} is content with {len(paths)}", found)


def main():
    root = pathlib.Path(sys.argv[1])
    texts = tree.texts(root)
    c_files = [path for path in texts if path.endswith((".c", ".h"))]
    shebangs = ("#!/bin/sh", "#!/bin/bash")
    scripts = [path for path, text in texts.items() if text.startswith(shebangs)]
    pages = [path for path in texts if path.startswith("data/man/") and path[-1].isdigit()]
    t = tap.Tap()
    check(t, root, "file", FORMAT, c_files, ("x.c", "int x  ;\n"))
    check(t, root, "script", SHELL, scripts, ("x", "#!/bin/sh\nrm $1\n"))
    check(t, root, "page", MANUAL, pages, ("x.1", ".TH X 1\n.SH X\n.nosuchmacro\n"))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
