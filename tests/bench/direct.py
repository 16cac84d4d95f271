# SPDX-License-Identifier: GPL-3.0-or-later
"""The direct path in the network lab: how long nothing comes at a switch, after a silent death and
after a RST, when the relay's bytes stop, and its speed beside a bare TCP connection.

40 ms of round trip from peer to peer, 60 ms over the relay.
"""

import contextlib
import random
import sys
import tempfile
import time

from deskside_test import gauge, netns, session
from deskside_test.netlab import Lab
from deskside_test.talk import Loaded

import measure
from pairs import Pair
from world import World

SLOW = {"rate_mbit": 20, "queue_kb": 100}
FAST = {"rate_mbit": 50, "queue_kb": 250}
WARM_S, STEADY_S = 3.0, 6.0
RTT_S, RELAYED_RTT_S = 0.040, 0.060
BEFORE_S, AFTER_S = 0.1, 1.0  # of a switch, in which a gap counts for it
DEATH_S = 8.0
SESSIONS = 3
BIG_BYTES = 500  # no PING
NATS = Pair("port-restricted", "port-restricted")
OPEN = Pair("open", "open")


@contextlib.contextmanager
def built(pair, line, seed):
    """Build a pair's World, its peers' lines as `line` says."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        lab = stack.enter_context(Lab(folder, seed))
        world = World(lab, stack, pair, random.Random(seed))
        for side in world.sides:
            lab.set_line(side.behind or side, **line)
        yield lab, world, stack


class Gaps:
    """How long nothing came at what happened to a session, by the kind of thing."""

    def __init__(self):
        self.spans = []  # (what, from when, until when)
        self.rows = {}

    def span(self, what, begin, end):
        """From `begin` to `end` this was the matter."""
        self.spans.append((what, begin, end))

    def take(self, reports):
        """Look up all spans in what both ends received."""
        for what, begin, end in self.spans:
            longest = max(report.longest_gap_s(begin, end) for report in reports)
            self.rows.setdefault(what, []).append(longest)
            print(f"  {what:<32} {longest * 1000:7.1f} ms", flush=True)
        self.spans = []


def switch(gaps, loaded, since):
    """Wait for the direct path; return when both had said so."""
    times = loaded.takes("direct", since)
    gaps.span("relay to direct", times[0] - BEFORE_S, times[-1] + AFTER_S)
    time.sleep(AFTER_S)
    return times


def flow_of(lab, world, loaded):
    """Return the router's flow that carries it."""
    ends = {event["remote"] for event in loaded.paths()}
    return next(flow for flow in lab.direct_flows(*world.sides) if set(flow.ends) == ends)


def relay_stops_s(lab, world, times):
    """Return how long after the last `path direct` the last big packet left for or from the relay."""
    name = world.host.name
    relayed = [
        packet.sent_us / 1e6
        for packet in lab.packets()
        if name in (packet.source, packet.last) and packet.payload >= BIG_BYTES
    ]
    return max(relayed) - times[-1]


def harm(gaps, lab, world, loaded):
    """Do to a session what networks do; each time it finds back onto a direct path."""
    flow, now = flow_of(lab, world, loaded), time.monotonic()
    lab.reset(flow)
    gaps.span("after a RST", now, now + AFTER_S)
    switch(gaps, loaded, now)
    flow, now = flow_of(lab, world, loaded), time.monotonic()
    lab.cut_flow(flow)
    gaps.span("after a silent death", now, now + DEATH_S)
    switch(gaps, loaded, loaded.takes("relay", now)[-1])


def measure_gaps(gaps, seed):
    """Have one session, loaded both ways; return when the relay's bytes stopped."""
    with built(NATS, FAST, seed) as (lab, world, stack):
        outsides = [world.outside(side) for side in world.sides]
        lab.part(*outsides)
        loaded = Loaded(stack, world.where(*world.sides), world.relay)
        time.sleep(WARM_S)
        now = time.monotonic()
        gaps.span("on the relay", now - WARM_S / 2, now)
        lab.join(*outsides)
        times = switch(gaps, loaded, 0.0)
        stops_s = relay_stops_s(lab, world, times)
        harm(gaps, lab, world, loaded)
        now = time.monotonic()
        time.sleep(WARM_S)
        gaps.span("on the direct path", now, now + WARM_S)
        reports = loaded.ends()
    gaps.take(reports)
    print(f"  the relay's bytes stop {stops_s * 1000:7.1f} ms after `path direct`", flush=True)
    if not all(report.is_whole for report in reports):
        sys.exit("other bytes came than were sent")
    return stops_s


def rate(reports, begin):
    """Return a row of both directions' speed."""
    end = begin + STEADY_S
    speeds = [report.rate(begin, end) / 1e6 for report in reports]
    return {"MB/s": sum(speeds), "to the helpee": speeds[0], "to the helper": speeds[1]}


def ours(line, seed):
    """Measure the direct path's speed, both ways at once."""
    with built(OPEN, line, seed) as (_, world, stack):
        loaded = Loaded(stack, world.where(*world.sides), world.relay)
        loaded.takes("direct", 0.0)
        time.sleep(WARM_S)
        begin = time.monotonic()
        time.sleep(STEADY_S)
        return rate(loaded.ends(), begin)


def theirs(line, seed):
    """Measure a bare TCP connection through the same lines."""
    with built(OPEN, line, seed) as (_, world, stack):
        left, right = world.sides
        listener = gauge.start("listen", left.through, left.address)
        stack.enter_context(listener)
        address = listener.wait_line("^READY (.*)$")[1]
        client = stack.enter_context(gauge.start(address, right.through))
        time.sleep(2 * WARM_S)
        begin = time.monotonic()
        time.sleep(STEADY_S)
        return rate(gauge.finish(listener, client), begin)


def aims(gaps, stops):
    """Print the worst of each kind by what it may be."""
    most = {
        "relay to direct": RTT_S + 0.010,
        "after a RST": RELAYED_RTT_S + 0.050,
        "after a silent death": 1.5,
    }
    rows = {what: (max(gaps.rows[what]), aim) for what, aim in most.items()}
    rows["the relay's bytes stop"] = max(stops), RTT_S
    for what, (worst, aim) in rows.items():
        words = f"{what}: {worst * 1000:.1f} ms at worst, {aim * 1000:.0f} ms at most"
        print(f"ratio: {worst / aim:.3f}  ({words})", flush=True)


def measure_speed(line, seed):
    """Measure both on lines of one speed."""
    speed = f"{line['rate_mbit']} Mbit/s"
    measure.describe("lab", f"40 ms, {speed}, queues of {line['queue_kb']} KB")
    candidates = {"direct": lambda: ours(line, seed), "bare TCP": lambda: theirs(line, seed)}
    rows = measure.interleave(candidates)
    measure.ratio(f"{speed}, both ways at once", rows, "MB/s")


def main():
    if not netns.enter():
        sys.exit("no name spaces")
    seed = session.seed()
    measure_speed(SLOW, seed)
    measure_speed(FAST, seed)
    gaps = Gaps()
    stops = [measure_gaps(gaps, seed + number) for number in range(SESSIONS)]
    aims(gaps, stops)


if __name__ == "__main__":
    main()
