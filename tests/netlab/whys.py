# SPDX-License-Identifier: GPL-3.0-or-later
"""Why it is not direct: networks that could be joined, with the ways between them cut.

Those that stay on the relay by what they are have their turn in pairing.py.
"""

import concurrent.futures

from deskside_test import netns, session, tap

import pairs
import reasons
import trial

JOBS = 8  # a session waits most of the time


def chosen():
    """Return one pair for each two networks that are told apart, of those that meet at the internet."""
    found = {}
    for pair in pairs.direct():
        if pair.shape in ("apart", "double NAT, left", "double NAT, both", "IPv6"):
            found.setdefault((pair.shape, frozenset(reasons.facts(pair))), pair)
    return list(found.values())


def check_table(t):
    """Nothing in the lab is without a row."""
    for pair in pairs.direct() + pairs.relayed():
        try:
            reasons.expected(pair)
        except KeyError as missing:
            t.check(f"{pair}: in the table", [f"{missing} is not"])
    t.check("the table was read", [])


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("sessions in the lab", "no name spaces")
        return t.done()
    check_table(t)
    seed = session.seed()
    those = chosen()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        outcomes = pool.map(lambda pair: trial.run(pair, seed, has_skew=False, is_cut=True), those)
        for pair, outcome in zip(those, outcomes):
            t.check(f"{pair}, cut", outcome.problems)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
