# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay of the test's own, which answers its first client with whatever the test wants."""

import ssl
import struct

from . import service

HELLO, WELCOME, REFUSED = 1, 2, 3
TAG_VERSION_MIN, TAG_VERSION, TAG_PROGRAM, TAG_REASON, TAG_RETRY_MS = 1, 3, 5, 8, 16


def record(kind, payload=b""):
    """Return one record: u8 type, u24 length, payload."""
    return bytes([kind]) + len(payload).to_bytes(3, "big") + payload


def field(tag, value):
    """Return one field: u16 tag, u16 length, value."""
    return struct.pack(">HH", tag, len(value)) + value


def welcome():
    """Return the WELCOME of an honest relay."""
    return record(WELCOME, field(TAG_VERSION, b"\0\1") + field(TAG_PROGRAM, b"test"))


def refused(reason, program=b"Deskside 9 or newer", retry_ms=None):
    """Return a REFUSED with a reason's number, and when to try again if that is given."""
    fields = field(TAG_REASON, bytes([reason])) + field(TAG_PROGRAM, program)
    if retry_ms is not None:
        fields += field(TAG_RETRY_MS, struct.pack(">I", retry_ms))
    return record(REFUSED, fields)


class FakeRelay(service.Service):
    """Each client is sent `answer` once it has said something, then closed."""

    def __init__(self, folder, answer, is_tls=True, is_first=False):
        """`folder` holds the cert.pem and key.pem that our relay made; `is_first`: it speaks first."""
        self._answer = answer
        self._is_first = is_first
        self._context = None
        if is_tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
            self._context.set_alpn_protocols(["deskside/1"])
        super().__init__()

    def talk(self, connection):
        """Hear a client, and answer."""
        connection.settimeout(20.0)
        if self._context is None:
            if not self._is_first:
                connection.recv(4096)
            connection.sendall(self._answer)
            connection.recv(4096)
            return
        with self._context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(self._answer)
            while tls.recv(4096):
                pass
