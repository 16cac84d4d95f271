# SPDX-License-Identifier: GPL-3.0-or-later
"""From Share to Stop by pointer, by keyboard alone, by accessible actions alone, in three languages."""

import contextlib
import gettext
import os
import pathlib
import re
import tempfile

from deskside_test import person, tap
from deskside_test.stage import Stage

ENTRY = "Code or link"
SCREEN = "The other screen"
CODE = r"^(\d{4} \d{4} \d{4})$"


class Words:
    """The texts of the window in one language, by their English ones."""

    def __init__(self, language):
        self.language = language
        self._texts = {}
        if language != "C":
            catalogue = gettext.translation("deskside", os.environ["DESKSIDE_LOCALEDIR"], [language])
            self._texts = dict(catalogue._catalog)  # pylint: disable=protected-access
        self._plain = {
            key.replace("_", ""): text.replace("_", "")
            for key, text in self._texts.items()
            if isinstance(key, str)
        }

    def __call__(self, english):
        """Return a text as it is seen, without the mark of a mnemonic."""
        return self._plain.get(english, english)

    def mnemonic(self, english):
        """Return the key that goes with Alt for a text with a mark ("_Stop")."""
        text = self._texts.get(english, english)
        return "alt+" + text[text.index("_") + 1].lower()

    def is_english(self, name):
        """Say whether a name stands there in English, though it has a translation."""
        for key, text in self._plain.items():
            pattern = re.escape(key).replace("%s", ".+")
            if key and text != key and re.fullmatch(pattern, name):
                return True
        return False


def faults(who, words):
    """Yield which names of controls are not clear, or not translated."""
    for controls in who.controls():
        yield from person.unclear(controls)
        for _, name in controls:
            if words.is_english(name):
                yield f"{name!r} is not translated"


def is_mirrored(who, first, second):
    """Say whether the first of two controls in a row stands at the right."""
    return who.place(first)[0] > who.place(second)[0]


class Pointer:
    """Clicks at the places that AT-SPI reports, and types."""

    def __init__(self, words):
        self._words = words

    def do(self, who, english, window=None):
        """Click on a control."""
        who.becomes(self._words(english.replace("_", "")), "sensitive")
        who.click(self._words(english.replace("_", "")), window)

    def type(self, who, text):
        """Click on the entry and type."""
        who.click(self._words(ENTRY))
        who.xdo("type", text)


class Keyboard:
    """Types, and presses what has the focus, which Tab moves."""

    def __init__(self, words):
        self._words = words

    def do(self, who, english, window=None):
        """Come to a control by its mnemonic where it has one on this page, else by Tab."""
        name = self._words(english.replace("_", ""))
        who.becomes(name, "sensitive")
        if english.startswith("_"):
            who.key(self._words.mnemonic(english))
            return
        for _ in range(10):
            if who.focused() == name:
                break
            who.key("Tab")
        who.becomes(name, "focused")
        who.key("space")

    def type(self, who, text):
        """Type where the focus is, which is the entry."""
        who.becomes(self._words(ENTRY), "focused")
        who.xdo("type", text)


class Actions:
    """Does what assistive technology can do without a key and without a pointer."""

    def __init__(self, words):
        self._words = words

    def do(self, who, english, window=None):
        """Do the action of a control."""
        who.press(self._words(english.replace("_", "")), window)

    def type(self, who, text):
        """Fill the entry."""
        who.type_into(self._words(ENTRY), text)


def travel(t, way, words, helpee, helper):
    """Go from Share to Stop; look at the names on the way."""

    def look(where, *people):
        t.check(f"{where}: names", [fault for who in people for fault in faults(who, words)])

    helper.becomes(words("Help Someone"), "sensitive")
    look("start", helper)
    way.do(helpee, "_Share My Screen")
    (code,) = helpee.see(CODE)
    way.do(helper, "_Help Someone")
    helper.becomes(words(ENTRY), "focused")
    look("code and entry", helpee, helper)
    is_turned = is_mirrored(helpee, words("Copy Code"), words("Copy Link"))
    t.equal("a row runs as the language does", is_turned, words.language == "ar")
    way.type(helper, code.replace(" ", ""))
    helper.see(re.escape(words("Connecting. The person who shares is being asked…")))
    helpee.becomes(words("Let Them Look"), "sensitive")
    look("question and status", helpee, helper)
    way.do(helpee, "Let Them _Look")
    helper.becomes(words(SCREEN), "focused")
    helpee.becomes(words("Stop"), "focused")
    look("sharing and viewer", helpee, helper)
    way.do(helpee, "Stop", 1)
    helpee.becomes(words("Share My Screen"), "focused")
    helper.see(f"^{re.escape(words('The person who shared ended the session.'))}$")
    look("the end", helper)
    way.do(helper, "Back")
    helper.becomes(words("Share My Screen"), "focused")
    t.check("from Share to Stop", [])


def main():
    t = tap.Tap()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        setting = Stage(stack, folder)
        for way, language in ((Pointer, "C"), (Keyboard, "de"), (Actions, "ar")):
            t.note(f"{way.__name__}, {language}")
            words = Words(language)
            desk = {"language": language, "manager": "openbox"}
            with (
                person.Person(folder / f"helpee-{language}", *setting.through, **desk) as helpee,
                person.Person(folder / f"helper-{language}", *setting.through, **desk) as helper,
            ):
                travel(t, way(words), words, helpee, helper)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
