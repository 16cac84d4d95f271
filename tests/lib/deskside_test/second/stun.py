# SPDX-License-Identifier: GPL-3.0-or-later
"""A STUN client, written from RFC 8489 and RFC 5780 alone."""

import ipaddress
import os
import socket
import struct
import zlib

COOKIE = 0x2112A442
REQUEST, INDICATION, RESPONSE, ERROR = 0x0001, 0x0011, 0x0101, 0x0111
(MAPPED_ADDRESS, CHANGE_REQUEST, ERROR_CODE, UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS, FINGERPRINT,
 RESPONSE_ORIGIN, OTHER_ADDRESS) = (0x0001, 0x0003, 0x0009, 0x000A, 0x0020, 0x8028, 0x802B, 0x802C)
CHANGE_PORT, CHANGE_ADDRESS = 2, 4


def attribute(kind, value=b""):
    """Return one attribute, padded to four bytes."""
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(kind=REQUEST, *attributes, transaction=None):
    """Return a message without FINGERPRINT."""
    body = b"".join(attributes)
    return struct.pack(">HHI", kind, len(body), COOKIE) + (transaction or os.urandom(12)) + body


def with_fingerprint(data):
    """Return a message with FINGERPRINT behind the rest of it."""
    size = struct.unpack_from(">H", data, 2)[0] + 8
    data = data[:2] + struct.pack(">H", size) + data[4:]
    return data + attribute(FINGERPRINT, struct.pack(">I", zlib.crc32(data) ^ 0x5354554E))


def change(flags):
    """Return the attribute that asks for an answer from elsewhere."""
    return attribute(CHANGE_REQUEST, struct.pack(">I", flags))


def _address(value, key=bytes(16)):
    """Return (host, port) of an address attribute; `key`: what XOR-MAPPED-ADDRESS is mixed with."""
    family, size = value[1], {1: 4, 2: 16}[value[1]]
    if len(value) != 4 + size:
        raise ValueError(f"an address of family {family} with {len(value)} bytes")
    plain = bytes(byte ^ other for byte, other in zip(value[4:], key))
    port = struct.unpack(">H", bytes(byte ^ other for byte, other in zip(value[2:4], key)))[0]
    return str(ipaddress.ip_address(plain)), port


class Answer:
    """What a server said: `kind`, and mapped, origin, other, error and unknown where it said them."""

    def __init__(self, data):
        """Read one whole message; ValueError where it breaks a rule."""
        self.data = data
        self.kind, size, cookie = struct.unpack_from(">HHI", data)
        self.transaction = data[8:20]
        if cookie != COOKIE or size != len(data) - 20 or size % 4:
            raise ValueError(f"no header of a message: {data[:20].hex()}")
        found = dict(self._attributes(data))
        self.mapped = self._get(found, XOR_MAPPED_ADDRESS, data[4:20])
        self.origin = self._get(found, RESPONSE_ORIGIN)
        self.other = self._get(found, OTHER_ADDRESS)
        code = found.get(ERROR_CODE)
        self.error = code and code[2] * 100 + code[3]
        unknown = found.get(UNKNOWN_ATTRIBUTES, b"")
        self.unknown = list(struct.unpack(f">{len(unknown) // 2}H", unknown))

    @staticmethod
    def _get(found, kind, key=bytes(16)):
        return _address(found[kind], key) if kind in found else None

    @staticmethod
    def _attributes(data):
        at = 20
        while at < len(data):
            kind, size = struct.unpack_from(">HH", data, at)
            value = data[at + 4 : at + 4 + size]
            if kind == FINGERPRINT and (
                    at + 8 != len(data)
                    or struct.unpack(">I", value)[0] != zlib.crc32(data[:at]) ^ 0x5354554E):
                raise ValueError("the fingerprint is wrong")
            yield kind, value
            at += 4 + size + -size % 4


def _family(address):
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


class Tcp:
    """A connection on which questions are asked. Calls block, for at most `timeout` seconds."""

    def __init__(self, address, source=None, timeout=20):
        """Connect to (host, port)."""
        self.socket = socket.create_connection(address, timeout, source)
        self.local = self.socket.getsockname()[:2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Send bytes as they are."""
        self.socket.sendall(data)

    def _take(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError(f"the end after {len(data)} bytes")
            data += more
        return data

    def receive(self):
        """Return the next answer; EOFError at the end."""
        head = self._take(20)
        return Answer(head + self._take(struct.unpack_from(">H", head, 2)[0]))

    def ask(self, *attributes):
        """Ask with these attributes and return the answer, which must be to this question."""
        request = message(REQUEST, *attributes)
        self.send(request)
        answer = self.receive()
        if answer.transaction != request[8:20]:
            raise ValueError("the answer to something else")
        return answer

    def is_closed(self):
        """Wait for what comes next; say whether it is the end."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class Udp:
    """A socket that asks by datagrams."""

    def __init__(self, host="127.0.0.1"):
        """Bind to a free port of `host`."""
        self.socket = socket.socket(_family((host,)), socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.local = self.socket.getsockname()[:2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, address, data):
        """Send one datagram."""
        self.socket.sendto(data, address)

    def receive(self, timeout=20):
        """Return (answer, where it came from), or None where nothing comes for so long."""
        self.socket.settimeout(timeout)
        try:
            data, source = self.socket.recvfrom(2048)
        except TimeoutError:
            return None
        return Answer(data), source[:2]

    def ask(self, address, *attributes):
        """Ask once; return (answer, source). On loopback nothing is lost."""
        request = message(REQUEST, *attributes)
        self.send(address, request)
        answer, source = self.receive()
        if answer.transaction != request[8:20]:
            raise ValueError("the answer to something else")
        return answer, source
