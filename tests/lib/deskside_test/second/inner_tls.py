# SPDX-License-Identifier: GPL-3.0-or-later
"""A path's TLS 1.3 with a pre-shared key (section 4), by OpenSSL itself: Python's ssl has no such."""

import ctypes

from . import kdf

SUITES = b"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
AES_128_GCM_SHA256 = b"\x13\x01"
TLS_1_3 = 0x0304
SET_MIN_PROTO_VERSION = 123
VERIFY_PEER = 1
WANT_READ, ZERO_RETURN = 2, 6
PLAIN_MAX = 16358

SSL = ctypes.CDLL("libssl.so.3")
CRYPTO = ctypes.CDLL("libcrypto.so.3")
_bytes_at = ctypes.POINTER(ctypes.c_char)
USE_SESSION = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_size_t),
    ctypes.POINTER(ctypes.c_void_p),
)
FIND_SESSION = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, _bytes_at, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p)
)
for _name in ("TLS_method", "SSL_CTX_new", "SSL_new", "SSL_SESSION_new", "SSL_CIPHER_find"):
    getattr(SSL, _name).restype = ctypes.c_void_p
for _name in ("BIO_new", "BIO_s_mem"):
    getattr(CRYPTO, _name).restype = ctypes.c_void_p


class Handshake(Exception):
    """The handshake failed, or proved nothing."""


class InnerTls:
    """One side of it, without a socket: feed() takes records from the other side, take() gives ours."""

    def __init__(self, session_key, identity=None):
        """The helper is the client and names an identity; the helpee learns it in the handshake."""
        self._session_key = session_key
        self.identity = identity
        self.is_proven = False
        self._context = ctypes.c_void_p(SSL.SSL_CTX_new(ctypes.c_void_p(SSL.TLS_method())))
        SSL.SSL_CTX_ctrl(self._context, SET_MIN_PROTO_VERSION, ctypes.c_long(TLS_1_3), None)
        SSL.SSL_CTX_set_ciphersuites(self._context, SUITES)
        SSL.SSL_CTX_set_num_tickets(self._context, ctypes.c_size_t(0))
        self._keep = USE_SESSION(self._use) if identity else FIND_SESSION(self._find)
        if identity:
            SSL.SSL_CTX_set_psk_use_session_callback(self._context, self._keep)
            SSL.SSL_CTX_set_verify(self._context, VERIFY_PEER, None)
        else:
            SSL.SSL_CTX_set_psk_find_session_callback(self._context, self._keep)
        self._ssl = ctypes.c_void_p(SSL.SSL_new(self._context))
        self._in, self._out = (self._new_bio() for _ in range(2))
        SSL.SSL_set_bio(self._ssl, self._in, self._out)
        (SSL.SSL_set_connect_state if identity else SSL.SSL_set_accept_state)(self._ssl)
        self._advance()

    def close(self):
        """Free it; once more does nothing."""
        SSL.SSL_free(self._ssl)
        SSL.SSL_CTX_free(self._context)
        self._ssl = self._context = None

    @staticmethod
    def _new_bio():
        return ctypes.c_void_p(CRYPTO.BIO_new(ctypes.c_void_p(CRYPTO.BIO_s_mem())))

    def _session(self, ssl, out):
        """Give OpenSSL the key of this path as a session to resume."""
        key = kdf.derive(self._session_key, b"path", self.identity)
        made = ctypes.c_void_p(SSL.SSL_SESSION_new())
        suite = SSL.SSL_CIPHER_find(ctypes.c_void_p(ssl), AES_128_GCM_SHA256)
        SSL.SSL_SESSION_set1_master_key(made, key, ctypes.c_size_t(len(key)))
        SSL.SSL_SESSION_set_cipher(made, ctypes.c_void_p(suite))
        SSL.SSL_SESSION_set_protocol_version(made, TLS_1_3)
        out[0] = made.value
        return 1

    def _use(self, ssl, _digest, identity, identity_size, out):
        self._identity_bytes = ctypes.create_string_buffer(self.identity, len(self.identity))
        identity[0] = ctypes.addressof(self._identity_bytes)
        identity_size[0] = len(self.identity)
        return self._session(ssl, out)

    def _find(self, ssl, identity, identity_size, out):
        self.identity = identity[:identity_size]
        return self._session(ssl, out)

    def _advance(self):
        """Go on with the handshake as far as what came allows."""
        done = SSL.SSL_do_handshake(self._ssl)
        if done == 1:
            if not SSL.SSL_session_reused(self._ssl):
                raise Handshake("the key was not used")
            self.is_proven = True
        elif SSL.SSL_get_error(self._ssl, done) != WANT_READ:
            raise Handshake("the handshake failed")

    def feed(self, data):
        """Take bytes of the other side; return what it said."""
        CRYPTO.BIO_write(self._in, data, len(data))
        if not self.is_proven:
            self._advance()
        plain = b""
        while self.is_proven:
            part = ctypes.create_string_buffer(PLAIN_MAX)
            size = SSL.SSL_read(self._ssl, part, len(part))
            if size <= 0:
                break
            plain += part.raw[:size]
        return plain

    def write(self, plain):
        """Say something to the other side; take() gives it encrypted."""
        for at in range(0, len(plain), PLAIN_MAX):
            part = plain[at : at + PLAIN_MAX]
            if SSL.SSL_write(self._ssl, part, len(part)) != len(part):
                raise Handshake("nothing can be written")

    def take(self):
        """Return the bytes that are to be sent."""
        sent = b""
        part = ctypes.create_string_buffer(1 << 16)
        while (size := CRYPTO.BIO_read(self._out, part, len(part))) > 0:
            sent += part.raw[:size]
        return sent
