# SPDX-License-Identifier: GPL-3.0-or-later
"""How local a remote screen feels, beside x11vnc and TigerVNC's x0vncserver.

screen.py [WORKLOAD [LINK]]: those rows alone; "all" is every workload.
"""

import contextlib
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile

from deskside_test import programs, xserver

import measure
import vnc_servers
from screen_rows import CELL, LINKS, WORKLOADS, aims

WARM_S, FOR_S = 1.2, 3.5
HANDS = {"key": [], "click": ["--click", "40,120"], "rest": ["--rest"]}
# What is compared; of fps more is better, of all others less.
COMPARED = ("fps", "p50", "answer", "exact", "cpu_ms", "cpu")
LEGEND = """fps: frames that were shown; source: that were painted, but for a terminal's.
p50, p95: ms from painting a frame to its last pixel in the client.
answer, answer95: ms from a key, or a click, to its pixels there.
exact: ms from the last change until all pixels are right; inf: never.
cpu, xvfb, client: percent of a core, of the server's processes, the X server and the measuring
client; cpu_ms: the server's for each frame that was shown.
KB/s: what the client received. ratio: ours by the best peer's."""
RUNS, TRIES, STARVED = 3, 3, 0.95


class Screen:
    """An X server with a painter on it, and where to look for what it paints."""

    def __init__(self, stack, folder, workload):
        """Start what a Workload says."""
        self.x = stack.enter_context(xserver.XServer(folder, *workload.size))
        self.stamps = []
        command = [os.environ["BENCH_PAINTER"], workload.painter, str(workload.fps)]
        self.painter = painter = self.x.start(*command, *(["rest"] if workload.hand == "rest" else []))
        while (line := painter.wait_line(r"^(\w+) ?(.*)$"))[1] != "READY":
            if line[1] == "REPLY":
                self.reply = line[2]
            else:
                self.stamps += ["--" + line[1].lower(), line[2]]
        if workload.terminal:
            self._start_terminal(workload)

    def _start_terminal(self, workload):
        """Start an xterm whose first and last line have stamps."""
        x, y, columns, rows = workload.terminal
        command = ["xterm", "-b", "0", "-bw", "0", "+sb", "-fn", "fixed", "-geometry"]
        command += [f"{columns}x{rows}+{x}+{y}", "-e", os.environ["BENCH_TERMINAL"]]
        self.x.start(*command, str(workload.fps), str(columns), str(rows))
        for line in (0, rows - 1):
            self.stamps += ["--stamp", f"{x},{y + line * CELL[1]},{CELL[0]},{CELL[1]},40"]


def percentile(values, part):
    """Return the value that so large a part of them are not above."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else math.nan


def client_options(screen, workload):
    """Return the measuring client's options."""
    options = [*screen.stamps, "--warm", str(WARM_S), "--for", str(FOR_S)]
    if workload.hand:
        options += ["--reply", screen.reply, *HANDS[workload.hand]]
    return options


def read_client(client, server, screen):
    """Wait for the measured time; return the row of what client and processes say of it."""
    processes = {
        "cpu": server.cpu_s,
        "xvfb": lambda: sum(measure.cpu_s(screen.x.server.process.pid)),
        "client": lambda: sum(measure.cpu_s(client.process.pid)),
    }

    def read():
        used = {name: 100 * cpu_s() for name, cpu_s in processes.items()}
        return {**used, "source": screen.painter.lines.count("PAINTED")}

    client.wait_line("^BEGIN$", 60.0)
    before = read()
    client.wait_line("^END$", 60.0)
    after = read()
    said = json.loads(client.wait_line(r"^(\{.*\})$")[1])
    row = {name: (after[name] - before[name]) / said["seconds"] for name in before}
    if not row["source"]:
        del row["source"]
    row["KB/s"] = said["bytes"] / said["seconds"] / 1000
    frames, answers = said["latencies_ms"], said["answers_ms"]
    if screen.stamps and "exact_ms" not in said:
        row.update(fps=len(frames) / said["seconds"], p50=percentile(frames, 0.5))
        row["p95"] = percentile(frames, 0.95)
        row["cpu_ms"] = 10 * row["cpu"] / row["fps"] if frames else math.inf
    if "exact_ms" in said:
        row["exact"] = said["exact_ms"] if said["exact_ms"] is not None else math.inf
    elif answers:
        row.update(answer=percentile(answers, 0.5), answer95=percentile(answers, 0.95))
    return row


def check(row, link):
    """End everything where a figure cannot be true: bytes take half a round trip to come."""
    shortest = [row[name] for name in ("p50", "answer") if name in row]
    if link is not None and any(value < link.rtt_ms / 2 for value in shortest):
        sys.exit(f"faster than the link: {row}")


def measure_once(stack, screen, start, workload, link):
    """Start a server and the measuring client, and return their row."""
    server = start(stack, screen.x, link)
    address = server.address
    if link is not None and start not in vnc_servers.WHOLE.values():
        address = link.start(stack, address)
    command = [os.environ["BENCH_CLIENT"], address, *client_options(screen, workload)]
    client = stack.enter_context(programs.Program(command, name="client", env=screen.x.env))
    row = read_client(client, server, screen)
    check(row, link)
    return row


def print_row(name, row):
    """Print one candidate's figures."""
    columns = "  ".join(f"{key} {value:.2f}" for key, value in row.items())
    print(f"  {name:<12} {columns}", flush=True)


def middle(values):
    """Return the median, where what is missing counts as never."""
    return statistics.median(math.inf if math.isnan(value) else value for value in values)


def medians(rows):
    """Return the medians of the rows' columns."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: middle([row.get(name, math.nan) for row in rows]) for name in names}


def compare(ours, others, wanted):
    """Print what is ours by the best of the others, and by what is aimed at."""
    for column in (column for column in COMPARED if column in ours):
        if column == "cpu" and "cpu_ms" in ours and "cpu" not in wanted:
            continue  # of servers that show fewer frames
        best = max if column == "fps" else min
        name = best(others, key=lambda other: others[other].get(column, math.inf))
        value, peer = ours[column], others[name].get(column, math.inf)
        words = f"{column}: {value:.2f}, {name} {peer:.2f}"
        aim = wanted.get(column)
        if aim is not None:
            is_met = value >= aim if column == "fps" else value <= aim
            words += f"; aim {aim:.2f}" + ("" if is_met else ", MISSED")
        ratio = value / peer if 0 < peer < math.inf else math.nan
        print(f"ratio: {ratio:.3f}  ({words})", flush=True)


def is_starved(row, workload):
    """Say whether so little was painted that nothing is learnt of the server."""
    if workload.painter == "still" or "fps" not in row:
        return False
    return row.get("source", 0.0) < STARVED * workload.fps


@contextlib.contextmanager
def screens(workload):
    """Yield a function that returns a Screen to measure on; one that rests moves no more."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if workload.hand != "rest":
            screen = Screen(stack, folder, workload)
            yield lambda _: screen
        else:
            yield lambda inner: Screen(inner, folder, workload)


def candidates(workload, link):
    """Return what is measured: {name: how to start it}. A direct path would go round the link."""
    if workload.is_whole:
        whole = dict(vnc_servers.WHOLE)
        if link is not None:
            del whole["direct"]
        return {**whole, **vnc_servers.ALONE}
    peers = {name: vnc_servers.PEERS[name] for name in workload.peers}
    return {**vnc_servers.ALONE, **peers}


def run_row(name, link):
    """Measure all candidates, interleaved; compare the first ones with the rest."""
    workload = WORKLOADS[name]
    print(f"\n{name}, link {LINKS[link] or 'none'}, load {os.getloadavg()[0]:.1f}", flush=True)
    with screens(workload) as screen_for:

        def measure_one(start):
            for _ in range(TRIES):
                with contextlib.ExitStack() as stack:
                    row = measure_once(stack, screen_for(stack), start, workload, LINKS[link])
                if not is_starved(row, workload):
                    break
                print(f"  the machine is too busy: {row.get('source', 0.0):.1f} frames/s were painted")
            return row

        starts = candidates(workload, LINKS[link]).items()
        rows = measure.interleave(
            {each: lambda start=start: measure_one(start) for each, start in starts}, RUNS
        )
    found = {each: medians(values) for each, values in rows.items()}
    for each, row in found.items():
        print_row(f"{each}", row)
    ours = vnc_servers.WHOLE if workload.is_whole else vnc_servers.ALONE
    others = {each: row for each, row in found.items() if each not in ours}
    for each in (each for each in found if each in ours):
        compare(found[each], others, aims(name, link, found[each], others))


def main():
    """Measure the rows that were asked for."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "all"
    if wanted not in (*WORKLOADS, "all") or not set(sys.argv[2:]) <= set(LINKS):
        sys.exit(f"usage: screen [{'|'.join(WORKLOADS)}|all [{'|'.join(LINKS)}]]")
    vnc_servers.describe()
    print(LEGEND)
    for name in WORKLOADS if wanted == "all" else [wanted]:
        for link in sys.argv[2:] or WORKLOADS[name].links:
            run_row(name, link)


if __name__ == "__main__":
    main()
