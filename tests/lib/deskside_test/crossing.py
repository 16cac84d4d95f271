# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines that reach each other by a third, where the relay is: what passes there is seen."""

import contextlib
import ctypes
import re
import socket
import struct
import subprocess
import threading
import typing

from . import meeting
from .netlab import Space

HELPEE, HELPER, MOVED, RELAY = "10.71.1.2", "10.71.2.2", "10.71.3.2", "10.71.0.1"
ETH_P_IP = 0x0800
SO_ATTACH_FILTER = 26
# What the packet filter of socket(7) says: TCP, not a later fragment, SYN and not ACK.
SYN_FILTER = [
    (0x30, 0, 0, 9),  # A = the protocol
    (0x15, 0, 7, 6),  # TCP, or go to the end
    (0x28, 0, 0, 6),  # A = the fragment's offset
    (0x45, 5, 0, 0x1FFF),
    (0xB1, 0, 0, 0),  # X = the length of the IP header
    (0x50, 0, 0, 13),  # A = TCP's flags
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 64),
    (0x06, 0, 0, 0),
]


class Syn(typing.NamedTuple):
    """A SYN that passed: from where to where."""

    source: str
    target: str


class Syns:
    """Every SYN that came into a Space, whomever it was for. Use it in a `with`."""

    def __init__(self, space):
        protocol = socket.htons(ETH_P_IP)
        self._socket = space.socket(socket.AF_PACKET, socket.SOCK_DGRAM, protocol)
        _filter(self._socket, SYN_FILTER)
        self._seen = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _read(self):
        while True:
            try:
                packet, address = self._socket.recvfrom(64)
            except OSError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                self._seen.append(_syn(packet))

    def between(self, one, other):
        """Return those from one host to the other, either way."""
        pairs = {(one, other), (other, one)}
        return [syn for syn in list(self._seen) if tuple(end.split(":")[0] for end in syn) in pairs]


def _filter(sock, program):
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    held = ctypes.create_string_buffer(code)
    option = struct.pack("HP", len(program), ctypes.addressof(held))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, option)


def _syn(packet):
    ports = packet[(packet[0] & 15) * 4 :]
    source, target = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    from_port, to_port = struct.unpack(">HH", ports[:4])
    return Syn(f"{source}:{from_port}", f"{target}:{to_port}")


class Crossing:
    """Three machines, each a Space: `helpee`, `helper` and the `middle`, and the SYNs in it.

    `relay` is a meeting.Relay on the middle one.
    """

    def __init__(self, stack):
        spaces = (stack.enter_context(contextlib.closing(Space())) for _ in range(3))
        self.middle, self.helpee, self.helper = spaces
        self.middle.ip([f"address add {RELAY}/32 dev lo"])
        self._join(self.helpee, "one", HELPEE)
        self._join(self.helper, "two", HELPER)
        self.open(True)
        self.syns = stack.enter_context(Syns(self.middle))
        self.relay = stack.enter_context(meeting.Relay(f"{RELAY}:0", self.middle.through))

    def _join(self, space, cable, address):
        self.middle.ip(
            [
                f"link add {cable} type veth peer name out netns {space.path}",
                f"address add {_gateway(address)}/24 dev {cable}",
                f"link set {cable} up",
            ]
        )
        space.ip(["link set out up", *_settle(address)])

    def open(self, is_open):
        """Let packets through to the other peer, or drop them without a word."""
        self.middle.set("ipv4.ip_forward", int(is_open))

    def move_helper(self):
        """Give the helper's machine another address, in another network, in place of the first."""
        self.middle.ip([f"address add {_gateway(MOVED)}/24 dev two"])
        self.helper.ip([f"address delete {HELPER}/24 dev out", *_settle(MOVED)])

    def peers_syns(self):
        """Return the SYNs between the peers."""
        return self.syns.between(HELPEE, HELPER) + self.syns.between(HELPEE, MOVED)

    def relay_bytes(self, port):
        """Return how much the connections of the relay have carried, both ways."""
        command = [*self.middle.through, "ss", "-tinHO", "state", "established", f"sport = :{port}"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return sum(int(count) for count in re.findall(r"bytes_(?:acked|received):(\d+)", said))


def _gateway(address):
    return address.rpartition(".")[0] + ".1"


def _settle(address):
    """Return what ip(8) is told where a machine has this address."""
    return [f"address add {address}/24 dev out", f"route add default via {_gateway(address)}"]
