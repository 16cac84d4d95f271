# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels with credits on the link (section 6), and the control messages (section 7)."""

import struct

from . import wire

OPEN, DATA, CREDIT, EOF, RESET = range(1, 6)
CONTROL, TCP, RFB = 0, 1, 2
DATA_MAX = 16320
CONTROL_CREDIT = 1 << 20
CREDIT_BY_OPENING = 256 << 10

INTRO, GRANT = 1, 2
TAG_NAME, TAG_PROGRAM, TAG_WANTS, TAG_LEVEL, TAG_PICTURE = 1, 2, 3, 4, 5
VIEW, CONTROLLING = 1, 2
LOSSLESS, JPEG = 1, 2


class Channel:
    """One channel. `received` is what came; the owner may read it at any time, all counts as consumed."""

    def __init__(self, may_send, window):
        self.may_send = may_send
        self.window = window
        self.consumed = 0
        self.received = b""
        self.waiting = b""
        self.credits = 0  # how often the other side gave more
        self.has_eof = False  # the other side's
        self.wants_eof = False
        self.reset_reason = None


class Mux:
    """All channels. `output` is what is to be sent on the link; the owner empties it."""

    def __init__(self, is_helper):
        self._next = 1 if is_helper else 2
        self._splitter = wire.Splitter(has_channel=True)
        self._control = wire.Splitter()
        self.channels = {0: Channel(CONTROL_CREDIT, CONTROL_CREDIT)}
        self.opened = {}  # number: kind, of what the other side opened
        self.messages = []  # (type, fields) of the control channel
        self.output = b""

    def open(self, kind):
        """Open a channel; return its number."""
        number, self._next = self._next, self._next + 2
        self.channels[number] = Channel(CREDIT_BY_OPENING, CREDIT_BY_OPENING)
        self._pull(0, self.channels[0], CONTROL_CREDIT)  # the GRANT that allows it goes first
        self._frame(OPEN, number, struct.pack(">BI", kind, CREDIT_BY_OPENING))
        return number

    def say(self, kind, *pairs):
        """Send a control message."""
        self.send(0, wire.frame(kind, wire.fields(*pairs)))

    def send(self, number, data, is_last=False):
        """Send bytes on a channel, as its credit allows."""
        channel = self.channels[number]
        channel.waiting += data
        channel.wants_eof |= is_last

    def pull(self, room):
        """Return about `room` bytes for the link, or less."""
        for number, channel in self.channels.items():
            self._pull(number, channel, room)
        pulled, self.output = self.output, b""
        return pulled

    def _pull(self, number, channel, room):
        while channel.waiting and channel.may_send and len(self.output) < room:
            size = min(DATA_MAX, channel.may_send, len(channel.waiting))
            self._frame(DATA, number, channel.waiting[:size])
            channel.waiting = channel.waiting[size:]
            channel.may_send -= size
        if channel.wants_eof and not channel.waiting:
            channel.wants_eof = False
            self._frame(EOF, number)

    def _frame(self, kind, number, payload=b""):
        self.output += wire.frame(kind, payload, channel=number)

    def feed(self, data):
        """Take bytes of the link."""
        for kind, number, payload in self._splitter.feed(data):
            if kind == OPEN:
                self.opened[number], may_send = struct.unpack(">BI", payload)
                self.channels[number] = Channel(may_send, CREDIT_BY_OPENING)
            else:
                self._take(kind, number, self.channels[number], payload)

    def _take(self, kind, number, channel, payload):
        if kind == DATA:
            self._take_data(number, channel, payload)
        elif kind == CREDIT:
            channel.may_send += struct.unpack(">I", payload)[0]
            channel.credits += 1
        elif kind == EOF:
            channel.has_eof = True
        elif kind == RESET:
            channel.reset_reason = payload[0]

    def _take_data(self, number, channel, data):
        channel.consumed += len(data)
        if number == 0:
            for kind, payload in self._control.feed(data):
                self.messages.append((kind, wire.parse_fields(payload)))
        else:
            channel.received += data
        if channel.consumed > channel.window:
            raise ValueError("more than the credit came")
        if channel.consumed >= channel.window // 4:
            self._frame(CREDIT, number, struct.pack(">I", channel.consumed))
            channel.consumed = 0
