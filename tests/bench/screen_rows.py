# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of a remote screen: the workloads, the links, and what is aimed at in each row."""

import os
import typing

from deskside_test import programs

QUEUE_KB = 256
CELL = 6, 13  # pixels of a character of xterm's font "fixed"


class Link(typing.NamedTuple):
    """A way between viewer and server: a round trip in ms, and a rate in Mbit/s each way."""

    rtt_ms: float
    mbit: float

    def start(self, stack, target, part=1.0):
        """Start it, or a part of its length, in front of an address; return where it listens."""
        command = [os.environ["BENCH_DELAY"], target, str(self.rtt_ms / 2 * part)]
        command += [str(self.mbit), str(QUEUE_KB)]
        return stack.enter_context(programs.Program(command)).wait_line(r"^READY (\S+)$")[1]

    def __str__(self):
        return f"RTT {self.rtt_ms:g} ms, {self.mbit:g} Mbit/s"


LINKS = {
    "none": None,
    **{f"{rtt_ms}-{mbit}": Link(rtt_ms, mbit) for rtt_ms, mbit in ((100, 10), (80, 2))},
    **{f"{rtt_ms}-50": Link(rtt_ms, 50) for rtt_ms in (0, 20, 50, 100, 200)},
}
X0 = ("x0vncserver",)  # x11vnc sends one frame in a round trip, and never renews one
FAST = tuple(name for name in LINKS if name.endswith("-50"))


class Workload(typing.NamedTuple):
    """What the painter does, and the hand of the measuring client."""

    painter: str
    fps: int = 30
    hand: str = ""  # "key", "click" or "rest"
    links: tuple = ("none",)
    size: tuple = (1920, 1080)
    terminal: tuple = ()  # where an xterm is: x, y, columns, rows
    peers: tuple = ("x11vnc", "x0vncserver")
    is_whole: bool = False  # with our own transport, in place of the peers


WORKLOADS = {
    "idle": Workload("still"),
    "key": Workload("still", hand="key", links=("none", "100-10")),
    "click": Workload("still", hand="click"),
    "typing": Workload("typing", fps=10),
    "terminal": Workload("still", terminal=(400, 200, 130, 50), links=("none", "100-10", "80-2")),
    "text": Workload("text", links=("none", "100-10")),
    "web": Workload("web", links=("none", "100-10")),
    "drag": Workload("drag"),
    "video": Workload("video", hand="key", links=("none", "100-10", "80-2")),
    "click-video": Workload("video", hand="click"),
    "motion": Workload("motion", size=(1280, 720), links=FAST, peers=X0),
    "rest-text": Workload("text", hand="rest", peers=X0, links=("none", "100-10")),
    "rest-web": Workload("web", hand="rest", peers=X0, links=("none", "100-10")),
    "whole-key": Workload("still", hand="key", is_whole=True),
    "whole-video": Workload("video", hand="key", links=("none", "100-10"), is_whole=True),
}

# By workload and link: at least so many fps, and at most so much of the others.
AIMS = {
    ("idle", "none"): {"cpu": 0.05},
    ("key", "none"): {"answer": 5},
    ("click", "none"): {"answer": 5},
    ("video", "none"): {"answer": 10},
    ("click-video", "none"): {"answer": 10},
    ("video", "100-10"): {"fps": 25, "p50": 125, "answer": 190},
    ("video", "80-2"): {"answer": 270},
    ("terminal", "100-10"): {"fps": 24, "p50": 125},
    ("rest-text", "none"): {"exact": 300},
    ("rest-web", "none"): {"exact": 1000},
}
SOURCE_FPS = 29.5  # is as good as 30
MOTION_MS = 20  # beside half a round trip and the time that a frame takes on the line
WHOLE_MS, WHOLE_CPU = 2, 1.25  # what our transport may cost beside the sharer alone


def aims(name, link, row, others):
    """Return what is aimed at in a row of ours: {column: value}; `others` are its peers'."""
    found = dict(AIMS.get((name, link), {}))
    if name == "motion":
        line = LINKS[link]
        frame_ms = row["KB/s"] / row["fps"] * 8 / line.mbit
        found.update(fps=SOURCE_FPS, p50=line.rtt_ms / 2 + frame_ms + MOTION_MS)
    elif WORKLOADS[name].is_whole:
        alone = others["deskside"]
        found = {key: alone[key] + WHOLE_MS for key in ("p50", "answer") if key in alone}
        if "cpu_ms" in alone:
            found["cpu_ms"] = alone["cpu_ms"] * WHOLE_CPU
    elif link == "none" and "fps" in row:
        found["cpu_ms"] = others["x0vncserver"]["cpu_ms"]
    return found
