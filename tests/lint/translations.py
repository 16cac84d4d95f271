# SPDX-License-Identifier: GPL-3.0-or-later
"""What people read can be translated, and is.

po/POTFILES names just the files that hold such texts; each language of po/LINGUAS has every one.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from deskside_test import tap, tree

MARK = re.compile(r'\b(?:N?_|C_|ngettext)\s*\(\s*"|translatable="(?:yes|true)"')
ENDINGS = (".c", ".h", ".ui", ".gschema.xml")
UNMARKED = (".desktop.in", ".metainfo.xml.in")  # which of their texts are meant, xgettext knows


def marked(texts):
    """Return the files below app/, ui/ and data/ that mark a text for translation."""
    rooms = ("app/", "ui/", "data/")
    return {
        path
        for path, text in texts.items()
        if path.startswith(rooms)
        and (path.endswith(UNMARKED) or (path.endswith(ENDINGS) and MARK.search(text)))
    }


def lines(text):
    """Return the lines of a list that are no comments."""
    return [line for line in text.splitlines() if line and line[0] != "#"]


def problems(texts):
    """Compare the list with the files."""
    listed = set(lines(texts["po/POTFILES"]))
    found = marked(texts)
    missing = [f"{path} is not in po/POTFILES" for path in sorted(found - listed)]
    return missing + [f"{path} in po/POTFILES has no text" for path in sorted(listed - found)]


def template(root, folder):
    """Collect the texts as po/meson.build's preset does; return the path of the .pot file."""
    pot = folder / "all.pot"
    words = ("_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2")
    keywords = ["--keyword=" + word for word in words]
    command = ["xgettext", "--from-code=UTF-8", *keywords, "--files-from=po/POTFILES", "-o", pot]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return pot


def untranslated(po, pot, folder):
    """Say what msgfmt says of a .po file against today's texts, unless all are translated."""
    merged = folder / "merged.po"
    subprocess.run(["msgmerge", "--quiet", "-o", merged, po, pot], check=True)
    run = subprocess.run(
        ["msgfmt", "--check", "--statistics", "-o", "/dev/null", merged],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    said = run.stdout.strip()
    if re.fullmatch(r"[1-9]\d* translated messages\.", said):
        return []
    missing = subprocess.run(
        ["msgattrib", "--no-obsolete", "--untranslated", "--no-wrap", merged],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout
    texts = re.findall(r'^msgid (".+")$', missing, re.M)
    return [f"{po.name}: {said}", *(f"{po.name}: no translation of {text}" for text in texts)]


def check_languages(t, root):
    """Merge each translation with the texts of the tree; one with a text less must be found."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pot = template(root, folder)
        languages = lines((root / "po/LINGUAS").read_text(encoding="utf-8"))
        for language in languages:
            po = root / "po" / (language + ".po")
            t.check(f"{language} is complete", untranslated(po, pot, folder))
            text = po.read_text(encoding="utf-8")
            short = folder / "short.po"
            short.write_text(text[: text.rindex("\nmsgid ")], encoding="utf-8")
            t.equal(f"a hole in {language} is found", untranslated(short, pot, folder) == [], False)
        wanted = {"ar", "de"} - set(languages)
        t.check("there are the languages that were promised", wanted)


def main():
    t = tap.Tap()
    bad = {"po/POTFILES": "app/a.c\n", "app/b.c": 'puts(_("x"));', "app/a.c": "", "net/c.c": '_("")'}
    wanted = ["app/b.c is not in po/POTFILES", "app/a.c in po/POTFILES has no text"]
    t.equal("a bad list is found", problems(bad), wanted)
    t.check("po/POTFILES is right", problems(tree.texts(sys.argv[1])))
    check_languages(t, pathlib.Path(sys.argv[1]))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
