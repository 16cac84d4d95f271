# SPDX-License-Identifier: GPL-3.0-or-later
"""A VNC viewer without a window: RFC 6143 with raw rectangles, so that no pixel is guessed."""

import socket
import struct

from . import pictures

RAW, CURSOR, POINTER_POS, DESKTOP_SIZE, EXT_DESKTOP_SIZE = 0, -239, -232, -223, -308
# 32 bits a pixel, depth 24, little-endian, true colour, 8 bits each of red, green and blue.
PIXEL_FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


class Viewer:
    """One RFB connection. Every call waits at most `timeout_s` for each read."""

    def __init__(self, address, timeout_s=20.0, encodings=(RAW, CURSOR)):
        """Connect to (host, port) and shake hands; the security type must be None.

        `shape` is (width, height, hot x, hot y, pixels, mask) of the last cursor that came, `place`
        where the pointer was, `screens` the last (id, x, y, width, height, flags) of each screen.
        Without `encodings` nothing is said of them; see set_encodings().
        """
        self.shape = self.place = self.screens = None
        self._socket = socket.create_connection(address, timeout_s)
        self._file = self._socket.makefile("rb")
        try:
            self._shake_hands()
            if encodings:
                self.set_encodings(*encodings)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the connection."""
        self._file.close()
        self._socket.close()

    def _read(self, form):
        size = struct.calcsize(form)
        values = struct.unpack(form, self._bytes(size))
        return values[0] if len(values) == 1 else values

    def _bytes(self, size):
        data = self._file.read(size)
        if len(data) != size:
            raise EOFError(f"the server closed after {len(data)} of {size} bytes")
        return data

    def _shake_hands(self):
        self.version = self._bytes(12)
        self._socket.sendall(b"RFB 003.008\n")
        kinds = self._bytes(self._read("B"))
        if 1 not in kinds:
            raise ValueError(f"no security type None among {list(kinds)}")
        self._socket.sendall(b"\1")
        if self._read(">I") != 0:
            raise ValueError("the server refused")
        self._socket.sendall(b"\1")  # share the desktop with other viewers
        self.width, self.height = self._read(">HH")
        self._bytes(16)
        self.name = self._bytes(self._read(">I")).decode("utf-8", errors="replace")
        self._socket.sendall(b"\0\0\0\0" + PIXEL_FORMAT)
        self._pixels = bytearray(self.width * self.height * 4)

    def set_encodings(self, *encodings):
        """Say what may come. Who takes no cursor as such gets it drawn into the picture."""
        count = len(encodings)
        self._socket.sendall(struct.pack(f">BxH{count}i", 2, count, *encodings))

    def capture(self):
        """Ask for the whole screen and return its picture."""
        self._socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        wanted, size = self.width * self.height, (self.width, self.height)
        while wanted > 0:
            wanted -= self._next_message()
            if size != (self.width, self.height):
                return self.capture()
        return pictures.from_bgrx(self.width, self.height, self._pixels)

    def part(self, x, y, width, height):
        """Return a part of the picture as it is here now."""
        return pictures.from_bgrx(self.width, self.height, self._pixels).part(x, y, width, height)

    def _next_message(self):
        """Read one message; return the pixels that it brought."""
        kind = self._read("B")
        if kind == 0:
            return sum(self._rectangle() for _ in range(self._read(">xH")))
        if kind == 1:
            self._bytes(6 * self._read(">xHH")[1])
        elif kind == 3:
            self._bytes(self._read(">xxxI"))
        elif kind != 2:
            raise ValueError(f"message of type {kind}")
        return 0

    def _rectangle(self):
        x, y, width, height, encoding = self._read(">HHHHi")
        if encoding == CURSOR:
            colours = self._bytes(width * height * 4)
            mask = self._bytes((width + 7) // 8 * height)
            self.shape = (width, height, x, y, colours, mask)
            return 0
        if encoding == POINTER_POS:
            self.place = (x, y)
            return 0
        if encoding in (DESKTOP_SIZE, EXT_DESKTOP_SIZE):
            if encoding == EXT_DESKTOP_SIZE:
                self.screens = [self._read(">IHHHHI") for _ in range(self._read(">Bxxx"))]
            self.width, self.height = width, height
            self._pixels = bytearray(width * height * 4)
            return 0
        if encoding != RAW or x + width > self.width or y + height > self.height:
            raise ValueError(f"rectangle {x},{y} {width} x {height} in encoding {encoding}")
        for row in range(y, y + height):
            at = (row * self.width + x) * 4
            self._pixels[at : at + width * 4] = self._bytes(width * 4)
        return width * height

    def wait(self, condition):
        """Ask for what changes, again and again, until condition() is true; the pixels count too."""
        while not condition():
            request = struct.pack(">BBHHHH", 3, 1, 0, 0, self.width, self.height)
            self._socket.sendall(request)
            self._next_message()

    def pointer(self, x, y, buttons=0):
        """Move the pointer; bit n of `buttons` is button n + 1."""
        self._socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def key(self, keysym, down):
        """Press or release a key."""
        self._socket.sendall(struct.pack(">BBxxI", 4, down, keysym))
