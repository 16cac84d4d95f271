# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that is read out: nameplate, secret, check digit (section 2)."""

import secrets

SECRET_DIGITS = 7

# The quasigroup of order 10 of H. Michael Damm's thesis (2004).
DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits):
    """Return Damm's check digit of a string of digits."""
    interim = 0
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return str(interim)


def make(nameplate):
    """Return a new code under a nameplate."""
    secret = "".join(secrets.choice("0123456789") for _ in range(SECRET_DIGITS))
    return nameplate + secret + check_digit(nameplate + secret)


def parse(code):
    """Return (nameplate, nameplate and secret) of a code without a slip in it."""
    if check_digit(code) != "0":
        raise ValueError(f"{code} is mistyped")
    return code[: -SECRET_DIGITS - 1], code[:-1]
