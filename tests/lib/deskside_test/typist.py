# SPDX-License-Identifier: GPL-3.0-or-later
"""Types texts as a person does: on the keys of whatever layout an X server has, by XTEST."""

import ctypes
import ctypes.util
import json
import os
import re
import subprocess
import sys
import unicodedata

# Where xmodmap lists what one, two, three and four of Shift and AltGr make of a key.
LEVELS = {0: 0, 1: 1, 4: 2, 5: 3}
SHIFT, CAPS, ALT_GR = 50, 66, 108  # X's keycodes, on every PC's keyboard
DEAD = {
    "\u0300": "dead_grave",
    "\u0301": "dead_acute",
    "\u0302": "dead_circumflex",
    "\u0303": "dead_tilde",
    "\u0308": "dead_diaeresis",
}
# What a dead key is by itself, with the space bar after it.
SPACING = {"`": "dead_grave", "^": "dead_circumflex", "~": "dead_tilde", "'": "dead_acute"}
COMPOSED = {"ñ": "~n", "Ñ": "~N", "©": "oc", "½": "12", "ß": "ss", "€": "=E", "æ": "ae", "«": "<<", "»": ">>"}


def _read_keys(screen):
    """Return {name of a keysym: (keycode, level)} for what a display's keys mean."""
    env = {**os.environ, **screen.env}
    lines = subprocess.run(["xmodmap", "-pke"], env=env, check=True, capture_output=True, text=True)
    keys = {}
    for line in lines.stdout.splitlines():
        match = re.match(r"keycode +(\d+) = (.+)", line)
        for place, name in enumerate(match[2].split() if match else ()):
            if place in LEVELS:
                keys.setdefault(name, (int(match[1]), LEVELS[place]))
    return keys


def _character(xkb, name):
    """Return what the keysym of a name types, "" for nothing."""
    code = xkb.xkb_keysym_to_utf32(xkb.xkb_keysym_from_name(name.encode(), 0))
    return chr(code) if code >= ord(" ") and not name.startswith(("KP_", "dead_")) else ""


class Keyboard:
    """A display's keyboard, with the layout that it has now."""

    def __init__(self, screen):
        self._screen = screen
        self._keys = _read_keys(screen)
        xkb = ctypes.CDLL("libxkbcommon.so.0")
        self._characters = {}
        for name, key in sorted(self._keys.items(), key=lambda item: item[1][1]):
            self._characters.setdefault(_character(xkb, name), key)
        self._characters["\n"] = self._keys["Return"]

    def _press(self, key):
        """Return the events that press a key on one of its levels and let it go."""
        code, level = key
        modifiers = [SHIFT] * (level & 1) + [ALT_GR] * (level >> 1)
        events = [(modifier, True) for modifier in modifiers] + [(code, True), (code, False)]
        return events + [(modifier, False) for modifier in reversed(modifiers)]

    def keys_of(self, character):
        """Return the keys that make a character one after the other, None where none do."""
        if character in self._characters:
            return [self._characters[character]]
        if SPACING.get(character) in self._keys:
            return [self._keys[SPACING[character]], self._characters[" "]]
        base, *marks = unicodedata.normalize("NFD", character)
        dead = [self._keys.get(DEAD.get(mark)) for mark in marks]
        if dead and all(dead) and base in self._characters:
            return [*reversed(dead), self._characters[base]]
        if character in COMPOSED and "Multi_key" in self._keys:
            return [self._keys["Multi_key"], *map(self._characters.get, COMPOSED[character])]
        return None

    def events(self, text, is_locked=False):
        """Return the (keycode, is pressed) that type a text; `is_locked`: capitals by Caps Lock."""
        lock = [(CAPS, True), (CAPS, False)] * is_locked
        events = list(lock)
        for character in text:
            keys = self.keys_of(character.lower() if is_locked else character)
            if keys is None:
                raise LookupError(f"no key for {character!r}")
            for key in keys:
                events += self._press(key)
        return events + lock

    def type(self, events):
        """Make these events, as fast as the X server takes them."""
        words = [sys.executable, "-m", __name__]
        env = {**os.environ, **self._screen.env}
        subprocess.run(words, env=env, check=True, input=json.dumps(events), text=True)


def main():
    x11, test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    for code, is_pressed in json.load(sys.stdin):
        test.XTestFakeKeyEvent(display, code, is_pressed, ctypes.c_ulong(0))
    x11.XSync(display, 0)
    x11.XCloseDisplay(display)


if __name__ == "__main__":
    main()
