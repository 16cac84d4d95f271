# SPDX-License-Identifier: GPL-3.0-or-later
"""How local a remote screen feels, beside x11vnc and TigerVNC's x0vncserver.

screen.py [WORKLOAD [LINK]]: all, or those rows alone.
"""

import collections
import contextlib
import json
import os
import pathlib
import socket
import statistics
import sys
import tempfile

from deskside_test import programs, session, xserver

import measure

FPS = 30
WARM_S, FOR_S = 1.5, 4.0
QUEUE_KB = 256


class Screen:
    """An X server with a painter on it, and where to look for what it paints."""

    def __init__(self, stack, folder, workload):
        """Start both; `workload` is the painter's word for it, and the size follows from it."""
        size = (1280, 720) if workload == "motion" else (1920, 1080)
        self.x = stack.enter_context(xserver.XServer(folder, *size))
        self.stamps, self.reply = [], None
        painter = self.x.start(os.environ["BENCH_PAINTER"], workload, str(FPS))
        while (line := painter.wait_line(r"^(STAMP|REPLY|READY) ?(.*)$"))[1] != "READY":
            if line[1] == "STAMP":
                self.stamps += ["--stamp", line[2]]
            else:
                self.reply = line[2]


def free_port():
    """Return a port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_port(server, port):
    """Return the address when somebody listens on the port."""

    def listens():
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    session.until(listens, 20.0, server)
    return f"127.0.0.1:{port}"


X11VNC = ["-localhost", "-no6", "-shared", "-forever", "-quiet", "-nopw"]
X0 = ["-SecurityTypes", "None", "-localhost", "-AlwaysShared"]


class Server:
    """A VNC server of a display: where it listens, and its processes."""

    def __init__(self, address, *processes):
        self.address = address
        self.pids = [program.process.pid for program in processes]


def start_x11vnc(screen, *options):
    """Start x11vnc."""
    port = free_port()
    program = screen.start("x11vnc", *X11VNC, "-rfbport", str(port), *options)
    program.wait_line(r"^PORT=", 20.0)
    return Server(f"127.0.0.1:{port}", program)


def start_x0vncserver(screen, *options):
    """Start TigerVNC's server of an existing display."""
    port = free_port()
    command = ["X0tigervnc", "-display", screen.display, "-rfbport", str(port), *X0, *options]
    program = screen.start(*command)
    return Server(wait_port("x0vncserver", port), program)


def start_deskside(screen, *options):
    """Start the sharer alone."""
    local = ["--display", screen.display, "--local", "127.0.0.1:0", "--allow", "control"]
    command = [os.environ["DESKSIDE_CLI"], "share", *local, "--json", *options]
    program = screen.start(*command)
    return Server(program.wait_event("listening", 20.0)["addr"], program)


SERVERS = {
    "deskside": start_deskside,
    "x11vnc": start_x11vnc,
    "x0vncserver": start_x0vncserver,
}

Link = collections.namedtuple("Link", "rtt_ms mbit")
LINKS = {
    "none": None,
}
WORKLOADS = ("video", "motion", "still")


def percentile(values, part):
    """Return the value that `part` of 1 are not above."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def read_client(client, server, screen):
    """Wait for the measured time; return the row of what client and processes say of it."""
    pids = {"server": server.pids, "xvfb": [screen.x.server.process.pid]}
    client.wait_line("^BEGIN$", 60.0)
    before = {name: sum(measure.cpu_s(*each)) for name, each in pids.items()}
    client.wait_line("^END$", 60.0)
    after = {name: sum(measure.cpu_s(*each)) for name, each in pids.items()}
    said = json.loads(client.wait_line(r"^(\{.*\})$")[1])
    row = {f"{name}_cpu": 100 * (after[name] - before[name]) / said["seconds"] for name in pids}
    row["KB_s"] = said["bytes"] / said["seconds"] / 1000
    if screen.stamps:
        row["fps"] = len(said["latencies_ms"]) / said["seconds"]
        row["p50_ms"] = percentile(said["latencies_ms"], 0.5)
        row["p95_ms"] = percentile(said["latencies_ms"], 0.95)
    if said["answers_ms"]:
        row["key_ms"] = percentile(said["answers_ms"], 0.5)
        row["key95_ms"] = percentile(said["answers_ms"], 0.95)
    return row


def measure_once(screen, name, link):
    """Start a server and the measuring client, and return their row."""
    with contextlib.ExitStack() as stack:
        server = SERVERS[name](screen.x)
        try:
            address = server.address
            options = [*screen.stamps, "--warm", str(WARM_S), "--for", str(FOR_S)]
            if screen.reply:
                options += ["--reply", screen.reply]
            command = [os.environ["BENCH_CLIENT"], address, *options]
            client = stack.enter_context(programs.Program(command, name="client"))
            return read_client(client, server, screen)
        finally:
            screen.x.stop_last()


def run_row(workload, link):
    """Measure all servers in one row, interleaved."""
    print(f"{workload}, link {link}, load {os.getloadavg()[0]:.1f}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        screen = Screen(stack, folder / "screen", workload)
        candidates = {
            name: lambda name=name: measure_once(screen, name, LINKS[link]) for name in SERVERS
        }
        rows = measure.interleave(candidates)
    for name, values in rows.items():
        columns = {
            key: statistics.median(row.get(key, float("nan")) for row in values)
            for key in values[0]
        }
        print(f"  {name:<12} median  " + "  ".join(f"{k} {v:.1f}" for k, v in columns.items()))


def main():
    """Measure the rows that were asked for."""
    workloads = sys.argv[1:2] or WORKLOADS
    links = sys.argv[2:3] or list(LINKS)
    measure.describe("x11vnc", measure.version("x11vnc", "-version"), " ".join(X11VNC))
    for workload in workloads:
        for link in links:
            run_row(workload, link)


if __name__ == "__main__":
    main()
