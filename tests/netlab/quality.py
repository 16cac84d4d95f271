# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a session is that has to stay on the relay, while a direct path is looked for and not."""

import contextlib
import random
import tempfile
import time

from deskside_test.netlab import Lab
from deskside_test.talk import Loaded

from world import World

RATE_MBIT, QUEUE_KB = 20, 100
WARM_S, MEASURED_S = 1.0, 8.0  # the first generation of tries takes 5 s


def compare(pairs, runs, seed):
    """Measure each pair so often, with and without; return {pair: {"auto": [...], "never": [...]}}."""
    found = {}
    for pair in pairs:
        found[pair] = {"auto": [], "never": []}
        for number in range(runs):
            for direct, rows in found[pair].items():
                rows.append(measure(pair, seed + number, direct))
        print(f"# {pair}: {found[pair]}", flush=True)
    return found


def measure(pair, seed, direct):
    """Return the MB/s of both directions and the longest gap in seconds, with `--direct` so."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        lab = stack.enter_context(Lab(folder, seed))
        world = World(lab, stack, pair, random.Random(seed))
        for side in world.sides:
            lab.set_line(side.behind, rate_mbit=RATE_MBIT, queue_kb=QUEUE_KB)
        where = world.where(*world.sides)
        loaded = Loaded(stack, where, world.relay, share=direct, connect=direct)
        time.sleep(WARM_S)
        begin = time.monotonic()
        time.sleep(MEASURED_S)
        end = time.monotonic()
        reports = loaded.ends()
    speed = sum(report.rate(begin, end) for report in reports) / 1e6
    return speed, max(report.longest_gap_s(begin, end) for report in reports)
