# SPDX-License-Identifier: GPL-3.0-or-later
"""What our window costs the helper's computer beside TigerVNC's viewer, on the same stream.

viewer.py [WORKLOAD]: that one alone. Both fill a screen of 1920 x 1080 with the same sharer's
picture, and what they show is read from that screen.
"""

import contextlib
import json
import os
import pathlib
import sys
import tempfile

from deskside_test import person, programs, session, xserver

import measure
import screen
import vnc_servers
from screen_rows import WORKLOADS

SIZE = 1920, 1080
WATCH_S = 5.0
PICTURE = "The other screen"
# What our decoder asks for.
TIGER = ["-AutoSelect=0", "-PreferredEncoding=Tight", "-QualityLevel=6", "-CompressLevel=2"]
STREAMS = ("video", "web", "text")


def watch(desk, pids, stamps):
    """Read what is shown on a screen; return the row of it and of these processes."""
    command = [os.environ["BENCH_WATCH"], str(WATCH_S), *stamps]
    gauges = {"cpu": lambda: cpu_s(*pids), "xvfb": lambda: cpu_s(desk.server.process.pid)}
    with programs.Program(command, env=desk.env, name="watch") as watching:
        watching.wait_line("^BEGIN$", 70.0)
        before = {name: gauge() for name, gauge in gauges.items()}
        watching.wait_line("^END$", 30.0)
        after = {name: gauge() for name, gauge in gauges.items()}
        said = json.loads(watching.wait_line(r"^(\{.*\})$")[1])
    row = {name: 100 * (after[name] - before[name]) / said["seconds"] for name in gauges}
    row["fps"] = len(said["latencies_ms"]) / said["seconds"]
    row["p50"] = screen.percentile(said["latencies_ms"], 0.5)
    row["cpu_ms"] = 10 * row["cpu"] / row["fps"] if row["fps"] else 0.0
    return row


def cpu_s(*pids):
    """Return what these processes, and those below them, have used so far."""
    return sum(map(sum, (measure.cpu_s(pid) for pid in vnc_servers.tree(*pids))))


def tiger(stack, folder, shared):
    """Have TigerVNC's viewer show the screen."""
    server = vnc_servers.start_deskside(stack, shared.x, None)
    desk = stack.enter_context(xserver.XServer(folder / "tiger", *SIZE))
    address = server.address.replace(":", "::")
    viewer = desk.start(*session.VIEWER, *TIGER, address)
    return watch(desk, [viewer.process.pid], shared.stamps[1::2])


def deskside(stack, folder, shared):
    """Have our window show the screen, through a relay and all of its encryption."""
    relay, where, pin = programs.relay(folder / "relay")
    stack.enter_context(relay)
    through = ["--relay", where, "--relay-pin", pin]
    sharing = ["--display", shared.x.display, "--allow", "view", *through]
    share = stack.enter_context(programs.cli("share", *sharing, env=shared.x.env))
    code = share.wait_event("code", 20.0)["code"]
    home = folder / "helper"
    home.mkdir()
    width, height = SIZE
    helper = person.Person(home, *through, manager="openbox", width=width, height=height)
    stack.enter_context(helper)
    helper.press("Help Someone")
    helper.type_into("Code or link", code)
    helper.becomes(PICTURE, "focused")
    helper.key("shift+F11")
    session.until(lambda: helper.place(PICTURE) == [0, 0, *SIZE], 20.0, "a full screen")
    return watch(helper.screen, [helper.app.process.pid], shared.stamps[1::2])


def run_stream(name):
    """Measure both with one workload."""
    print(f"\n{name}, load {os.getloadavg()[0]:.1f}", flush=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shared = screen.Screen(stack, folder / "shared", WORKLOADS[name])

        def measure_one(show):
            with contextlib.ExitStack() as inner:
                own = pathlib.Path(inner.enter_context(tempfile.TemporaryDirectory()))
                return show(inner, own, shared)

        rows = measure.interleave(
            {"deskside": lambda: measure_one(deskside), "tigervnc": lambda: measure_one(tiger)},
            screen.RUNS,
        )
    for column in ("fps", "p50", "cpu_ms"):
        measure.ratio(f"{name}, {column}", rows, column)


def main():
    """Measure the streams that were asked for."""
    measure.describe("deskside", "window, decoder child and session; full screen, 1 to 1")
    measure.describe("tigervnc", measure.version("dpkg-query", "-W", "tigervnc-viewer"), *TIGER)
    print("cpu: percent of a core. cpu_ms: that for each frame that was shown; aim: ratio 1 at most")
    for name in sys.argv[1:] or STREAMS:
        run_stream(name)


if __name__ == "__main__":
    main()
