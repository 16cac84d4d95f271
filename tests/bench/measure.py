# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks have in common: CPU time from /proc, interleaved runs, rows and ratios."""

import os
import statistics
import subprocess

GB = 1e9
RUNS = 3


def cpu_s(*pids):
    """Return what these processes have used so far, all threads: (user, system) in seconds."""
    user = system = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rpartition(")")[2].split()
        user += int(fields[11])
        system += int(fields[12])
    ticks = os.sysconf("SC_CLK_TCK")
    return user / ticks, system / ticks


def interleave(candidates, runs=RUNS):
    """Call each of `candidates`, a dictionary of functions, in turn, `runs` times.

    Print the numbers in the dictionaries that they return, as rows; return {name: [rows]}.
    """
    rows = {name: [] for name in candidates}
    for number in range(runs):
        for name, measure in candidates.items():
            row = measure()
            rows[name].append(row)
            numbers = {key: value for key, value in row.items() if isinstance(value, float)}
            columns = "  ".join(f"{key} {value:.3f}" for key, value in numbers.items())
            print(f"  {name:<12} run {number + 1}  {columns}", flush=True)
    return rows


def median(rows, column):
    """Return the median of one column."""
    return statistics.median(row[column] for row in rows)


def ratio(what, rows, column):
    """Print the ratio of the medians of a column: the first candidate by the second."""
    (ours, our_rows), (peer, peer_rows) = rows.items()
    our_median, peer_median = median(our_rows, column), median(peer_rows, column)
    print(f"  median {column}: {ours} {our_median:.3f}, {peer} {peer_median:.3f}")
    print(f"ratio: {our_median / peer_median:.3f}  ({what}: {ours} by {peer})", flush=True)


def version(*command):
    """Return the first line of what a program says of its version."""
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]


def describe(name, *lines):
    """Print a candidate's configuration."""
    print(f"{name}:")
    for line in lines:
        print(f"    {line}", flush=True)
