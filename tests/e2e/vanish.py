# SPDX-License-Identifier: GPL-3.0-or-later
"""What vanishes without a word: the program at the other end, and connections that fall silent."""

import contextlib
import functools
import signal
import time

from deskside_test import meeting, proxy, session, tap

SIZE_BYTES = 20_000_000  # each way
BEGIN_BYTES = 1_000_000
EVENT_S = 90.0
LINGER_S = 5.0  # CLOSE is offered for so long
SLACK_S = 3.0
DEAD_S = 6.0  # no byte for so long
PING_S = 15.0  # after so long without data a PING is due


def check_killed(t, relay, seed, name):
    """Kill `share` or `connect`; the other one must go on trying until it is told to stop."""
    with contextlib.ExitStack() as stack:
        between = [stack.enter_context(proxy.Proxy(relay.address)) for _ in range(2)]
        through = [one.address for one in between]
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES, through)
        running.begin()
        running.wait_received(BEGIN_BYTES)
        is_share = name == "share"
        killed = running.share if is_share else running.connect
        left, way = (running.connect, between[1]) if is_share else (running.share, between[0])
        killed.process.send_signal(signal.SIGKILL)
        left.wait_event("path", EVENT_S, path="none")
        session.until(lambda: way.accepted >= 2, EVENT_S, f"{left.name} looking for {name}")
        t.equal(f"{name} killed: the session is not over", meeting.events(left, "closed"), [])
        start = time.monotonic()
        left.process.terminate()
        status = left.wait_exit(EVENT_S)
        took_s = time.monotonic() - start
        t.note(f"{left.name} ended {took_s:.1f} s after SIGTERM")
        reason = meeting.events(left, "closed")[-1]["reason"]
        t.equal(f"{name} killed: {left.name} ends well", (status, reason), (0, "stopped"))
        is_late = took_s > LINGER_S + SLACK_S
        t.check(f"{name} killed: {left.name} ends soon", [f"{took_s} s"] if is_late else [])


def check_silent(t, relay, seed, name, has_data, up=True, down=True):
    """Let the connection of `share` fall silent; both must leave it, and meet on another one."""
    with contextlib.ExitStack() as stack:
        between = stack.enter_context(proxy.Proxy(relay.address))
        through = between.address, relay.address
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES, through)
        if has_data:
            running.begin()
            running.wait_received(BEGIN_BYTES)
        else:
            running.connect.wait_event("rate", EVENT_S)  # the first PINGs come close together
        between.silence(up, down)
        start = time.monotonic()
        for path in ("none", "relay"):
            for program in (running.share, running.connect):
                program.wait_event("path", EVENT_S, path=path)
            took_s = time.monotonic() - start
            t.note(f"{name}: path {path} at both after {took_s:.1f} s")
            limit_s = DEAD_S + (0 if has_data else PING_S) + SLACK_S
            is_late = path == "none" and took_s > limit_s
            t.check(f"{name}: path {path} in time", [f"{took_s} s"] if is_late else [])
        t.equal(f"{name}: share is on its second connection", between.accepted, 2)
        if not has_data:
            running.begin()
        running.finish(t, name)
        running.end(t, name)


def check_deserted(t, relay, seed, name):
    """Reset the connection of `share` or `connect` at its end only: the other one must come too."""
    with contextlib.ExitStack() as stack:
        between = [stack.enter_context(proxy.Proxy(relay.address)) for _ in range(2)]
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES, [one.address for one in between])
        running.begin()
        running.wait_received(BEGIN_BYTES)
        start = time.monotonic()
        between[name == "connect"].desert()
        for program in (running.share, running.connect):
            program.wait_event("path", EVENT_S, path="relay")
        took_s = time.monotonic() - start
        t.note(f"{name} deserted: path relay at both after {took_s:.1f} s")
        # Without the cookie the other side and the relay learn of it by silence.
        t.check(f"{name} deserted: the cookie calls", [f"{took_s} s"] if took_s >= DEAD_S else [])
        running.finish(t, f"{name} deserted")
        running.end(t, f"{name} deserted")


def main():
    t = tap.Tap()
    seed = session.seed()
    with meeting.Relay() as relay:
        silent = functools.partial(check_silent, t, relay)
        meeting.together(
            lambda: check_killed(t, relay, seed, "share"),
            lambda: check_killed(t, relay, seed + 1, "connect"),
            lambda: check_deserted(t, relay, seed + 2, "share"),
            lambda: check_deserted(t, relay, seed + 3, "connect"),
            lambda: silent(seed + 4, "silent with data", True),
            lambda: silent(seed + 5, "silent towards share", True, up=False),
            lambda: silent(seed + 6, "silent towards the relay", True, down=False),
            lambda: silent(seed + 7, "silent at rest", False),
        )
        relay.end(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
