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
HINT = "Shift.F12, or the pointer at the upper edge"
# What our decoder asks for, too: of a lower level a sharer sends half of the bytes.
TIGER = ["-AutoSelect=0", "-PreferredEncoding=Tight", "-QualityLevel=8", "-CompressLevel=2"]
STREAMS = ("video", "web", "text")


def watch(desk, pids, stamps, **gauges):
    """Read what is shown on a screen; return the row of it, of these processes and of more gauges."""
    command = [os.environ["BENCH_WATCH"], str(WATCH_S), *stamps]
    gauges = {"cpu": lambda: cpu_s(*pids), "xvfb": lambda: cpu_s(desk.server.process.pid), **gauges}
    with programs.Program(command, env=desk.env, name="watch") as watching:
        watching.wait_line("^BEGIN$", 70.0)
        before = {name: gauge() for name, gauge in gauges.items()}
        watching.wait_line("^END$", 30.0)
        after = {name: gauge() for name, gauge in gauges.items()}
        said = json.loads(watching.wait_line(r"^(\{.*\})$")[1])
    row = {name: 100 * (after[name] - before[name]) / said["seconds"] for name in gauges}
    row["fps"] = len(said["latencies_ms"]) / said["seconds"]
    row["p50"] = screen.percentile(said["latencies_ms"], 0.5)
    for name in gauges:
        row[f"{name}_ms"] = 10 * row.pop(name) / row["fps"] if row["fps"] else 0.0
    return row


def cpu_s(*pids):
    """Return what these processes, and those below them, have used so far."""
    return sum(map(sum, (measure.cpu_s(pid) for pid in vnc_servers.tree(*pids))))


def thread_cpu_s(pid, name):
    """Return what the threads of a process that have this name have used so far."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    found = [task for task in tasks if (task / "comm").read_text(encoding="utf-8") == f"{name}\n"]
    return sum(sum(measure.cpu_s(f"{pid}/task/{task.name}")) for task in found)


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
    helper.see(HINT)
    helper.miss(HINT)  # a session is longer than the six seconds in which it lies over the picture
    pid = helper.app.process.pid
    (decoder,) = vnc_servers.tree(pid)[1:]
    parts = {
        "net": lambda: thread_cpu_s(pid, "net"),
        "main": lambda: thread_cpu_s(pid, "deskside"),
        "decoder": lambda: cpu_s(decoder),
    }
    return watch(helper.screen, [pid], shared.stamps[1::2], **parts)


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
    print("ms of CPU for each frame that was shown, aim: ratio 1 at most; and of that the threads")
    print("main and net, where the session's two layers of TLS are, and the decoder child's")
    for name in sys.argv[1:] or STREAMS:
        run_stream(name)


if __name__ == "__main__":
    main()
