# SPDX-License-Identifier: GPL-3.0-or-later
"""From a code to a path that is proven: the messages of sections 1 and 3, in both roles."""

import hmac
import secrets
import struct

from . import code, inner_tls, kdf, leg, spake2, wire

VERSION = 1
CAPABILITIES = 0
KIND_RELAY = 1
WRONG_CODE = 5
HEAD = struct.pack(">BI", VERSION, CAPABILITIES)


class WrongCode(Exception):
    """The other side's confirmation is not the one that the code gives."""


def identity(generation):
    """Return a new identity of a path over the relay."""
    return struct.pack(">BBI", VERSION, KIND_RELAY, generation) + secrets.token_bytes(16)


def _aad(nameplate, helper_head, helpee_head):
    capabilities = helper_head[1:5] + helpee_head[1:5]
    return bytes([VERSION, len(nameplate)]) + nameplate.encode() + capabilities


def connect(address, pin, typed):
    """Be the helper: return (leg, session key, path, cookie), with the path's handshake under way."""
    nameplate, password = code.parse(typed)
    run = spake2.Run(True, password)
    digits = bytes([len(nameplate)]) + nameplate.encode()
    own = leg.Leg(address, pin, wire.frame(leg.KNOCK, digits + HEAD + run.point))
    b1 = own.expect(leg.SAY)[4:]
    key, c_a, c_b = run.finish(b1[5:], _aad(nameplate, HEAD, b1))
    path = inner_tls.InnerTls(key, identity(1))
    own.send(leg.SAY, bytes(4) + c_a + path.take())
    if not hmac.compare_digest(own.expect(leg.SAY)[4:], c_b):
        raise WrongCode()
    return own, key, path, own.expect(leg.PAIRED)


class Waiting:
    """Be the helpee: `code` is what is to be read out."""

    def __init__(self, address, pin):
        self._leg = leg.Leg(address, pin, wire.frame(leg.WAIT))
        found = wire.parse_fields(self._leg.expect(leg.WAITING))
        self.code = code.make(found[leg.TAG_NAMEPLATE].decode())

    def close(self):
        """Stop waiting."""
        self._leg.close()

    def accept(self):
        """Let the next helper in; return what connect() does, or raise WrongCode."""
        nameplate, password = code.parse(self.code)
        knocked = self._leg.expect(leg.KNOCKED)
        number, a1 = knocked[:4], knocked[4:]
        run = spake2.Run(False, password)
        self._leg.send(leg.SAY, number + HEAD + run.point)
        key, c_a, c_b = run.finish(a1[5:], _aad(nameplate, a1, HEAD))
        a2 = self._leg.expect(leg.SAY)
        if a2[:4] != number or not hmac.compare_digest(a2[4:36], c_a):
            self._leg.send(leg.REJECT, number + bytes([WRONG_CODE]))
            raise WrongCode()
        path = inner_tls.InnerTls(key)
        path.feed(a2[36:])
        self._leg.send(leg.SAY, number + c_b)
        self._leg.send(leg.ACCEPT, number)
        self._leg.send_pipe(path.take())
        return self._leg, key, path, self._leg.expect(leg.PAIRED)


def meet(address, pin, is_helper, key, cookie, generation):
    """Meet again; return (leg, path, cookie), with the path's handshake under way."""
    role = leg.ROLE_HELPER if is_helper else leg.ROLE_HELPEE
    hello = wire.fields(
        (leg.TAG_MEETING, kdf.derive(key, b"meeting")),
        (leg.TAG_ROLE, bytes([role])),
        (leg.TAG_COOKIE, cookie),
    )
    own = leg.Leg(address, pin, wire.frame(leg.MEET, hello))
    cookie = own.expect(leg.PAIRED)
    path = inner_tls.InnerTls(key, identity(generation) if is_helper else None)
    own.send_pipe(path.take())
    return own, path, cookie
