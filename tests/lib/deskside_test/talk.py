# SPDX-License-Identifier: GPL-3.0-or-later
"""A session between two machines, while bytes flow, and the path that it takes."""

from . import exchange, meeting, programs, session

ENDLESS_BYTES = 1 << 40
PACE_S = 0.02  # between two pieces of 64 KiB, each way
FLOW_BYTES = 1_000_000


class Talk(meeting.Meeting):
    """`share` and `connect` on two machines, with an Exchange that flows until it is told to end."""

    def __init__(self, stack, where, relay, seed, share="auto", connect="auto", pace_s=PACE_S):
        """Start both with these words behind --direct.

        `where` has both Spaces, as `helpee` and `helper`, and may have environments, as `envs`.
        """
        spaces = {"service": where.helpee, "client": where.helper}
        envs = getattr(where, "envs", (None, None))
        flow = exchange.Exchange(seed, ENDLESS_BYTES, pace_s, **spaces)
        self.exchange = stack.enter_context(flow)
        way, there = ("--direct", share), {"through": where.helpee.through, "env": envs[0]}
        begun = session.start_share(flow.address, relay.address, relay.pin, *way, **there)
        self.share, code = begun
        stack.enter_context(self.share)
        way = "--relay", relay.address, "--relay-pin", relay.pin, "--direct", connect
        there = {"through": where.helper.through, "env": envs[1], "typed": code + "\n"}
        running = programs.cli("connect", "-", *way, "--listen", "127.0.0.1:0", **there)
        self.connect = stack.enter_context(running)

    def begin(self):
        """Begin to send, both ways, as soon as that is offered."""
        self._listening = self.connect.wait_event("listening", 60.0)["addr"]
        super().begin()
        self.flows("the begin")

    def ports(self):
        """Return the ports at which service and client listen, which are not for the peer."""
        return {programs.split_address(one)[1] for one in (self.exchange.address, self._listening)}

    def flows(self, when, size_bytes=FLOW_BYTES):
        """Wait until so much more has come in each direction."""
        wanted = self.exchange.received_bytes() + size_bytes
        self.wait(lambda: self.exchange.received_bytes() >= wanted, f"bytes after {when}")

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

    def finish(self, t, name):
        """End the exchange where it is, and see that all came; then end the session."""
        self.exchange.enough()
        super().finish(t, name)
        self.end(t, name)
