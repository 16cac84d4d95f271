# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind that is not what its name says is found by the lab's proof of itself."""

import concurrent.futures
import itertools
import pathlib

from deskside_test.netlab import Lab, entry, kinds, proof, table

AT_ONCE = 60
LABS = 4  # that run at once: they wait most of the time

# What a file with a kind's name says, in the place of what it should.
LIES = (
    ("port-restricted", "filtering", "endpoint-independent"),
    ("port-restricted", "filtering", "address-dependent"),
    ("port-restricted", "mapping", "address-and-port-dependent"),
    ("port-restricted", "simopen", "no"),
    ("port-restricted", "rst", "ignore"),
    ("port-restricted", "unsolicited_after_ms", "6000"),
    ("restricted", "filtering", "address-and-port-dependent"),
    ("full-cone", "filtering", "address-dependent"),
    ("sym-random", "mapping", "endpoint-independent"),
    ("sym-seq1", "allocation", "random"),
    ("sym-address", "mapping", "endpoint-independent"),
    ("linux", "nftables", "masquerade fully-random"),
    ("forgetful", "rst", "close"),
    ("443-only", "egress", "any"),
    ("no-simopen", "simopen", "yes"),
)


def rows_of(kind):
    """Return lists of the table's rows of a kind: those that can run at once, the others one each."""
    fast = [*table.grid_rows(), *table.special_rows()]
    at_once = [row for row in fast if kind in row[1]][:AT_ONCE]
    alone = [[row] for row in table.slow_rows() if kind in row[1]]
    return [at_once, *alone] if at_once else alone


def first_wrong(folder, seed, kind, file):
    """Prove a file to be of a kind; return the first thing that is wrong with it, or None."""
    with Lab(folder, seed) as lab:
        bench = proof.Bench(lab, {kind: file})
        found = (table.try_rows(bench, rows) for rows in rows_of(kind))
        wrong = next(itertools.chain.from_iterable(found), None)
        bench.close()
        return wrong


def first_wrong_of(folder, seed, kind, name, value):
    """Return the first thing that is wrong with a lie, in a folder of its own."""
    own = pathlib.Path(folder) / f"{kind}-{name}-{value.replace(' ', '-')}"
    file = write(own, kind, {**kinds.read(kind), name: value})
    return first_wrong(own, seed, kind, file)


def write(folder, kind, settings):
    """Write a file of settings; return its path."""
    path = pathlib.Path(folder) / f"{kind}.kind"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{n} = {v}\n" for n, v in settings.items()), encoding="utf-8")
    return path


def test(t, folder, seed):
    honest = write(folder, "forgetful", kinds.read("forgetful"))
    wrong = first_wrong(folder, seed, "forgetful", honest)
    t.equal("an honest file", wrong, None)
    with concurrent.futures.ThreadPoolExecutor(LABS) as pool:
        found = pool.map(lambda lie: first_wrong_of(folder, seed, *lie), LIES)
        for (kind, name, value), wrong in zip(LIES, found):
            t.check(f"{kind} with {name} = {value}", [] if wrong else ["nothing was found"])
            t.note(wrong)


if __name__ == "__main__":
    entry.main(test)
