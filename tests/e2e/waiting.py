# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay that comes again while a code waits; and two sessions that lose it at the same time."""

import contextlib

from deskside_test import exchange, meeting, session, tap

SIZE_BYTES = 10_000_000  # each way
WAIT_S = 60.0


def again(t, name, relay, share, code, end):
    """End the relay and start it: the code must be announced again."""
    end()
    share.wait_event("offline", WAIT_S)
    relay.start()
    event = share.wait_event("code", WAIT_S)
    t.equal(f"{name}: the code stays", event["code"], code)
    first = meeting.events(share, "code")[0]
    t.check(f"{name}: it lives no longer", [] if event["expires"] <= first["expires"] else [event])


def check_code(t, relay, seed):
    """Let a code wait while its relay is killed, and stopped; then use it."""
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(exchange.Exchange(seed, SIZE_BYTES))
        share, code = session.start_share(data.address, relay.address, relay.pin)
        stack.enter_context(share)
        again(t, "killed", relay, share, code, relay.kill)
        again(t, "stopped", relay, share, code, relay.program.stop)
        connect, listening = session.start_connect(code, relay.address, relay.pin)
        stack.enter_context(connect)
        data.begin(listening)
        session.until(data.is_over, meeting.EXCHANGE_S, "the exchange")
        t.check("the code works", data.problems())


def check_two(t, relay, seed):
    """Two sessions on one relay, which is killed: each must find its own other side."""
    with contextlib.ExitStack() as stack:
        both = [meeting.Meeting(stack, relay, seed + n, SIZE_BYTES) for n in range(2)]
        for running in both:
            running.begin()
        for running in both:
            running.wait_received(SIZE_BYTES // 10)
        relay.kill()
        relay.start()
        for n, running in enumerate(both):
            running.finish(t, f"session {n + 1} of 2")
            running.end(t, f"session {n + 1} of 2")


def main():
    t = tap.Tap()
    seed = session.seed()
    with meeting.Relay() as relay:
        check_code(t, relay, seed)
        check_two(t, relay, seed + 1)
        relay.end(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
