# SPDX-License-Identifier: GPL-3.0-or-later
"""Which technique has to work between which kinds of routers: measured elsewhere, with another
router and with nftables' own NAT. A kind that is not what its name says does not fit in here.
"""

import itertools

from .. import programs
from .proof import (
    BOTH,
    LATE,
    LATE_AGAIN,
    PLAIN,
    PREDICT,
    SALVOS,
    make,
    run,
)

PREDICTABLE = ("open", "full-cone", "restricted", "port-restricted")
GRID = (*PREDICTABLE, "sym-seq1", "sym-seq2", "sym-random")


def rank(kind):
    """Return how hard a kind of the grid is; all that deal new ports are equally so here."""
    return min(GRID.index(kind), len(PREDICTABLE))


def grid_works(technique, one, other, answer):
    """Say what a cell of the grid holds."""
    easier, harder = sorted((rank(one), rank(other)))
    if easier + harder > 2 * rank("port-restricted"):
        return False
    if technique == BOTH or answer == "drop" or easier <= rank("full-cone"):
        return True
    return False


def grid_rows():
    """Yield the grid: (technique, kinds, settings of both, whether it works)."""
    for one, other in itertools.combinations_with_replacement(GRID, 2):
        for answer in ("drop", "rst"):
            for technique in (PLAIN, BOTH):
                works = grid_works(technique, one, other, answer)
                yield technique, (one, other), {"unsolicited": answer}, works


def special_rows():
    """Yield rows as grid_rows(), for what stands beside the grid."""
    for kind in ("restricted", "port-restricted", "linux"):
        yield LATE, (kind, kind), {"unsolicited": "drop"}, True
        yield LATE, (kind, kind), {"unsolicited": "rst"}, False
        yield LATE_AGAIN, (kind, kind), {"unsolicited": "rst"}, True
        yield LATE_AGAIN, (kind, kind), {"unsolicited": "icmp-admin"}, True
    for kind in ("restricted", "port-restricted"):
        yield PLAIN, (kind, kind), {"unsolicited": "icmp-port"}, True
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
        (("sym-block-random-2048", "port-restricted"), False, False),
        (("small-table", "port-restricted"), False, False),
        (("slow-table", "port-restricted"), False, False),
        (("carrier", "port-restricted"), True, True),
        (("firewall", "firewall"), True, True),
        (("no-simopen", "port-restricted"), None, True),
        (("no-simopen", "no-simopen"), None, False),
        (("late-icmp", "late-icmp"), True, True),
        (("black-hole", "black-hole"), True, True),
        (("443-only", "port-restricted"), False, False),
    )
    for kinds, plain, both in rows:
        if plain is not None:
            yield PLAIN, kinds, {}, plain
        yield BOTH, kinds, {}, both


def slow_rows():
    """Yield rows that run alone: they need both sides to begin together, or ports in a row."""
    yield PREDICT, ("sym-seq1", "port-restricted"), {}, True
    yield PREDICT, ("sym-seq2", "port-restricted"), {"unsolicited": "rst"}, True
    yield PREDICT, ("sym-seq1", "sym-seq2"), {}, True
    yield PREDICT, ("sym-block", "port-restricted"), {}, True
    yield PREDICT, ("sym-seq1", "port-restricted"), {"noise_per_s": 20}, True
    yield PREDICT, ("sym-seq1", "sym-seq1"), {"noise_per_s": 20}, True
    yield PREDICT, ("sym-random", "port-restricted"), {}, False
    yield SALVOS, ("sym-block-random-256", "port-restricted"), {}, True
    yield SALVOS, ("sym-block-random", "port-restricted"), {}, True
    yield BOTH, ("forgetful", "forgetful"), {}, True
    yield LATE_AGAIN, ("forgetful", "forgetful"), {}, False
    yield LATE_AGAIN, ("forgetful", "forgetful"), {"allocation": "preserve"}, True
    yield BOTH, ("linux-old", "linux-old"), {}, True
    yield LATE_AGAIN, ("linux-old", "linux-old"), {}, False
    yield LATE_AGAIN, ("linux-old", "linux-old"), {"refused_holds_ms": 0}, True


def name_of(row):
    """Return what a row is called: "L restricted x linux unsolicited=rst"."""
    technique, kinds, settings, _ = row
    words = [f"{name}={value}" for name, value in settings.items()]
    return " ".join([technique, " x ".join(kinds), *words])


def spoken(packets):
    """Return (from, port there, to) of all that brought bytes to a host."""
    has_bytes = (p for p in packets if p.payload > 0 and p.verdict == "delivered")
    return {(p.source, p.sent_src.rpartition(":")[2], p.last) for p in has_bytes}


def is_in(logged, lab, punch):
    """Say whether both sides of a punch brought each other bytes."""
    names = [lab.seen_as(shots[0].host) for shots in punch.shots]
    ways = ((names[0], names[1], punch.shots[0]), (names[1], names[0], punch.shots[1]))
    return all(any((one, str(s.port), other) in logged for s in shots) for one, other, shots in ways)


def run_rows(bench, rows):
    """Run rows at once; return what each took, in milliseconds, or None: as the log has it too."""
    tries = []
    for row in rows:
        technique, kinds, settings, _ = row
        hosts = [bench.place(side, kind, **settings) for side, kind in zip("AB", kinds)]
        tries.append((technique, hosts, name_of(row)))
    made = make(bench, tries)
    before = len(bench.lab.packets())
    times = run(bench, made)
    logged = spoken(bench.lab.packets()[before:])
    for took_ms, punches in zip(times, made):
        if (took_ms is not None) != any(is_in(logged, bench.lab, punch) for punch in punches):
            raise programs.Failure(f"{punches[0].name}: {took_ms} ms, and the log says otherwise")
    return times


def try_rows(bench, rows):
    """Run rows at once and yield what is wrong with them."""
    for row, took_ms in zip(rows, run_rows(bench, rows)):
        # A prediction fails where the ports begin anew meanwhile.
        if took_ms is None and row[3] and row[0] in (PREDICT, SALVOS):
            (took_ms,) = run_rows(bench, [row])
        if (took_ms is not None) != row[3]:
            yield f"{name_of(row)}: {took_ms and round(took_ms)} ms, wanted {row[3]}"
