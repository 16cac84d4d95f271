# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux router of the lab that opens ports by PCP or NAT-PMP whatever address it has itself.

Debian's miniupnpd opens none where that is no address of the world, and many routers do.
"""

import ipaddress
import os
import select
import socket
import struct
import threading

PORT = 5351
NAT_PMP, PCP = 0, 2  # the first byte
MAP, MAP_TCP, ADDRESS, ANSWER = 1, 2, 0, 128
UNSUPPORTED = 1
EPOCH_S = 1000

RULES = """
table inet opener {
    chain prerouting {
        type nat hook prerouting priority dstnat;
    }
}
insert rule inet filter forward iifname "w0" ct status dnat accept
"""


class Opener:
    """Use it in a `with`. It speaks "pcp" or "nat-pmp" alone."""

    def __init__(self, router, way):
        """Begin to listen at the inside of a router of nftables."""
        self._space = router.space
        self._way = way
        self._outside = ipaddress.ip_address(router.address)
        self._open = {}  # port: the address inside
        self._space.feed(["nft", "-f", "-"], RULES)
        self._socket = self._space.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("", PORT))
        self._stop = os.eventfd(0)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        self._socket.close()
        os.close(self._stop)

    def mapped(self):
        """Return what is open, as outside ends "ADDRESS:PORT"."""
        return [f"{self._outside}:{port}" for port in sorted(self._open)]

    def _serve(self):
        while self._stop not in select.select([self._socket, self._stop], [], [])[0]:
            data, client = self._socket.recvfrom(2048)
            answer = self._pcp(data, client) if data[0] == PCP else self._nat_pmp(data, client)
            self._socket.sendto(answer, client)

    def _set(self, port, client, lifetime_s):
        if lifetime_s:
            self._open[port] = client[0]
        else:
            self._open.pop(port, None)
        rules = ["flush chain inet opener prerouting"]
        for outside, inside in self._open.items():
            rule = f'iifname "w0" tcp dport {outside} dnat ip to {inside}:{outside}'
            rules.append(f"add rule inet opener prerouting {rule}")
        self._space.feed(["nft", "-f", "-"], "\n".join(rules) + "\n")

    def _pcp(self, data, client):
        """Answer RFC 6887's MAP; one of NAT-PMP alone says that it is of another version."""
        if self._way != "pcp":
            return struct.pack(">BBHI", NAT_PMP, ANSWER + data[1], UNSUPPORTED, EPOCH_S)
        (lifetime_s,) = struct.unpack_from(">I", data, 4)
        nonce, protocol, inside = struct.unpack_from(">12sB3xH", data, 24)
        self._set(inside, client, lifetime_s)
        outside = b"\0" * 10 + b"\xff\xff" + self._outside.packed
        head = struct.pack(">BBxBII12x", PCP, ANSWER + MAP, 0, lifetime_s, EPOCH_S)
        return head + struct.pack(">12sB3xHH16s", nonce, protocol, inside, inside, outside)

    def _nat_pmp(self, data, client):
        """Answer RFC 6886's questions for the address and for a port of TCP."""
        if data[1] == ADDRESS:
            return struct.pack(">BBHI4s", 0, ANSWER, 0, EPOCH_S, self._outside.packed)
        inside, _, lifetime_s = struct.unpack_from(">HHI", data, 4)
        self._set(inside, client, lifetime_s)
        words = ANSWER + MAP_TCP, 0, EPOCH_S, inside, inside, lifetime_s
        return struct.pack(">BBHIHHI", 0, *words)
