# SPDX-License-Identifier: GPL-3.0-or-later
"""The router's packet log: tests/netlab/router/log.h describes its lines."""

import dataclasses
import typing


class Packet(typing.NamedTuple):
    """One packet's way. Times are time.monotonic()'s, in microseconds; ends are "ADDRESS:PORT"."""

    ended_us: int
    sent_us: int
    source: str
    last: str
    proto: str
    sent_src: str
    sent_dst: str
    turn_src: str
    turn_dst: str
    end_src: str
    end_dst: str
    flags: str
    payload: int
    verdict: str


@dataclasses.dataclass
class Flow:
    """A TCP connection, by its ends at the turn: between two routers, these are outside ends.

    Both are in the order in which they sent first; the counts are of payload that arrived.
    """

    ends: tuple
    hosts: tuple
    first_us: int
    last_us: int = 0
    payload: list = dataclasses.field(default_factory=lambda: [0, 0])
    packets: list = dataclasses.field(default_factory=list)

    def has_carried(self):
        """Say whether bytes arrived in both directions."""
        return all(self.payload)


def _packet(line):
    words = line.split(" ")
    if len(words) != len(Packet._fields):
        raise ValueError(f"no line of the packet log: {line!r}")
    words[0], words[1], words[12] = int(words[0]), int(words[1]), int(words[12])
    return Packet(*words)


class Reader:
    """Reads a log as it grows."""

    def __init__(self, path):
        self._path = path
        self._offset = 0
        self.packets = []

    def read(self):
        """Take in what is new and return all packets."""
        with open(self._path, "rb") as log:
            log.seek(self._offset)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        self.packets += [_packet(line) for line in whole.decode("ascii").splitlines()]
        return self.packets


def flows(packets):
    """Return the TCP flows among packets, in the order of their beginning."""
    found = {}
    for packet in packets:
        if packet.proto != "tcp" or packet.turn_src == "-":
            continue
        ends = (packet.turn_src, packet.turn_dst)
        flow = found.get(frozenset(ends))
        if flow is None:
            flow = Flow(ends, (packet.source, packet.last), packet.sent_us)
            found[frozenset(ends)] = flow
        flow.packets.append(packet)
        if packet.verdict == "delivered":
            flow.last_us = max(flow.last_us, packet.ended_us)
            flow.payload[flow.ends.index(packet.turn_src)] += packet.payload
    return list(found.values())


def between(packets, one, other):
    """Return the flows that carried bytes both ways between two hosts, by their names."""
    here = [p for p in packets if p.verdict == "delivered" and {p.source, p.last} == {one, other}]
    return [flow for flow in flows(here) if flow.has_carried()]
