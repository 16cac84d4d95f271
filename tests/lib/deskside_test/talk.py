# SPDX-License-Identifier: GPL-3.0-or-later
"""A session between two machines, while bytes flow, and the path that it takes."""

import json
import time

from . import exchange, gauge, meeting, programs, session

ENDLESS_BYTES = 1 << 40
PACE_S = 0.02  # between two pieces of 64 KiB, each way
FLOW_BYTES = 1_000_000


class Apart(meeting.Meeting):
    """`share` on one machine and `connect` on another, which carry a TCP service.

    `heard` gets (when, program's name, event) for each event, by time.monotonic().
    """

    def __init__(self, stack, where, relay, service, share="auto", connect="auto", words=()):
        """Start both with these words behind --direct, `service` being where share finds it.

        `words` are further options of both.

        `where` has both Spaces, as `helpee` and `helper`, and may have environments, as `envs`.
        """
        self.heard = []
        envs = getattr(where, "envs", (None, None))
        there = {"through": where.helpee.through, "env": envs[0], "on_line": self._hear}
        options = "--direct", share, *words
        begun = session.start_share(service, relay.address, relay.pin, *options, **there)
        self.share, code = begun
        stack.enter_context(self.share)
        way = "--relay", relay.address, "--relay-pin", relay.pin, "--direct", connect, *words
        there = {"through": where.helper.through, "env": envs[1], "on_line": self._hear}
        listen = "--listen", "127.0.0.1:0"
        running = programs.cli("connect", "-", *way, *listen, typed=code + "\n", **there)
        self.connect = stack.enter_context(running)

    def _hear(self, program, text):
        self.heard.append((time.monotonic(), program.name, json.loads(text)))

    def listens(self):
        """Wait for the address where connect listens, and return it."""
        self._listening = self.connect.wait_event("listening", 60.0)["addr"]
        return self._listening

    def paths(self):
        """Return the newest `path` event of both, share's first."""
        told = (meeting.events(one, "path") for one in (self.share, self.connect))
        return [events[-1] if events else None for events in told]

    def carried(self, path, timeout_s=30.0):
        """Wait until `path` ("relay" or "direct") carries both directions; return both events."""
        is_it = lambda: all(told and told["path"] == path for told in self.paths())
        with self._words():
            session.until(is_it, timeout_s, f"the path {path}")
        return self.paths()


class Talk(Apart):
    """Carries an Exchange, which flows until it is told to end."""

    def __init__(self, stack, where, relay, seed, pace_s=PACE_S, **directs):
        """Start both; `directs` is as Apart has it."""
        spaces = {"service": where.helpee, "client": where.helper}
        flow = exchange.Exchange(seed, ENDLESS_BYTES, pace_s, **spaces)
        self.exchange = stack.enter_context(flow)
        super().__init__(stack, where, relay, flow.address, **directs)

    def begin(self):
        """Begin to send, both ways, as soon as that is offered."""
        self.listens()
        super().begin()
        self.flows("the begin")

    def ports(self):
        """Return the ports at which service and client listen, which are not for the peer."""
        return {programs.split_address(one)[1] for one in (self.exchange.address, self._listening)}

    def flows(self, when, size_bytes=FLOW_BYTES):
        """Wait until so much more has come in each direction."""
        wanted = self.exchange.received_bytes() + size_bytes
        self.wait(lambda: self.exchange.received_bytes() >= wanted, f"bytes after {when}")

    def finish(self, t, name):
        """End the exchange where it is, and see that all came; then end the session."""
        self.exchange.enough()
        super().finish(t, name)
        self.end(t, name)


class Loaded(Apart):
    """Carries a connection that a gauge at each end loads both ways."""

    def __init__(self, stack, where, relay, **directs):
        """Start both, and load it as soon as that is offered."""
        self._service = stack.enter_context(gauge.start("listen", where.helpee.through))
        service = self._service.wait_line("^READY (.*)$")[1]
        super().__init__(stack, where, relay, service, **directs)
        self._client = stack.enter_context(gauge.start(self.listens(), where.helper.through))

    def ends(self):
        """End it; return the gauges' Reports, that of the helpee's machine first."""
        with self._words():
            reports = gauge.finish(self._service, self._client)
        self.connect.stop()
        self.share.wait_exit(30.0)
        return reports

    def told(self, path, since=0.0):
        """Return when each program first said after `since` that this path carries it, sorted."""
        found = {}
        for when, name, event in list(self.heard):
            if event["event"] == "path" and event["path"] == path and when > since:
                found.setdefault(name, when)
        return sorted(found.values())

    def takes(self, path, since, timeout_s=60.0):
        """Wait until both have said after `since` that this path carries it; return when each did."""
        with self._words():
            what = f"the path {path}"
            session.until(lambda: len(self.told(path, since)) == 2, timeout_s, what)
        return self.told(path, since)
