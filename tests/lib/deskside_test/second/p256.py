# SPDX-License-Identifier: GPL-3.0-or-later
"""The curve P-256 (SEC 2, 2.4.2) in plain integers: slow, and no secret is safe with its timing."""

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def _is_on_curve(x, y):
    return (y * y - x * x * x + 3 * x - B) % P == 0


def add(first, second):
    """Add two points; None is the point at infinity."""
    if first is None or second is None:
        return first or second
    (x1, y1), (x2, y2) = first, second
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def negate(point):
    """Return the point that adds up to infinity with this one."""
    return None if point is None else (point[0], -point[1] % P)


def multiply(scalar, point):
    """Add a point to itself so many times."""
    total = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def encode(point):
    """Return 65 bytes: 04, x, y (SEC 1, 2.3.3)."""
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def decode(data):
    """Return the point of 65 bytes, which must be one of the curve."""
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    if len(data) != 65 or data[0] != 4 or max(x, y) >= P or not _is_on_curve(x, y):
        raise ValueError("no point of P-256")
    return x, y


def decompress(data):
    """Return the point of 33 bytes: 02 or 03, x (SEC 1, 2.3.4)."""
    x = int.from_bytes(data[1:], "big")
    y = pow(x * x * x - 3 * x + B, (P + 1) // 4, P)
    point = (x, y if y & 1 == data[0] & 1 else P - y)
    if not _is_on_curve(*point):
        raise ValueError("no point of P-256")
    return point
