# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab proves itself: what a plain puncher reaches between routers of every two kinds.

What has to work, and what must not, was measured elsewhere, with another router and with nftables'
own NAT; a kind that is not what its name says is found here.
"""

import itertools
import os
import random
import resource
import tempfile

from deskside_test import netns, tap
from deskside_test.netlab import Lab, proof

PREDICTABLE = ("open", "full-cone", "restricted", "port-restricted")
GRID = (*PREDICTABLE, "sym-seq1", "sym-seq2", "sym-random")
AT_ONCE = 30  # tries that run at once


def rank(kind):
    """Return how hard a kind of the grid is; all that deal new ports are equally so here."""
    return min(GRID.index(kind), len(PREDICTABLE))


def grid_works(technique, one, other, answer):
    """Say what a cell of the grid holds."""
    easier, harder = sorted((rank(one), rank(other)))
    if easier + harder > 2 * rank("port-restricted"):
        return False
    if technique == proof.BOTH or answer == "drop" or easier <= rank("full-cone"):
        return True
    return False


def grid_rows():
    """Yield the grid: (technique, kinds, settings of both, whether it works)."""
    for one, other in itertools.combinations_with_replacement(GRID, 2):
        for answer in ("drop", "rst"):
            for technique in (proof.PLAIN, proof.BOTH):
                works = grid_works(technique, one, other, answer)
                yield technique, (one, other), {"unsolicited": answer}, works


def special_rows():
    """Yield rows as grid_rows(), for what stands beside the grid."""
    late = proof.LATE
    for kind in ("restricted", "port-restricted", "linux"):
        yield late, (kind, kind), {"unsolicited": "drop"}, True
        yield late, (kind, kind), {"unsolicited": "rst"}, False
        yield proof.LATE_AGAIN, (kind, kind), {"unsolicited": "rst"}, True
        yield proof.LATE_AGAIN, (kind, kind), {"unsolicited": "icmp-admin"}, True
    for kind in ("restricted", "port-restricted"):
        yield proof.PLAIN, (kind, kind), {"unsolicited": "icmp-port"}, True
    rows = (
        # kinds, plain, both at once
        (("linux", "linux"), False, True),
        (("linux", "port-restricted"), False, True),
        (("linux", "linux-random"), False, False),
        (("linux", "linux-fully-random"), False, False),
        (("linux-random", "linux-random"), False, False),
        (("preserve", "preserve"), True, True),
        (("parity", "port-restricted"), True, True),
        (("sym-address", "port-restricted"), False, False),
        (("sym-block", "port-restricted"), False, False),
        (("sym-block-random", "port-restricted"), False, False),
        (("carrier", "port-restricted"), True, True),
        (("firewall", "firewall"), True, True),
        (("no-simopen", "port-restricted"), None, True),
        (("no-simopen", "no-simopen"), None, False),
        (("late-icmp", "late-icmp"), True, True),
        (("443-only", "port-restricted"), False, False),
    )
    for kinds, plain, both in rows:
        if plain is not None:
            yield proof.PLAIN, kinds, {}, plain
        yield proof.BOTH, kinds, {}, both


def slow_rows():
    """Yield rows that run alone: they need both sides to begin together, or ports in a row."""
    yield proof.PREDICT, ("sym-seq1", "port-restricted"), {}, True
    yield proof.PREDICT, ("sym-seq2", "port-restricted"), {"unsolicited": "rst"}, True
    yield proof.PREDICT, ("sym-seq1", "sym-seq2"), {}, True
    yield proof.PREDICT, ("sym-block", "port-restricted"), {}, True
    yield proof.PREDICT, ("sym-random", "port-restricted"), {}, False
    yield proof.SALVOS, ("sym-block-random", "port-restricted"), {}, True
    yield proof.BOTH, ("forgetful", "forgetful"), {}, True
    yield proof.LATE_AGAIN, ("forgetful", "forgetful"), {}, False
    yield proof.LATE_AGAIN, ("forgetful", "forgetful"), {"allocation": "preserve"}, True
    yield proof.BOTH, ("linux-old", "linux-old"), {}, True
    yield proof.LATE_AGAIN, ("linux-old", "linux-old"), {}, False
    yield proof.LATE_AGAIN, ("linux-old", "linux-old"), {"refused_holds_ms": 0}, True


def name_of(row):
    """Return what a row is called: "L restricted x linux unsolicited=rst"."""
    technique, kinds, settings, _ = row
    words = [f"{name}={value}" for name, value in settings.items()]
    return " ".join([technique, " x ".join(kinds), *words])


def run_rows(bench, rows):
    """Run rows at once; return what each took, in milliseconds, or None."""
    tries = []
    for row in rows:
        technique, kinds, settings, _ = row
        hosts = [bench.place(side, kind, **settings) for side, kind in zip("AB", kinds)]
        tries.append((technique, hosts, name_of(row)))
    return proof.run(bench, proof.make(bench, tries))


def try_rows(bench, rows):
    """Run rows at once and yield what is wrong with them."""
    for row, took_ms in zip(rows, run_rows(bench, rows)):
        # A prediction fails where the ports begin anew meanwhile.
        if took_ms is None and row[3] and row[0] in (proof.PREDICT, proof.SALVOS):
            (took_ms,) = run_rows(bench, [row])
        if (took_ms is not None) != row[3]:
            yield f"{name_of(row)}: {took_ms and round(took_ms)} ms, wanted {row[3]}"


def chunks(rows, size):
    """Yield lists of so many rows."""
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, size)):
        yield chunk


def check_rows(t, bench, name, rows, at_once):
    """Print a point for each chunk of rows."""
    for number, chunk in enumerate(chunks(rows, at_once)):
        t.check(f"{name} {number}: {len(chunk)} tries", try_rows(bench, chunk))


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("the lab", "neither root nor a name space of users")
        return t.done()
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(31))
    t.note(f"SEED={seed}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder, Lab(folder, seed) as lab:
        bench = proof.Bench(lab)
        check_rows(t, bench, "the grid", grid_rows(), AT_ONCE)
        check_rows(t, bench, "beside it", special_rows(), AT_ONCE)
        check_rows(t, bench, "alone", slow_rows(), 1)
        bench.close()
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
