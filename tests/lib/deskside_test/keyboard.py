# SPDX-License-Identifier: GPL-3.0-or-later
"""What the X server itself says of its keyboard and buttons: what is held, and what keys mean."""

import ctypes
import json
import os
import subprocess
import sys

KEYS_BYTES = 32
BUTTONS_MASK = 0x1F00  # Button1Mask to Button5Mask in X.h
SHIFT_L, CONTROL_L, RETURN = 0xFFE1, 0xFFE3, 0xFF0D
YA = 0x06D1  # Cyrillic_ya, which no Latin layout has


def _call(screen, *command):
    env = {**os.environ, **screen.env}
    return subprocess.run(command, env=env, check=True, capture_output=True).stdout


def keymap(screen):
    """Return the X server's whole keymap as bytes."""
    compiled = _call(screen, "xkbcomp", "-w0", "-xkb", screen.display, "-")
    return _call(screen, "xmodmap", "-pke") + compiled


def held(screen):
    """Return ([keycodes], mask of buttons) that are down now, whoever holds them."""
    # Xlib ends its program when the X server is gone, so this is another one.
    keys, mask = json.loads(_call(screen, sys.executable, "-m", __name__))
    return keys, mask


def main():
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    keys = (ctypes.c_ubyte * KEYS_BYTES)()
    x11.XQueryKeymap(display, keys)
    window, number, mask = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_uint()
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    places = [ctypes.byref(number)] * 4
    windows = [ctypes.byref(window)] * 2
    x11.XQueryPointer(display, root, *windows, *places, ctypes.byref(mask))
    codes = [code for code in range(8 * KEYS_BYTES) if keys[code // 8] >> (code % 8) & 1]
    print(json.dumps([codes, mask.value & BUTTONS_MASK]))


if __name__ == "__main__":
    main()
