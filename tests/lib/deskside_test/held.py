# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks an X server what is held down: a program that prints {"keys": [...], "buttons": [...]}."""

import ctypes
import json

BUTTON_1_BIT, BUTTONS = 8, 5  # of the pointer's state: /usr/include/X11/X.h, Button1Mask
KEYMAP_BYTES = 32


def main():
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XDefaultRootWindow.restype = ctypes.c_ulong
    display = ctypes.c_void_p(xlib.XOpenDisplay(None))
    keymap = ctypes.create_string_buffer(KEYMAP_BYTES)
    xlib.XQueryKeymap(display, keymap)
    keys = [code for code in range(8 * KEYMAP_BYTES) if keymap.raw[code // 8] >> code % 8 & 1]
    root = ctypes.c_ulong(xlib.XDefaultRootWindow(display))
    ids, places = [ctypes.c_ulong() for _ in range(2)], [ctypes.c_int() for _ in range(4)]
    state = ctypes.c_uint()
    pointers = [ctypes.byref(value) for value in (*ids, *places, state)]
    xlib.XQueryPointer(display, root, *pointers)
    buttons = [n + 1 for n in range(BUTTONS) if state.value >> (BUTTON_1_BIT + n) & 1]
    print(json.dumps({"keys": keys, "buttons": buttons}))


if __name__ == "__main__":
    main()
