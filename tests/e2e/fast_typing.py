# SPDX-License-Identifier: GPL-3.0-or-later
"""Far more foreign characters than there are keys to borrow, typed faster than any program reads."""

import contextlib
import json
import os
import random
import sys
import tempfile

from deskside_test import keyboard, programs, session, tap, xserver
from deskside_test.local import Local

WIDTH, HEIGHT = 640, 480
COUNT = 300
WAIT_S = 60.0  # for programs on a loaded machine; most of the time nothing is waited for
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ"
SYMBOLS = "€№§°½¼±×÷≤≥≠≈∞∑√∫←↑→↓★☆☀☂☃♠♣♥♦♪✓✗"
UNICODE = 0x01000000  # X11's keysym of a character is its number and this


def text_of(seed):
    """Return COUNT characters that a keyboard of the USA lacks, but for a few."""
    draw = random.Random(seed)
    return "".join(draw.choice(CYRILLIC + GREEK + SYMBOLS + "ab 1") for _ in range(COUNT))


def type_line(viewer, text):
    """Press and release a key for each character, and Return, all at once."""
    keysyms = [ord(character) + (UNICODE if ord(character) > 0xFF else 0) for character in text]
    for keysym in (*keysyms, keyboard.RETURN):
        viewer.key(keysym, True)
        viewer.key(keysym, False)


def borrowed(before, screen):
    """Return how many keys mean something else than before."""
    pairs = zip(before.splitlines(), keyboard.keymap(screen).splitlines())
    return sum(one != other for one, other in pairs if one.startswith(b"keycode"))


class Terminal:
    """A terminal whose program reads lines."""

    def __init__(self, screen, folder):
        self._path = folder / "typed"
        script = f"cat > {self._path}"
        screen.start("env", "LC_ALL=C.UTF-8", "xterm", "-u8", "-geometry", "90x30+0+0", "-e", "sh", "-c", script)
        session.until(self._path.exists, WAIT_S, "the terminal")
        env = {**os.environ, **screen.env}
        look = "xdotool search --sync --onlyvisible --class xterm".split()
        programs.Program(look, env=env).wait_exit()

    def text(self):
        """Return what has come to its program."""
        return self._path.read_text(encoding="utf-8")


class Editor:
    """A GTK program."""

    def __init__(self, screen, _):
        env = {"GTK_A11Y": "none", "GIO_USE_VFS": "local", "GSETTINGS_BACKEND": "memory"}
        words = [f"{name}={value}" for name, value in env.items()]
        self._program = screen.start("env", *words, sys.executable, "-m", "deskside_test.editor")
        self._program.wait_line("shown", WAIT_S)

    def text(self):
        """Return what it holds."""
        lines = [line for line in self._program.lines if '"text"' in line]
        return json.loads(lines[-1])["text"] if lines else ""


def check(t, stack, screen, program, text):
    """Type into a program of this class."""
    local = Local(stack, screen, "control")
    before = keyboard.keymap(screen)
    reader = program(screen, screen.folder)
    local.viewer.pointer(100, 60)
    type_line(local.viewer, text)
    with contextlib.suppress(programs.Failure):  # what differs is told below
        session.until(lambda: len(reader.text()) > COUNT, WAIT_S, "the text")
    t.equal(f"all of it arrives, in order: {program.__name__}", reader.text(), text + "\n")
    keys = borrowed(before, screen)
    is_full = 0 < 4 * keys < len(set(text))
    t.check("and it was more than there is room for", [] if is_full else [f"{keys} are borrowed"])
    t.equal("share ends well", local.program.stop(), 0)
    t.equal("the keys are given back", keyboard.keymap(screen), before)


def main():
    t = tap.Tap()
    text = text_of(session.seed())
    for program in (Terminal, Editor):
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            screen = stack.enter_context(xserver.XServer(name, WIDTH, HEIGHT))
            check(t, stack, screen, program, text)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
