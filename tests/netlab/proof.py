# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab proves itself: what a plain puncher reaches between routers of every two kinds."""

import itertools

from deskside_test.netlab import Lab, entry, kinds, proof, table

AT_ONCE = 30  # tries that run at once
ELSEWHERE = {"proxy-only"}  # topologies.py


def chunks(rows, size):
    """Yield lists of so many rows."""
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, size)):
        yield chunk


def check_rows(t, bench, name, rows, at_once):
    """Print a point for each chunk of rows."""
    for number, chunk in enumerate(chunks(rows, at_once)):
        t.check(f"{name} {number}: {len(chunk)} tries", table.try_rows(bench, chunk))


def unproved():
    """Return the kinds that have no row."""
    rows = itertools.chain(table.grid_rows(), table.special_rows(), table.slow_rows())
    return set(kinds.names()) - {kind for row in rows for kind in row[1]} - ELSEWHERE


def test(t, folder, seed):
    t.equal("every kind has a row", unproved(), set())
    with Lab(folder, seed) as lab:
        bench = proof.Bench(lab)
        check_rows(t, bench, "the grid", table.grid_rows(), AT_ONCE)
        check_rows(t, bench, "beside it", table.special_rows(), AT_ONCE)
        check_rows(t, bench, "alone", table.slow_rows(), 1)
        bench.close()


if __name__ == "__main__":
    entry.main(test)
