# SPDX-License-Identifier: GPL-3.0-or-later
"""A session whose connections are cut 200 times, at every stage of meeting again."""

import contextlib
import time

from deskside_test import meeting, programs, session, storm, tap

SIZE_BYTES = 50_000_000  # each way
BEGIN_BYTES = 1_000_000
CUTS = 200
LATE_BYTES = 1_500_000
SETTLE_S = 20.0  # the relay lets what ends linger for 5 s
GROWTH_BYTES = 8 << 20


def check_cuts(t, weather):
    """See that the storm was what it should be."""
    for line in weather.lines():
        t.note(line)
    wanted = [] if weather.is_over() else [f"only {len(weather.cuts)}"]
    t.check(f"there were {CUTS} cuts before the last byte", wanted)
    t.equal("every stage was cut, within a TLS record", weather.missed(), [])


def check_paths(t, program):
    """See that a person is told only once that a path is lost."""
    paths = ["none", *(event["path"] for event in meeting.events(program, "path"))]
    twice = [at for at, pair in enumerate(zip(paths, paths[1:])) if pair == ("none", "none")]
    problems = [f"{len(twice)} of {len(paths)}"] if twice else []
    t.check(f"{program.name} tells no second time that there is no path", problems)


def check_descriptors(t, program, base):
    """See that no descriptor has leaked."""
    try:
        session.until(lambda: meeting.descriptors(program) <= base, SETTLE_S, "fewer descriptors")
    except programs.Failure:
        pass
    count = meeting.descriptors(program)
    problems = [] if count <= base else [f"{count} open, {base} before"]
    t.check(f"{program.name} has no more files open than before", problems)


def check_memory(t, relay, base_bytes):
    """See that the relay's memory returns to what it was with a session that had just begun."""
    name = "the relay's memory is near its base"
    now_bytes = meeting.resident_bytes(relay)
    t.note(f"the relay holds {now_bytes >> 10} KiB, {base_bytes >> 10} KiB before")
    if meeting.is_sanitized(relay):
        t.note(f"{name}: not judged, a sanitizer keeps what was freed")
        return
    t.check(name, [f"{now_bytes} bytes"] if now_bytes > 2 * base_bytes + GROWTH_BYTES else [])


def check(t, relay, weather, running):
    """Exchange bytes in the storm; look at the programs before and after."""
    all_three = relay.program, running.share, running.connect
    files = [meeting.descriptors(program) for program in all_three]
    base_bytes = meeting.resident_bytes(relay.program)
    start = time.monotonic()
    running.begin()
    running.wait_received(BEGIN_BYTES)
    weather.begin()
    running.finish(t, "cut")
    t.note(f"{SIZE_BYTES} bytes each way in {time.monotonic() - start:.1f} s")
    check_cuts(t, weather)
    check_paths(t, running.share)
    check_paths(t, running.connect)
    for program, base in zip(all_three, files):
        check_descriptors(t, program, base)
    check_memory(t, relay.program, base_bytes)
    running.end(t, "cut")


def main():
    t = tap.Tap()
    seed = session.seed()
    with contextlib.ExitStack() as stack:
        relay = stack.enter_context(meeting.Relay())
        weather = stack.enter_context(storm.Storm(relay.address, seed, CUTS, LATE_BYTES))
        running = meeting.Meeting(stack, relay, seed, SIZE_BYTES, weather.through())
        check(t, relay, weather, running)
        relay.end(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
