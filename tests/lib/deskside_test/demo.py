# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration: demo.py FOLDER. A desktop at one end, a VNC viewer at the other, one code.

On a private X server a desktop is drawn and served by x11vnc. `share` puts it behind a code,
`connect` opens it by that code, and TigerVNC's viewer shows it on a second X server. It ends well
when the two screens are the same in every pixel, before and after something was drawn on the first.
"""

import contextlib
import pathlib
import sys
import threading
import time

from . import pictures, programs, rfb, session, xserver

WIDTH, HEIGHT = 800, 600
WAIT_S = 20.0
VIEWER = ["xtigervncviewer", "-FullScreen=1", "-Shared=1", "-ViewOnly=1", "-MenuKey="]
LOSSLESS = ["-AutoSelect=0", "-FullColor=1", "-NoJPEG=1", "-PreferredEncoding=ZRLE"]


class Timeline:
    """Prints what happened when, one line each, from whichever thread."""

    def __init__(self):
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def line(self, who, text):
        """Print one line: seconds since the start, who, what."""
        with self._lock:
            print(f"{time.monotonic() - self._start:8.3f}  {who:8}  {text}", flush=True)

    def on_line(self, program, text):
        """Print what one of our programs printed."""
        self.line(program.name, text)


def draw(screen, seed, timeline):
    """Cover the screen with a picture and put two windows before it."""
    picture = pictures.noise(WIDTH, HEIGHT, seed)
    screen.show(picture)
    session.until(lambda: screen.screenshot() == picture, WAIT_S, "the picture on the screen")
    screen.start("xeyes", "-geometry", "200x140+40+40")
    screen.start("xlogo", "-geometry", "160x160+600+400")
    session.until(lambda: screen.screenshot() != picture, WAIT_S, "the windows on the screen")
    timeline.line("desktop", f"{screen.display} shows a picture, xeyes and xlogo")


def change(screen, seed, timeline):
    """Draw a smaller picture over the middle of the screen."""
    area = (250, 200, 300, 200)
    picture = pictures.noise(*area[2:], seed)
    screen.show(picture, *area[:2])
    session.until(
        lambda: screen.screenshot().part(*area) == picture, WAIT_S, "another picture on the screen"
    )
    timeline.line("desktop", "draws another picture")


def wait_equal(source, target, timeline):
    """Wait until both screens show the same; return their pictures."""
    start = time.monotonic()
    shots = []

    def is_equal():
        shots[:] = source.screenshot(), target.screenshot()
        return shots[0] == shots[1]

    try:
        session.until(is_equal, WAIT_S, "the same picture at both ends")
    except programs.Failure as failure:
        raise programs.Failure(f"{failure}: {shots[0].difference(shots[1])[0]}") from None
    took_s = time.monotonic() - start
    timeline.line("viewer", f"all {WIDTH * HEIGHT} pixels equal after {took_s:.3f} s")
    return shots


def run(folder, seed, timeline):
    """Run the demonstration; leave both ends' pictures in `folder`."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(xserver.XServer(folder / "helpee", WIDTH, HEIGHT))
        draw(source, seed, timeline)
        vnc_address = session.start_vnc(source)
        timeline.line("desktop", f"x11vnc serves it at {vnc_address}")
        running = stack.enter_context(
            session.session(folder / "relay", vnc_address, on_line=timeline.on_line)
        )
        target = stack.enter_context(xserver.XServer(folder / "helper", WIDTH, HEIGHT))
        host, port = programs.split_address(running.address)
        target.start(*VIEWER, *LOSSLESS, f"{host}::{port}")
        timeline.line("viewer", f"TigerVNC opens {running.address} on {target.display}")
        wait_equal(source, target, timeline)
        change(source, seed + 1, timeline)
        shots = wait_equal(source, target, timeline)
        with rfb.Viewer((host, port)) as second:
            difference = second.capture().difference(source.screenshot())
            timeline.line("viewer", f"a second viewer sees {difference or 'the same'}")
        for name, shot in zip(("helpee", "helper"), shots):
            shot.save_png(folder / f"{name}.png")
            timeline.line("saved", str(folder / f"{name}.png"))
        return not difference


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    timeline = Timeline()
    try:
        is_good = run(folder, session.seed(), timeline)
    except programs.Failure as failure:
        timeline.line("failed", str(failure))
        return 1
    timeline.line("end", "the helper sees the helpee's desktop" if is_good else "not the same")
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
