# SPDX-License-Identifier: GPL-3.0-or-later
"""How smoothly a moving picture goes from the relay onto the direct path, and back when that is cut.

Two windows on two X displays, on two machines of the benchmark's own; on the helper's screen the
place is watched that changes all the time on the helpee's. The peer is the same picture while
nothing happens to its path.
"""

import contextlib
import statistics
import time

from deskside_test import crossing, netns, two_windows

ROUNDS = 7
STEADY_S = 3.0


def row(name, gaps):
    """Print the largest gaps of all rounds, in milliseconds; return their median."""
    median = statistics.median(gaps)
    print(f"{name}: median {1000 * median:.0f} ms, all", *(f"{1000 * gap:.0f}" for gap in gaps))
    return median


def main():
    """Measure on one session that is moved over and back again and again."""
    if not netns.enter():
        raise SystemExit("no name spaces")
    steady, there, back = [], [], []
    with contextlib.ExitStack() as stack:
        pair = two_windows.Pair(stack, crossing.Crossing(stack))
        pair.where.open(False)
        pair.connect()
        eye = two_windows.Eye(pair)
        for _ in range(ROUNDS):
            began = time.monotonic()
            time.sleep(STEADY_S)
            steady.append(eye.gap_s(began))
            there.append(two_windows.switch(pair, eye, True))
            back.append(two_windows.switch(pair, eye, False))
    usual = row("nothing happens", steady)
    print("aim: 200 ms on the way there, 1500 ms on the way back")
    print(f"ratio: {row('to the direct path', there) / usual:.2f}")
    print(f"ratio: {row('back, after a cut', back) / usual:.2f}")


if __name__ == "__main__":
    main()
