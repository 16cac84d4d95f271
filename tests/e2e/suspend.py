# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are suspended for a minute while data waits, as a closed laptop does."""

import contextlib
import signal
import threading
import time

from deskside_test import meeting, session, tap

SIZE_BYTES = 20_000_000  # each way
SUSPEND_AT_BYTES = 2_000_000
SUSPENDED_S = 60.0


def check(t, seed, names, reason):
    """Suspend the programs of these names; meanwhile the relay must end their connection."""
    title = " and ".join(names)
    with contextlib.ExitStack() as stack:
        relay = stack.enter_context(meeting.Relay())
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES)
        suspended = [getattr(running, name) for name in names]
        running.begin()
        running.wait_received(SUSPEND_AT_BYTES)
        for program in suspended:
            program.process.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        try:
            session.until(lambda: "session ended" in relay.log(), SUSPENDED_S, "the relay's word")
            t.note(f"{title}: the relay gave up after {time.monotonic() - start:.1f} s")
            threading.Event().wait(start + SUSPENDED_S - time.monotonic())
        finally:
            for program in suspended:
                program.process.send_signal(signal.SIGCONT)
        said = [line for line in relay.log().splitlines() if "session ended" in line]
        words = "".join(said[:1])
        t.check(f"{title} suspended: the relay says {reason}", [] if reason in words else said)
        running.finish(t, f"{title} suspended")
        t.note(f"{title}: all came {time.monotonic() - start - SUSPENDED_S:.1f} s after the end")
        running.end(t, f"{title} suspended")
        relay.end(t)


def main():
    t = tap.Tap()
    seed = session.seed()
    meeting.together(
        lambda: check(t, seed, ["share"], "session ended: peer-left (helper)"),
        lambda: check(t, seed + 1, ["connect"], "session ended: peer-left (helpee)"),
        lambda: check(t, seed + 2, ["share", "connect"], "session ended: idle"),
    )
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
