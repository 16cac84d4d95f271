# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay that is killed and comes again: with a session, and while connections are cut as well."""

import contextlib
import threading

from deskside_test import meeting, session, storm, tap

SIZE_BYTES = 50_000_000  # each way
STORM_BYTES = 20_000_000
STORM_CUTS = 40
LATE_BYTES = 1_000_000
DOWN_S = 12.0


def check_restart(t, seed):
    """Kill the relay in the middle; later stop it as its admin would."""
    with contextlib.ExitStack() as stack:
        relay = stack.enter_context(meeting.Relay())
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES)
        running.begin()
        running.wait_received(SIZE_BYTES // 3)
        relay.kill()
        relay.start()
        running.wait_received(SIZE_BYTES * 2 // 3)
        t.equal("the relay stops cleanly under load", relay.program.stop(), 0)
        relay.start()
        running.finish(t, "restarted")
        running.end(t, "restarted")
        relay.end(t)


def check_storm(t, seed):
    """Cut the connections of a session, and leave it without a relay for a while."""
    with contextlib.ExitStack() as stack:
        relay = stack.enter_context(meeting.Relay())
        weather = stack.enter_context(storm.Storm(relay.address, seed, STORM_CUTS, LATE_BYTES))
        running = meeting.Meeting(stack, relay, seed, STORM_BYTES, weather.through())
        running.begin()
        running.wait_received(STORM_BYTES // 20)
        weather.begin()
        running.wait(lambda: len(weather.cuts) >= STORM_CUTS // 2, "half of the cuts")
        relay.kill()
        before = len(weather.cuts)
        threading.Event().wait(DOWN_S)
        relay.start()
        running.finish(t, "cut and restarted")
        for line in weather.lines():
            t.note(line)
        after = len(weather.cuts) - before
        t.note(f"{before} cuts before the relay was down for {DOWN_S} s, {after} after")
        t.equal("there were cuts before and after", (before > 0, after > 0), (True, True))
        running.end(t, "cut and restarted")
        relay.end(t)


def main():
    t = tap.Tap()
    seed = session.seed()
    meeting.together(lambda: check_restart(t, seed), lambda: check_storm(t, seed + 1))
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
