# SPDX-License-Identifier: GPL-3.0-or-later
"""How smoothly a moving picture goes from the relay onto the direct path, and back.

Two windows on two X displays, on two machines of the network lab, behind a router each: 40 ms of
round trip apart, 60 ms by the relay. On the helper's screen the place is watched that changes all
the time on the helpee's. The peer is the same picture on the relay while nothing happens.
"""

import collections
import contextlib
import os
import statistics
import tempfile
import time

from deskside_test import netns, session
from deskside_test.two_windows import Eye, Pair

import measure
from routed import Routed

ROUNDS = 7
STEADY_S = 6.0  # after DS_PUNCH_STEADY_MS another path is looked for at once where one is lost
KINDS = "port-restricted", "linux"


def row(name, gaps):
    """Print the largest gaps of all rounds, in milliseconds; return their median."""
    median, longest = 1000 * statistics.median(gaps), 1000 * max(gaps)
    every = " ".join(f"{1000 * gap:.0f}" for gap in gaps)
    print(f"{name}: median {median:.0f} ms, longest {longest:.0f} ms, all {every}", flush=True)
    return median


class Session:
    """One session that is moved over and back a few times: DS_PUNCH_BUDGET has tries for no more."""

    def __init__(self, stack, folder, seed):
        """Begin it on the relay, the direct way being cut."""
        self.where = Routed(stack, folder, seed, *KINDS)
        self.pair = Pair(stack, self.where)
        self.where.open(False)
        self.pair.connect()
        self._eye = Eye(self.pair)

    def steady(self):
        """Let nothing happen."""
        began = time.monotonic()
        time.sleep(STEADY_S)
        return self._eye.gap_s(began)

    def there(self):
        """Open the direct way, until both have heard of it."""
        return self._until("Direct", lambda: self.where.open(True))

    def back(self, harm):
        """Cut the direct way, and harm its connection for good, until both have heard of it."""
        flow = self.where.flow()

        def end():
            self.where.open(False)
            harm(flow)

        return self._until("Relayed", end)

    def _until(self, state, change):
        began = time.monotonic()
        change()
        self.pair.hear(state)
        return self._eye.gap_s(began)


def measure_round(seed, gaps):
    """Have one session; add the largest gaps to the lists in `gaps`."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        one = Session(stack, folder, seed)
        gaps["relayed"].append(one.steady())
        for what, harm in (("cut", one.where.lab.cut_flow), ("reset", one.where.lab.reset)):
            gaps["there"].append(one.there())
            gaps["direct"].append(one.steady())
            gaps[what].append(one.back(harm))


def main():
    """Measure, and print the rows."""
    if not netns.enter():
        raise SystemExit("no name spaces")
    seed, gaps = session.seed(), collections.defaultdict(list)
    measure.describe("lab", f"routers {' and '.join(KINDS)}, load {os.getloadavg()[0]:.1f}")
    for number in range(ROUNDS):
        measure_round(seed + number, gaps)
    usual = row("nothing happens, on the relay", gaps["relayed"])
    row("nothing happens, on the direct path", gaps["direct"])
    print("aim: 200 ms on the way there, 1500 ms on the way back after a cut")
    print(f"ratio: {row('to the direct path', gaps['there']) / usual:.2f}")
    print(f"ratio: {row('back, after a silent cut', gaps['cut']) / usual:.2f}")
    print(f"ratio: {row('back, after a RST', gaps['reset']) / usual:.2f}")


if __name__ == "__main__":
    main()
