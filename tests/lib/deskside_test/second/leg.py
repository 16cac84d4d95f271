# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS connection to the relay, and its records (section 1)."""

import hashlib
import select
import socket
import ssl
import struct
import time

from . import wire

VERSION = 1
PROGRAM = b"second client"
PIPE_MAX = 16380

HELLO, WELCOME, REFUSED, WAIT, WAITING, KNOCK, KNOCKED, SAY, GONE = range(1, 10)
ACCEPT, REJECT, PAIRED, MEET = range(10, 14)
PIPE, NOTE, PING, PONG = range(16, 20)

TAG_VERSION_MIN, TAG_VERSION_MAX, TAG_VERSION, TAG_CAPS, TAG_PROGRAM, TAG_OBSERVED = range(1, 7)
TAG_STUN, TAG_REASON, TAG_NAMEPLATE, TAG_TOKEN, TAG_MEETING, TAG_ROLE, TAG_COOKIE = range(7, 14)
ROLE_HELPEE, ROLE_HELPER = 1, 2


class Refused(Exception):
    """The relay said REFUSED; `reason` is its number."""

    def __init__(self, found):
        self.reason = found[TAG_REASON][0]
        super().__init__(f"the relay refused: reason {self.reason}")


class Ended(Exception):
    """The relay closed the connection."""


def _der(data, at):
    """Return (start of the content, end) of the DER element at an offset."""
    size, start = data[at + 1], at + 2
    if size & 0x80:
        start, size = start + (size & 0x7F), int.from_bytes(data[start : start + (size & 0x7F)], "big")
    return start, start + size


def key_pin(certificate):
    """Return the SHA-256, in hex, of the SubjectPublicKeyInfo of a DER certificate (RFC 5280, 4.1)."""
    at, _ = _der(certificate, _der(certificate, 0)[0])
    has_version = certificate[at] == 0xA0
    for _ in range(5 + has_version):  # version, serial, signature, issuer, validity, subject
        at = _der(certificate, at)[1]
    return hashlib.sha256(certificate[at : _der(certificate, at)[1]]).hexdigest()


class Leg:
    """One connection to the relay. HELLO goes out with the first record of the client's."""

    def __init__(self, address, pin, first):
        """Connect to (host, port), check the key, say HELLO and `first`, and read WELCOME."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["deskside/1"])
        plain = socket.create_connection(address, 10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain)
        if key_pin(self._socket.getpeercert(binary_form=True)) != pin:
            raise ValueError("another relay's key")
        self._splitter = wire.Splitter()
        self._records = []
        version = struct.pack(">H", VERSION)
        hello = wire.fields(
            (TAG_VERSION_MIN, version),
            (TAG_VERSION_MAX, version),
            (TAG_CAPS, bytes(8)),
            (TAG_PROGRAM, PROGRAM),
        )
        self._socket.sendall(wire.frame(HELLO, hello) + first)
        self.welcome = wire.parse_fields(self.expect(WELCOME))

    def close(self):
        """Close it without a word, as a cut cable does."""
        self._socket.close()

    def send(self, kind, payload=b""):
        """Send one record."""
        self._socket.sendall(wire.frame(kind, payload))

    def send_pipe(self, data):
        """Send bytes to the partner."""
        for at in range(0, len(data), PIPE_MAX):
            self.send(PIPE, data[at : at + PIPE_MAX])

    def receive(self, timeout_s=10.0):
        """Return (type, payload) of the next record, or None; PINGs are answered here."""
        deadline = time.monotonic() + timeout_s
        while True:
            while self._records:
                kind, payload = self._records.pop(0)
                if kind == PING:
                    self.send(PONG, payload)
                elif kind == REFUSED:
                    raise Refused(wire.parse_fields(payload))
                else:
                    return kind, payload
            if not self._wait_readable(deadline):
                return None
            data = self._socket.recv(1 << 16)
            if not data:
                raise Ended()
            self._records += self._splitter.feed(data)

    def _wait_readable(self, deadline):
        left_s = max(0.0, deadline - time.monotonic())
        return self._socket.pending() or select.select([self._socket], [], [], left_s)[0]

    def expect(self, kind, timeout_s=10.0):
        """Return the payload of the next record, which must be of this type."""
        found = self.receive(timeout_s)
        if found is None or found[0] != kind:
            raise ValueError(f"record {kind} was expected, not {found}")
        return found[1]
