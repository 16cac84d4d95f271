# SPDX-License-Identifier: GPL-3.0-or-later
"""SPAKE2 (RFC 9382) on P-256, with the identities and the additional data of section 3."""

import hashlib
import hmac
import secrets
import struct

from . import kdf, p256

M = p256.decompress(
    bytes.fromhex("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f")
)
N = p256.decompress(
    bytes.fromhex("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49")
)
HELPER, HELPEE = b"deskside helper", b"deskside helpee"


def _lengths_and_texts(*texts):
    return b"".join(struct.pack("<Q", len(text)) + text for text in texts)


class Run:
    """One run of it: send `point`, then finish() with the other side's."""

    def __init__(self, is_helper, password):
        """`password`: the digits of the nameplate and of the secret."""
        wide = kdf.derive(password.encode(), b"spake2 w", size=64)
        self._is_helper = is_helper
        self._w = int.from_bytes(wide, "big") % p256.ORDER
        self._own = 1 + secrets.randbelow(p256.ORDER - 1)
        mask = p256.multiply(self._w, M if is_helper else N)
        self.point = p256.encode(p256.add(p256.multiply(self._own, p256.G), mask))

    def finish(self, other, aad):
        """Take the other side's 65 bytes; return (session key, cA, cB)."""
        mask = p256.multiply(self._w, N if self._is_helper else M)
        unmasked = p256.add(p256.decode(other), p256.negate(mask))
        shared = p256.encode(p256.multiply(self._own, unmasked))
        points = (self.point, other) if self._is_helper else (other, self.point)
        w = self._w.to_bytes(32, "big")
        transcript = _lengths_and_texts(HELPER, HELPEE, *points, shared, w)
        hashed = hashlib.sha256(transcript).digest()
        confirmation = kdf.hkdf(hashed[16:], b"ConfirmationKeys" + aad, 32)
        return (
            kdf.derive(hashed[:16], b"session"),
            hmac.digest(confirmation[:16], transcript, "sha256"),
            hmac.digest(confirmation[16:], transcript, "sha256"),
        )
