# SPDX-License-Identifier: GPL-3.0-or-later
"""clang-tidy, by the checks of .clang-tidy, over every C file of the programs."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from deskside_test import tap

# The build may be gcc's, whose options clang does not know.
TIDY = ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option"]
BAD = "int f(void);\nint f(void)\n{\n    int *p = 0;\n    return *p;\n}\n"


def complaints(root, build, path):
    """Return the lines that clang-tidy prints about one file.

    One process a file: clang-tidy 14 blames a good va_list when it has read another file before.
    """
    command = [*TIDY, f"--config-file={root / '.clang-tidy'}", "-p", str(build), str(path)]
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if run.stdout.strip():
        return run.stdout.splitlines()
    return run.stderr.splitlines() if run.returncode != 0 else []


def sources(root, build):
    """Return the C files that a build compiles, without the tests and what is generated."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    paths = {pathlib.Path(os.path.normpath(build / row["file"])) for row in commands}
    left_out = {build, root / "tests"}
    return sorted(p for p in paths if p.suffix == ".c" and left_out.isdisjoint(p.parents))


def finds_bad(root):
    """Say whether clang-tidy finds a sample that it must find."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "bad.c"
        path.write_text(BAD, encoding="utf-8")
        row = {"directory": folder, "command": "clang -c bad.c", "file": "bad.c"}
        (path.parent / "compile_commands.json").write_text(json.dumps([row]), encoding="utf-8")
        return any("NullDereference" in line for line in complaints(root, path.parent, path))


def main():
    root, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    t = tap.Tap()
    t.check("a bad file is found", [] if finds_bad(root) else ["clang-tidy said nothing"])
    paths = sources(root, build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: complaints(root, build, path), paths)
        lines = [line for lines in found for line in lines]
    t.check(f"{len(paths)} files are clean", lines)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
