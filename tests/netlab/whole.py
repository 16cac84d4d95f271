# SPDX-License-Identifier: GPL-3.0-or-later
"""All pairs of networks, often, with a table of what came of them: tests/run netlab-whole.

    whole.py OUT [RUNS [JOBS [PATTERN]]]

OUT is written anew; PATTERN chooses among the pairs, for trying something out.
"""

import pathlib
import re
import statistics
import subprocess
import sys

from deskside_test import netns, session

import pairs
import quality
import reasons
import tally
import trial

RUNS, TIMED_RUNS, RELAYED_RUNS, QUALITY_RUNS = 30, 10, 10, 3
JOBS = 20  # a session waits most of the time
QUIET_JOBS = 2  # where times count
PROOFS = "facts", "lines", "faults", "proof", "topologies", "lies"
TIMED_S = 3.5 * 0.040 + 0.020
PREDICTED_S = 5 * 0.040 + 0.020

HEAD = """# The last whole run of the network lab

    tests/run netlab-whole

{where}
{runs} sessions of each pair, SEED={seed}. Optimised build, {jobs} sessions at a time. The lab has proved
itself right before.

A session counts as direct when the router's log has a connection between the two sides, with the
ends that both programs tell, that carried 200,000 bytes each way. Who shares and who helps is drawn
for each. Times are from `peer` to `path direct` in milliseconds, by the clock of the helper's and of
the helpee's program, the median and what 95 % do not exceed.
"""

SKEWED = """
## Begun up to 500 ms apart

One way between the relay and one side is up to 1,000 ms longer than the other, and so is the round
trip over the relay: half of it is how much earlier one side begins. The times have it in them.
"""

TIMED = """
## Begun together

{jobs} sessions at a time. The aim: a median of at most 3.5 round trips and 20 ms, {aim:.0f} ms.
"""

PREDICTED = """
With ports that have to be told before they are dealt, and so to be asked about first. The aim: a
median of at most 5 round trips and 20 ms, {aim:.0f} ms.
"""

TRIED = """
## Tried

Both sides' ports are dealt at random in a block of 512: met by chance, once in some sessions.
"""

RELAYED = """
## On the relay

These have no way but the relay, and both sides have to say why. Beside it, loaded both ways over
lines of {rate} Mbit/s: the speed in the first {measured:.0f} s after `listening`, and the longest time
in it without a byte, by those with `--direct never`. Medians of {runs} each.
"""


def relayed_row(pair, outcomes, qualities):
    """Return a line: how often it was right, what both sides said, and how good it was."""
    good = sum(not outcome.problems and trial.is_right(pair, outcome) for outcome in outcomes)
    columns = [str(pair), f"{good}/{len(outcomes)}", " / ".join(word.why for word in reasons.expected(pair)), "", ""]
    if qualities:
        rows = [zip(*qualities[direct]) for direct in ("auto", "never")]
        auto, never = ([statistics.median(column) for column in row] for row in rows)
        columns[3] = f"{auto[0]:.2f} / {never[0]:.2f} = {auto[0] / never[0]:.2f}"
        columns[4] = f"{auto[1] * 1000:.0f} / {never[1] * 1000:.0f}"
    return "| " + " | ".join(columns) + " |"


def relayed_table(outcomes, qualities):
    """Return the lines of the table of those on the relay."""
    names = "sides", "right", "why, left and right", "MB/s, auto / never", "longest gap, ms"
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    yield from (relayed_row(pair, those, qualities.get(pair)) for pair, those in outcomes.items())


def count_wrong(*tables):
    """Return how many sessions did not go as they are to."""
    each = (one for table in tables for one in table.items())
    return sum(
        bool(outcome.problems) or not trial.is_right(pair, outcome)
        for pair, outcomes in each
        for outcome in outcomes
    )


def prove_lab():
    """Have the lab prove itself first: a table by a lab that is not what it says is worth nothing."""
    for name in PROOFS:
        path = pathlib.Path(__file__).with_name(f"{name}.py")
        said = subprocess.run([sys.executable, path], check=False, capture_output=True, text=True)
        if said.returncode or re.search("^(not ok|Bail out)|# SKIP", said.stdout, re.MULTILINE):
            sys.exit(f"{said.stdout}{said.stderr}the lab does not hold: {name}")
        print(f"# {name}: {len(re.findall('^ok', said.stdout, re.MULTILINE))} points", flush=True)


def main():
    if not netns.enter():
        sys.exit("no name spaces")
    prove_lab()
    out = pathlib.Path(sys.argv[1])
    runs, jobs = (int(word) for word in (sys.argv[2:4] + [RUNS, JOBS][len(sys.argv[2:4]) :]))
    is_chosen = re.compile(sys.argv[4] if len(sys.argv) > 4 else "").search
    seed, where = session.seed(), tally.where_and_when()
    direct = [pair for pair in pairs.direct() if is_chosen(str(pair))]
    easy = [pair for pair in pairs.easy() if pair.answer == "drop" and is_chosen(str(pair))]
    predicted = [p for p in pairs.predicted() if p.answer == "drop" and is_chosen(str(p))]
    relayed = [pair for pair in pairs.relayed() if is_chosen(str(pair))]

    together = lambda pair, its_seed: trial.run(pair, its_seed, has_skew=False)
    timed, told = (
        tally.run(those, min(TIMED_RUNS, runs), QUIET_JOBS, seed, together)
        for those in (easy, predicted)
    )
    alone = [pair for pair in relayed if pair.left != pair.right or pair.left == "sym-random"]
    qualities = quality.compare(alone, min(QUALITY_RUNS, runs), seed)
    apart = tally.run(direct, runs, jobs, seed, trial.run)
    tried = [pair for pair in pairs.tried() if is_chosen(str(pair))]
    chance = tally.run(tried, runs, jobs, seed, trial.run)
    stay = tally.run(relayed, min(RELAYED_RUNS, runs), jobs, seed, trial.run)

    wrong = count_wrong(apart, timed, told, stay)
    text = [
        HEAD.format(where=where, runs=runs, seed=seed, jobs=jobs),
        f"{wrong or 'None'} of these sessions went another way than it should.",
        SKEWED,
        *tally.table(apart),
        TIMED.format(jobs=QUIET_JOBS, aim=TIMED_S * 1000),
        *tally.table(timed),
        PREDICTED.format(aim=PREDICTED_S * 1000),
        *tally.table(told),
        TRIED,
        *tally.table(chance),
        RELAYED.format(rate=quality.RATE_MBIT, measured=quality.MEASURED_S, runs=QUALITY_RUNS),
        *relayed_table(stay, qualities),
    ]
    out.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(f"{out}: {wrong} went another way than they should")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
