# SPDX-License-Identifier: GPL-3.0-or-later
"""The link: one stream of bytes, by offset, over one path after the other (section 5)."""

import struct

from . import wire

HELLO, DATA, ACK, PING, PONG, NOMINATE, CLOSE, CLOSE_ACK = range(1, 9)
HELLO_SIZE = 3000
DATA_MAX = 16354 - 8
IN_FLIGHT_MAX = 64 << 10


class Link:
    """What a path carries. `output` is what is to be written to the path; the owner empties it."""

    def __init__(self, is_helper):
        self._is_helper = is_helper
        self._nominations = 0
        self._kept = b""  # from the highest offset acknowledged on
        self._acknowledged = 0
        self._sent = 0
        self._expected = 0
        self._splitter = None
        self._is_validated = False
        self.output = b""
        self.pongs = []
        self.peer_close = None  # (final offset, reason)
        self.is_close_acknowledged = False

    @property
    def room(self):
        """How many bytes may be sent now."""
        return IN_FLIGHT_MAX - len(self._kept)

    def attach(self):
        """Start on a new path; the old one is lost."""
        self._splitter = wire.Splitter()
        self._is_validated = False
        offset = struct.pack(">Q", self._expected)
        self.output = wire.frame(HELLO, offset + bytes(HELLO_SIZE - 4 - len(offset)))

    def send(self, data):
        """Send bytes of the stream, or keep them until a path is validated."""
        self._kept += data
        if self._is_validated:
            self._send_from(self._sent)

    def ping(self, number):
        """Ask for a PONG with this number."""
        self.output += wire.frame(PING, struct.pack(">Q", number))

    def close(self, reason):
        """End the stream, of which all bytes were sent."""
        final = self._acknowledged + len(self._kept)
        self.output += wire.frame(CLOSE, struct.pack(">QB", final, reason))

    def feed(self, data):
        """Take bytes of the path; return bytes of the stream."""
        return b"".join(self._take(kind, payload) for kind, payload in self._splitter.feed(data))

    def _send_from(self, offset):
        end = self._acknowledged + len(self._kept)
        while offset < end:
            at = offset - self._acknowledged
            part = self._kept[at : at + DATA_MAX]
            self.output += wire.frame(DATA, struct.pack(">Q", offset) + part)
            offset += len(part)
        self._sent = end

    def _take(self, kind, payload):
        number = int.from_bytes(payload[:8], "big")
        if (kind == HELLO) == self._is_validated:
            raise ValueError(f"frame {kind} where HELLO was read: {self._is_validated}")
        if kind == HELLO:
            self._take_hello(number, payload)
        elif kind == DATA:
            return self._take_data(number, payload[8:])
        elif kind == ACK:
            self._acknowledge(number)
        elif kind == PING:
            self.output += wire.frame(PONG, payload)
        elif kind == PONG:
            self.pongs.append(number)
        elif kind == CLOSE:
            self._take_close(number, payload[8])
        elif kind == CLOSE_ACK:
            self.is_close_acknowledged = True
        return b""

    def _take_hello(self, number, payload):
        if len(payload) != HELLO_SIZE - 4:
            raise ValueError(f"a HELLO of {len(payload)} bytes")
        self._is_validated = True
        self._acknowledge(number)
        if self._is_helper:
            self._nominations += 1
            self.output += wire.frame(NOMINATE, struct.pack(">Q", self._nominations))
        self._send_from(self._acknowledged)

    def _take_data(self, offset, data):
        fresh = data[max(0, self._expected - offset) :]
        if offset > self._expected:
            raise ValueError("a gap")
        self._expected += len(fresh)
        self.output += wire.frame(ACK, struct.pack(">Q", self._expected))
        return fresh

    def _acknowledge(self, offset):
        if offset > self._sent:
            raise ValueError("bytes are acknowledged that were never sent")
        if offset > self._acknowledged:
            self._kept = self._kept[offset - self._acknowledged :]
            self._acknowledged = offset

    def _take_close(self, final, reason):
        self.peer_close = (final, reason)
        if final == self._expected:
            self.output += wire.frame(CLOSE_ACK)
