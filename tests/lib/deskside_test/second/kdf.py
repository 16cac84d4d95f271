# SPDX-License-Identifier: GPL-3.0-or-later
"""HKDF-SHA256 (RFC 5869), and the keys that are derived by it (section 3)."""

import hashlib
import hmac


def hkdf(key, info, size):
    """Return `size` bytes, with an empty salt."""
    extracted = hmac.digest(bytes(hashlib.sha256().digest_size), key, "sha256")
    output = block = b""
    for counter in range(1, -(-size // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        output += block
    return output[:size]


def derive(key, label, context=b"", size=32):
    """Return what the document calls KDF(key, label, context)."""
    return hkdf(key, b"deskside/1 " + label + b"\0" + context, size)
