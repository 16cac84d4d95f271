# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that lose their connections: a relay that goes and comes, and bytes that must arrive."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import signal
import tempfile

from . import exchange, programs, session

EXCHANGE_S = 240.0  # only an upper bound: other tests run beside this one, with sanitizers


class Relay:
    """One relay in all its lives: its address and its key stay.

    It has an address of its own among those of the loopback: nobody else is given its port while it
    is down, and who connects there then cannot meet itself.
    """

    def __init__(self, address=None, through=(), options=()):
        """Start it by the command `through`, at `address` if one is given."""
        self._folder = tempfile.TemporaryDirectory()
        numbers = random.SystemRandom()
        host = ".".join(str(numbers.randrange(1, 255)) for _ in range(3))
        self.address = address or f"127.{host}:0"
        self._through, self._options = through, options
        self.pin = None
        self.program = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.stop()
        self._folder.cleanup()

    def start(self):
        """Start it, at the same address as before."""
        options = "--listen", self.address, *self._options
        started = programs.relay(self._folder.name, *options, through=self._through)
        self.program, self.address, self.pin = started

    def kill(self):
        """End it by SIGKILL."""
        self.program.process.send_signal(signal.SIGKILL)
        self.program.stop()

    def end(self, t):
        """Stop it as its admin would; print a point that it ends well."""
        t.equal("the relay stops cleanly", self.program.stop(), 0)

    def log(self):
        """Return what the running one has written."""
        return self.program.stderr()


class Meeting:
    """`share` and `connect` in session, with an Exchange between service and client."""

    def __init__(self, stack, relay, seed, size_bytes, through=None):
        """Start both; `through` are the addresses where share and connect find the relay."""
        share_where, connect_where = through or (relay.address, relay.address)
        self.exchange = stack.enter_context(exchange.Exchange(seed, size_bytes))
        self.share, code = session.start_share(self.exchange.address, share_where, relay.pin)
        stack.enter_context(self.share)
        self.connect, self._listening = session.start_connect(code, connect_where, relay.pin)
        stack.enter_context(self.connect)
        self.share.wait_event("peer")

    def begin(self):
        """Begin to send, both ways."""
        self.exchange.begin(self._listening)

    def wait(self, condition, what):
        """Wait until condition() is true, or both directions have ended."""
        with self._words():
            session.until(lambda: condition() or self.exchange.is_over(), EXCHANGE_S, what)

    def wait_received(self, size_bytes):
        """Wait until so much has come in each direction, or both have ended."""
        self.wait(lambda: self.exchange.received_bytes() >= size_bytes, f"{size_bytes} bytes")

    @contextlib.contextmanager
    def _words(self):
        """Let a failure say what the programs said."""
        try:
            yield
        except programs.Failure as failure:
            words = [self.share.lines, self.share.stderr().splitlines()]
            words += [self.connect.lines, self.connect.stderr().splitlines()]
            tails = ["\n".join(["", *(f"    {word}" for word in some[-20:])]) for some in words]
            raise programs.Failure(f"{failure}{''.join(tails)}") from None

    def finish(self, t, name):
        """Wait for the exchange; print points that all came, in one session."""
        self.wait(self.exchange.is_over, f"{name}: the end of both directions")
        t.check(f"{name}: nothing is lost or repeated", self.exchange.problems())
        t.equal(f"{name}: it is the first session still", self.sessions(), [1, 1])

    def sessions(self):
        """Return how many sessions each has had, 0 where they are over."""
        both = self.share, self.connect
        return [0 if events(one, "closed") else len(events(one, "peer")) for one in both]

    def end(self, t, name):
        """End the session from the helper's side; print points on how both end."""
        statuses = self.connect.stop(), self.share.wait_exit(30.0)
        reasons = [events(one, "closed")[-1]["reason"] for one in (self.connect, self.share)]
        ended = list(zip(statuses, reasons))
        t.equal(f"{name}: both ends are good", ended, [(0, "stopped"), (0, "peer-stopped")])


def events(program, name):
    """Return the events of this name that a program has printed, as objects."""
    found = (json.loads(line) for line in list(program.lines))
    return [event for event in found if event["event"] == name]


def together(*functions):
    """Call all at once, each on its thread; raise the first error when all have returned."""
    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
        for future in [pool.submit(function) for function in functions]:
            future.result()


def descriptors(program):
    """Return how many files a program has open."""
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))


def resident_bytes(program):
    """Return how much memory a program holds."""
    pages = pathlib.Path(f"/proc/{program.process.pid}/statm").read_text(encoding="ascii")
    return int(pages.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def is_sanitized(program):
    """Say whether a program was built with a sanitizer, which keeps freed memory for a while."""
    binary = pathlib.Path(f"/proc/{program.process.pid}/exe").read_bytes()
    return any(name in binary for name in (b"__asan_init", b"__tsan_init"))
