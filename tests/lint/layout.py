# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand at the top level, and what every file says, and must not say, of where it is from."""

import sys

from deskside_test import tap, tree

TOP = {"meson.build", "README.md", "LICENSE", "app", "net", "ui", "data", "po", "tests"}
# Written in two parts, so that this file does not find itself.
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"
SOURCES = (".c", ".h", ".py", ".ui", ".css", ".in", ".1", ".8", "meson.build")
MACHINE = ("/wo" "rk/", "/tmp/" "w/")


def strangers(paths):
    """Yield the entries of the top level that have no place there."""
    for entry in sorted({path.split("/")[0] for path in paths}):
        if entry not in TOP and not entry.startswith("."):
            yield f"{entry} has no place at the top level"


def machine_paths(texts):
    """Yield the lines that hold a path of one machine."""
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if any(word in line for word in MACHINE):
                yield f"{path}:{number}: {line.strip()}"


def unlicensed(texts):
    """Yield the sources, scripts among them, whose first lines do not name the licence."""
    for path, text in texts.items():
        is_source = path.endswith(SOURCES) or text.startswith("#!")
        if is_source and not any(LICENCE in line for line in text.splitlines()[:3]):
            yield f"{path}: its first lines do not say {LICENCE}"


def self_test():
    """Say where the checks miss something."""
    if list(strangers(["net/x.c", ".ci/run", "docs/x", "LICENSE"])) != [
        "docs has no place at the top level"
    ]:
        yield "the top level is not checked"
    if len(list(machine_paths({"x": "a\nb " + MACHINE[0] + "c\n" + MACHINE[1]}))) != 2:
        yield "paths are not checked"
    licensed = {"a.c": f"/* {LICENCE} */", "b": f"#!/bin/sh\n# {LICENCE}", "README.md": "text"}
    if list(unlicensed(licensed)) or len(list(unlicensed({"c.h": "", "d": "#!/bin/sh"}))) != 2:
        yield "licences are not checked"


def main():
    t = tap.Tap()
    texts = tree.texts(sys.argv[1])
    t.check("a stranger, a machine's path and no licence are found", self_test())
    t.check("the top level holds what it should", strangers(tree.files(sys.argv[1])))
    t.check("no file names one machine's folders", machine_paths(texts))
    t.check("every source names its licence", unlicensed(texts))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
