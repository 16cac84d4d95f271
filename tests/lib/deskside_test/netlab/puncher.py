# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain puncher, with nothing of ours in it: what it reaches shows which kind a router is.

All its sockets are this process's, whatever network they are in, so that both sides are driven by
one loop and need no signalling. A punch has come up when each side has had a word of the other.
"""

import dataclasses
import errno
import functools
import heapq
import itertools
import random
import selectors
import socket
import struct
import time

REFUSALS = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ECONNRESET, errno.ENETUNREACH}
REFUSALS |= {errno.EACCES, errno.EPERM}  # administratively prohibited
TAKEN = errno.EADDRNOTAVAIL  # the listener has this connection already
PORT = 443  # of the observer: the one that every network lets out
WAIT_S = 10
PATIENCE = 5  # refusals in a row after which tries get a random distance
JITTER_S = 0.02
ABORT = struct.pack("ii", 1, 0)  # close with a RST, so that nothing lingers in the routers


@dataclasses.dataclass
class Shot:
    """Connects from a bound port of a host to a target; `late_s` after the others, None: never."""

    host: object
    port: int
    target: tuple
    late_s: float = 0.0
    is_retried: bool = True
    refusals: int = 0


@dataclasses.dataclass
class Punch:
    """One try of two sides to reach each other, and what came of it."""

    name: str
    shots: tuple  # of one side, of the other
    patience_s: float
    words: set = dataclasses.field(default_factory=set)
    took_ms: float = None
    begin: float = 0.0
    sockets: list = dataclasses.field(default_factory=list)
    is_over: bool = False


def bound(host, port, family=socket.AF_INET):
    """Return a socket on a host that shares its port with others."""
    shared = host.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        shared.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    shared.bind(("", port))
    return shared


def family_of(target):
    """Return the family of a target's address."""
    return socket.AF_INET6 if ":" in target[0] else socket.AF_INET


class Loop:
    """Runs punches, as many at once as it is given."""

    def __init__(self, seed):
        self._selector = selectors.DefaultSelector()
        self._timers = []
        self._order = itertools.count()
        self._random = random.Random(seed)

    def _at(self, when, call, *arguments):
        heapq.heappush(self._timers, (when, next(self._order), call, arguments))

    def _watch(self, punch, side, shared, events, call):
        punch.sockets.append(shared)
        self._selector.register(shared, events, (call, punch, side))

    def _forget(self, punch, shared):
        self._selector.unregister(shared)
        punch.sockets.remove(shared)
        shared.close()

    def _listen(self, punch, side):
        """Take what comes to the ports of one side."""
        shots = punch.shots[side]
        for host, port, family in {(s.host, s.port, family_of(s.target)) for s in shots}:
            listener = bound(host, port, family)
            listener.listen()
            self._watch(punch, side, listener, selectors.EVENT_READ, self._on_accept)

    def _shoot(self, punch, side, shot):
        if punch.is_over:
            return
        shared = bound(shot.host, shot.port, family_of(shot.target))
        error = shared.connect_ex(shot.target)
        if error == errno.EINPROGRESS:
            call = functools.partial(self._on_connected, shot)
            self._watch(punch, side, shared, selectors.EVENT_WRITE, call)
            return
        shared.close()
        if error in REFUSALS:
            self._on_refused(punch, side, shot)
        elif error != TAKEN:
            raise OSError(error, f"{punch.name}: connect")

    def _on_refused(self, punch, side, shot):
        """Try again at once; not in step with the other side for ever."""
        shot.refusals += 1
        if shot.is_retried:
            wait = self._random.uniform(0, JITTER_S) if shot.refusals > PATIENCE else 0
            self._at(time.monotonic() + wait, self._shoot, punch, side, shot)

    def _on_connected(self, shot, punch, side, shared):
        error = shared.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == 0:
            self._greet(punch, side, shared)
            return
        self._forget(punch, shared)
        if error in REFUSALS:
            self._on_refused(punch, side, shot)
        elif error != errno.ETIMEDOUT:
            raise OSError(error, f"{punch.name}: connected")

    def _on_accept(self, punch, side, listener):
        accepted, _ = listener.accept()
        accepted.setblocking(False)
        punch.sockets.append(accepted)
        self._selector.register(accepted, selectors.EVENT_READ, None)
        self._greet(punch, side, accepted)

    def _greet(self, punch, side, shared):
        """Send the side's own word, and wait for the other's."""
        self._selector.modify(shared, selectors.EVENT_READ, (self._on_word, punch, side))
        try:
            shared.send(b"AB"[side : side + 1])
        except OSError:
            self._forget(punch, shared)

    def _on_word(self, punch, side, shared):
        try:
            word = shared.recv(1)
        except OSError:
            word = b""
        if word != b"BA"[side : side + 1]:
            self._forget(punch, shared)
            return
        self._selector.modify(shared, selectors.EVENT_READ, (self._on_rest, punch, side))
        punch.words.add(side)
        if len(punch.words) == 2 and not punch.is_over:
            punch.took_ms = (time.monotonic() - punch.begin) * 1000
            self._end(punch)

    def _on_rest(self, punch, _, shared):
        """The other side gave this connection up."""
        self._forget(punch, shared)

    def _end(self, punch):
        if punch.is_over:
            return
        punch.is_over = True
        for shared in list(punch.sockets):
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            self._forget(punch, shared)

    def _begin(self, punch, begin):
        punch.begin = begin
        for side in (0, 1):
            for shot in punch.shots[side]:
                if shot.late_s is not None:
                    self._at(begin + shot.late_s, self._shoot, punch, side, shot)
        self._at(begin + punch.patience_s, self._end, punch)

    def run(self, punches):
        """Run all of these at once, until each has come up or its patience has ended."""
        for punch in punches:
            self._listen(punch, 0)
            self._listen(punch, 1)
        begin = time.monotonic()
        for punch in punches:
            self._begin(punch, begin)
        while not all(punch.is_over for punch in punches):
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                _, _, call, arguments = heapq.heappop(self._timers)
                call(*arguments)
            wait = max(0, self._timers[0][0] - time.monotonic()) if self._timers else 0
            for key, _ in self._selector.select(wait):
                call, punch, side = key.data
                if key.fileobj in punch.sockets:
                    call(punch, side, key.fileobj)
        self._timers.clear()


class Observer:
    """A listener on a public host that says how it sees who connects: what a STUN server says."""

    def __init__(self, host, family=socket.AF_INET):
        self._family = family
        self._listener = host.socket(family, socket.SOCK_STREAM)
        self._listener.settimeout(WAIT_S)
        if family == socket.AF_INET6:
            self._listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._listener.bind(("", PORT))
        self._listener.listen(256)
        self.address = host.address if family == socket.AF_INET else host.address6, PORT
        self._kept = []

    def ask(self, wanted):
        """Return the addresses and ports that these (host, port) have outside, all asked at once.

        The connections stay, as a session's with its relay.
        """
        mine = [bound(host, port, self._family) for host, port in wanted]
        for asking in mine:
            asking.connect_ex(self.address)
        seen = {}
        for number, asking in enumerate(mine):
            asking.settimeout(WAIT_S)
            asking.sendall(bytes([number]))
        for asking in mine:
            theirs, end = self._listener.accept()
            theirs.settimeout(WAIT_S)
            seen[theirs.recv(1)[0]] = end[:2]
            self._kept += [asking, theirs]
        return [seen[number] for number in range(len(wanted))]

    def release(self):
        """Close the connections."""
        for kept in self._kept:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            kept.close()
        self._kept.clear()

    def close(self):
        """Close all."""
        self.release()
        self._listener.close()
