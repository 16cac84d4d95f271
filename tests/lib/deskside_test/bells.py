# SPDX-License-Identifier: GPL-3.0-or-later
"""Ears for the bell of an X server, which is all of its sound that another program can hear."""

import ctypes

CORE_KEYBOARD = 0x100
BELL_NOTIFY = 8  # XkbBellNotify, the kind of an XkbEvent
KIND_AT = slice(40, 44)  # where an XkbEvent says its kind, with 64-bit longs
EVENT_BYTES = 192


class Bells:
    """Counts the bells of $DISPLAY, rung by XBell() or XkbBell(), from now on."""

    def __init__(self):
        self._x11 = x11 = ctypes.CDLL("libX11.so.6")
        pointer = ctypes.c_void_p
        x11.XOpenDisplay.restype = pointer
        x11.XSync.argtypes = [pointer, ctypes.c_int]
        x11.XPending.argtypes = [pointer]
        x11.XNextEvent.argtypes = [pointer, pointer]
        x11.XkbQueryExtension.argtypes = [pointer] * 6
        x11.XkbSelectEvents.argtypes = [pointer, ctypes.c_uint, ctypes.c_ulong, ctypes.c_ulong]
        self._display = x11.XOpenDisplay(None)
        x11.XkbQueryExtension(self._display, *[None] * 5)
        x11.XkbSelectEvents(self._display, CORE_KEYBOARD, 1 << BELL_NOTIFY, 1 << BELL_NOTIFY)
        x11.XSync(self._display, 0)
        self._count = 0

    def count(self):
        """Return how many there were."""
        event = ctypes.create_string_buffer(EVENT_BYTES)
        self._x11.XSync(self._display, 0)
        while self._x11.XPending(self._display):
            self._x11.XNextEvent(self._display, event)
            self._count += int.from_bytes(event[KIND_AT], "little") == BELL_NOTIFY
        return self._count
