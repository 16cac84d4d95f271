# SPDX-License-Identifier: GPL-3.0-or-later
"""The real programs between networks of every kind: one session of each, as tests/run has time for.

`tests/run netlab-whole` has all of them, often: whole.py.
"""

import random

from deskside_test import netns, session, tap
from deskside_test.tap import unless

import pairs
import tally
import trial

JOBS = 8  # a session waits most of the time


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("sessions in the lab", "no name spaces")
        return t.done()
    seed = session.seed()
    chosen = pairs.chosen(random.Random(seed))
    for pair, (outcome,) in tally.run(chosen, 1, JOBS, seed, trial.run).items():
        way = "direct" if outcome.is_direct else "relayed"
        t.check(f"{pair}: {way}", [*outcome.problems, *unless(trial.is_right(pair, outcome), way)])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
