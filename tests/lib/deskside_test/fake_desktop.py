# SPDX-License-Identifier: GPL-3.0-or-later
"""A VNC server that shows the pictures it is given, pixel by pixel, and notes what is asked of it."""

import contextlib
import socket
import struct

from . import programs, service
from .session import until

OPENING = b"RFB 003.008\n"
FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
UPDATE = struct.Struct(">BxH")
RECT = struct.Struct(">HHHHi")
RAW, COPY = 0, 1
SIZES = {0: 20, 3: 10, 4: 8, 5: 6}  # of a viewer's messages
WAIT_S = 20.0


class Desktop(service.Service):
    """Serves viewers, of whom the last one is sent the changes."""

    def __init__(self, picture):
        """Show this picture to whoever comes."""
        self.picture = picture
        self.encodings = []  # each list that a viewer sent
        self.requests = []  # whether it was for what is new only
        self._viewer = None
        super().__init__()

    def talk(self, connection):
        """Speak RFB until the viewer leaves."""

        def read(count):
            data = connection.recv(count, socket.MSG_WAITALL)
            if len(data) < count:
                raise EOFError
            return data

        connection.sendall(OPENING + b"\1\1")
        read(len(OPENING) + 1)
        connection.sendall(bytes(4))
        read(1)
        size = struct.pack(">HH", self.picture.width, self.picture.height)
        connection.sendall(size + FORMAT + struct.pack(">I", 0))
        self._viewer = connection
        while True:
            kind = read(1)[0]
            if kind == 2:
                (count,) = struct.unpack(">xH", read(3))
                self.encodings.append(struct.unpack(f">{count}i", read(4 * count)))
                continue
            rest = read(SIZES[kind] - 1)
            if kind == 3:
                self.requests.append(rest[0] == 1)
                if rest[0] == 0:
                    self.change((0, 0, self.picture.width, self.picture.height))

    def change(self, *places):
        """Send these rectangles (x, y, width, height) of the picture, in one update."""
        data = UPDATE.pack(0, len(places))
        for place in places:
            data += RECT.pack(*place, RAW) + self.picture.part(*place).bgrx()
        self._viewer.sendall(data)

    def copy(self, place, source):
        """Have a rectangle taken from another place (x, y); the picture is that already."""
        self._viewer.sendall(UPDATE.pack(0, 1) + RECT.pack(*place, COPY) + struct.pack(">HH", *source))

    def asked(self, count):
        """Wait for this many lists of encodings; return the last one."""
        with contextlib.suppress(programs.Failure):
            until(lambda: len(self.encodings) >= count, WAIT_S, "a list of encodings")
        return self.encodings[-1] if len(self.encodings) >= count else None
