# SPDX-License-Identifier: GPL-3.0-or-later
"""Many sessions at once, and what came of them as a table for RESULTS.md."""

import collections
import concurrent.futures
import datetime
import math
import os
import pathlib
import platform
import random
import statistics
import subprocess

from deskside_test.endings import ROOT


def run(pairs, runs, jobs, seed, try_once):
    """Call try_once(pair, seed) so often for each pair, `jobs` at a time; return {pair: outcomes}.

    A session that fails altogether is an outcome too.
    """
    numbers = random.Random(seed)
    todo = [(pair, numbers.randrange(2**32)) for pair in pairs for _ in range(runs)]
    numbers.shuffle(todo)
    outcomes = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        begun = {pool.submit(try_once, *one): one for one in todo}
        for number, future in enumerate(concurrent.futures.as_completed(begun), 1):
            pair, its_seed = begun[future]
            outcome = future.result()
            outcomes[pair].append(outcome)
            for problem in outcome.problems:
                print(f"# {pair}, seed {its_seed}: {problem.splitlines()[0]}", flush=True)
            if number % 50 == 0:
                print(f"# {number} of {len(todo)}", flush=True)
    return {pair: outcomes[pair] for pair in pairs}


def p95(values):
    """Return the value that 95 % of them do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def milliseconds(values):
    """Return the median and the 95th percentile in words for two columns."""
    if not values:
        return "", ""
    return f"{statistics.median(values) * 1000:.0f}", f"{p95(values) * 1000:.0f}"


def row(pair, outcomes):
    """Return a line of the table."""
    direct = [outcome for outcome in outcomes if outcome.is_direct]
    ways = collections.Counter(outcome.technique for outcome in direct)
    said = ", ".join(f"{way} {count}" for way, count in ways.most_common())
    columns = [
        f"{pair.left} x {pair.right}",
        pair.joined,
        pair.answer,
        f"{len(direct)}/{len(outcomes)}",
        *milliseconds([outcome.helper_s for outcome in direct if outcome.helper_s is not None]),
        *milliseconds([outcome.helpee_s for outcome in direct if outcome.helpee_s is not None]),
        said,
    ]
    return "| " + " | ".join(columns) + " |"


def table(outcomes):
    """Return the lines of a table of {pair: outcomes}."""
    names = "sides", "joined", "answer", "direct", "helper", "p95", "helpee", "p95", "by"
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    yield from (row(pair, those) for pair, those in outcomes.items())


def where_and_when():
    """Return a line that says which tree ran when, and on what."""
    git = ["git", "-c", "safe.directory=*", "-C", ROOT, "log", "-1", "--format=%h"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    now = datetime.datetime.now(datetime.timezone.utc)
    cpus = os.cpu_count()
    info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in info if "model name" in line), "")
    return f"{now:%Y-%m-%d %H:%M} UTC, commit {commit}, Linux {platform.release()}, {cpus} x {model}."
