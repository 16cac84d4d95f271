# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read can be translated: po/POTFILES names just the files that hold such texts."""

import re
import sys

from deskside_test import tap, tree

MARK = re.compile(r'\b(?:N?_|C_|ngettext)\s*\(\s*"|translatable="(?:yes|true)"')
ENDINGS = (".c", ".h", ".ui", ".desktop.in", ".metainfo.xml.in", ".gschema.xml")


def marked(texts):
    """Return the files below app/, ui/ and data/ that mark a text for translation."""
    rooms = ("app/", "ui/", "data/")
    return {
        path
        for path, text in texts.items()
        if path.startswith(rooms) and path.endswith(ENDINGS) and MARK.search(text)
    }


def problems(texts):
    """Compare the list with the files."""
    listed = {line for line in texts["po/POTFILES"].splitlines() if line and line[0] != "#"}
    found = marked(texts)
    missing = [f"{path} is not in po/POTFILES" for path in sorted(found - listed)]
    return missing + [f"{path} in po/POTFILES has no text" for path in sorted(listed - found)]


def main():
    t = tap.Tap()
    bad = {"po/POTFILES": "app/a.c\n", "app/b.c": 'puts(_("x"));', "app/a.c": "", "net/c.c": '_("")'}
    wanted = ["app/b.c is not in po/POTFILES", "app/a.c in po/POTFILES has no text"]
    t.equal("a bad list is found", problems(bad), wanted)
    t.check("po/POTFILES is right", problems(tree.texts(sys.argv[1])))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
