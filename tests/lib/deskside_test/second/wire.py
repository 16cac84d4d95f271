# SPDX-License-Identifier: GPL-3.0-or-later
"""Integers, fields, and what the leg, the link, the mux and the control channel are all cut into."""

import struct


def frame(kind, payload=b"", channel=None):
    """Return `u8 type, u24 length, payload`; the mux puts a u32 channel behind the length."""
    number = b"" if channel is None else struct.pack(">I", channel)
    return bytes([kind]) + len(payload).to_bytes(3, "big") + number + payload


def fields(*pairs):
    """Return a list of `u16 tag, u16 length, value` of pairs (tag, value)."""
    return b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in pairs)


def parse_fields(data):
    """Return {tag: value}."""
    found = {}
    while data:
        tag, size = struct.unpack_from(">HH", data)
        if len(data) < 4 + size:
            raise ValueError(f"field {tag} is cut off")
        found[tag], data = data[4 : 4 + size], data[4 + size :]
    return found


class Splitter:
    """Cuts a stream of bytes into frames again."""

    def __init__(self, has_channel=False):
        """`has_channel`: the frames are the mux's."""
        self._header_size = 8 if has_channel else 4
        self._data = b""

    def feed(self, data):
        """Yield (type, payload), or (type, channel, payload), of each frame that is complete now."""
        self._data += data
        while len(self._data) >= self._header_size:
            kind, channel = self._data[0], self._data[4 : self._header_size]
            end = self._header_size + int.from_bytes(self._data[1:4], "big")
            if len(self._data) < end:
                return
            payload, self._data = self._data[self._header_size : end], self._data[end:]
            yield (kind, int.from_bytes(channel, "big"), payload) if channel else (kind, payload)
