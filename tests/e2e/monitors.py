# SPDX-License-Identifier: GPL-3.0-or-later
"""Monitors come, go and change their sizes while somebody looks: the picture follows in all pixels."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from deskside_test import keyboard, local, meeting, pictures, programs, rfb, session, tap, xserver
from deskside_test.tap import unless

WIDTH, HEIGHT = 640, 480
FLAT = (rfb.RAW, rfb.CURSOR)
FOLLOWING = ((*FLAT, rfb.EXT_DESKTOP_SIZE), (*FLAT, rfb.DESKTOP_SIZE))
STOCK = ["xtigervncviewer", "-Shared=1", "-RemoteResize=0", "-AutoSelect=0", "-FullColor=1"]
STOCK += ["-PreferredEncoding=ZRLE", "-NoJPEG=1"]
TARGET = (1400, 1100)
PAIRS = (
    ("beside", (1280, 480), "640/200x480/150+0+0", "640/200x480/150+640+0"),
    ("above", (640, 960), "640/200x480/150+0+0", "640/200x480/150+0+480"),
)
TIMES = 20
OUT = (65535, 65535)  # as far as RFB goes
# What xrandr is told, the size that it makes, and how far the pointer can go there: a mode, by output
# too, and more than any monitor shows.
CHANGES = (
    (("--size", "800x600"), (800, 600), (799, 599)),
    (("--output", "VNC-0", "--mode", "1024x768"), (1024, 768), (1023, 767)),
    (("--fb", "1027x801"), (1027, 801), (1023, 767)),
    (("--size", "640x480"), (640, 480), (639, 479)),
)


def call(screen, *command):
    """Run a program on the screen to its end; return what it prints."""
    env = {**os.environ, **screen.env}
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


def draw(screen, size, seed):
    """Show something new in the far corner; return when it is there."""
    picture = pictures.noise(200, 100, seed)
    at = (size[0] - picture.width, size[1] - picture.height)
    screen.show(picture, *at)
    there = lambda: screen.screenshot().part(*at, picture.width, picture.height) == picture
    session.until(there, 10.0, "a picture")


def follow(viewer, size):
    """Look on until the picture has this size."""
    viewer.wait(lambda: (viewer.width, viewer.height) == size)


def missing(viewer, whole):
    """Return how the viewer's picture differs in the end: after a change of size more than one that
    was not asked for may be on its way."""
    found = []

    def is_equal():
        found[:] = viewer.capture().difference(whole)
        return not found

    with contextlib.suppress(programs.Failure):
        session.until(is_equal, 10.0, "the same picture")
    return found


def pointer_at(screen, place):
    """Return the problems until the pointer is there."""
    words = [f"{name}={value}" for name, value in zip("XY", place)]
    seen = lambda: call(screen, "xdotool", "getmouselocation", "--shell").splitlines()[:2]
    with contextlib.suppress(programs.Failure):
        session.until(lambda: seen() == words, 10.0, "the pointer")
    found = seen()
    return unless(found == words, "the pointer is at", found)


def check_follow(t, stack, folder, seed):
    """Let viewers of both kinds look and point, and the stock one look, while the size changes."""
    screen = stack.enter_context(xserver.XServer(folder / "source", WIDTH, HEIGHT, is_resizable=True))
    target = stack.enter_context(xserver.XServer(folder / "target", *TARGET))
    running = local.Local(stack, screen, "control")
    viewers = [stack.enter_context(rfb.Viewer(running.address, encodings=kind)) for kind in FOLLOWING]
    target.start(*STOCK, f"{running.address[0]}::{running.address[1]}")
    move = "xdotool search --sync --onlyvisible --name TigerVNC windowmove --sync 0 0"
    call(target, *move.split())
    hand = viewers[0]
    for number, (options, size, corner) in enumerate(CHANGES):
        name = " ".join(options)
        call(screen, "xrandr", *options)
        draw(screen, size, seed + number)
        whole = screen.screenshot()
        t.equal(f"{name}: the screen is so large", (whole.width, whole.height), size)
        for viewer in viewers:
            follow(viewer, size)
            t.check(f"{name}: a viewer has it all", missing(viewer, whole))
        for place, wanted in (((1, 2), (1, 2)), (corner, corner), ((0, 0), (0, 0)), (OUT, corner)):
            hand.pointer(*place)
            t.check(f"{name}: the pointer at {place}", pointer_at(screen, wanted))
        stock = lambda at=(0, 0, *size): target.screenshot().part(*at)
        with contextlib.suppress(programs.Failure):
            session.until(lambda now=whole: stock() == now, 10.0, "the same picture")
        t.check(f"{name}: so has TigerVNC's", stock().difference(whole))
    t.equal("share ends well", running.program.stop(), 0)


def check_stubborn(t, stack, folder, _):
    """A viewer that knows of no other size is dropped with a sentence, if there is one."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT, is_resizable=True))
    running = local.Local(stack, screen, "view")
    first = stack.enter_context(rfb.Viewer(running.address, encodings=FOLLOWING[0]))
    for options, size, _ in (CHANGES[0], CHANGES[3]):  # away, and back before it looks again
        call(screen, "xrandr", *options)
        follow(first, size)
    t.check("back again", missing(running.viewer, screen.screenshot()))
    call(screen, "xrandr", *CHANGES[1][0])
    follow(first, CHANGES[1][1])
    try:
        running.viewer.capture()
        t.check("who cannot follow is dropped", ["it still gets pictures"])
    except (EOFError, ConnectionError):
        found = running.program.wait_event("trouble")["detail"]
        t.check("who cannot follow is dropped", unless("new size" in found, found))
    with rfb.Viewer(running.address) as again:
        t.check("and can come again", missing(again, screen.screenshot()))
    t.check("the others go on", missing(first, screen.screenshot()))


def check_late(t, stack, folder, _):
    """Change the size after a viewer was told of it, and before it said that it can follow."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT, is_resizable=True))
    running = local.Local(stack, screen, "view")
    for number, kind in enumerate(FOLLOWING):
        size = CHANGES[number][1]
        first = stack.enter_context(rfb.Viewer(running.address, encodings=FOLLOWING[0]))
        late = stack.enter_context(rfb.Viewer(running.address, encodings=()))
        call(screen, "xrandr", *CHANGES[number][0])
        follow(first, size)
        late.set_encodings(*kind)
        follow(late, size)
        t.check("a late one follows", missing(late, screen.screenshot()))


def add_mode(screen, name, width, height):
    """Teach the only output another mode."""
    across = [str(width + more) for more in (0, 10, 20, 30)]
    down = [str(height + more) for more in (0, 10, 20, 30)]
    call(screen, "xrandr", "--newmode", name, "50", *across, *down)
    call(screen, "xrandr", "--addmode", "VNC-0", name)


def check_monitors(t, stack, folder, seed):
    """Two monitors beside each other, one above the other, and one again, through a session."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT, is_resizable=True))
    running = local.Session(stack, screen, folder / "relay")
    viewer = running.viewer
    viewer.set_encodings(*FOLLOWING[0])
    for number, (name, size, first, second) in enumerate(PAIRS):
        add_mode(screen, name, *size)
        call(screen, "xrandr", "--output", "VNC-0", "--mode", name)
        call(screen, "xrandr", "--setmonitor", "one", first, "VNC-0")
        call(screen, "xrandr", "--setmonitor", "two", second, "none")
        listed = call(screen, "xrandr", "--listmonitors").splitlines()[0]
        t.equal(f"{name}: two monitors", listed, "Monitors: 2")
        follow(viewer, size)
        draw(screen, size, seed + number)
        t.check(f"{name}: both are seen", missing(viewer, screen.screenshot()))
        corner = (size[0] - 1, size[1] - 1)
        viewer.pointer(*corner)
        t.check(f"{name}: the second one's far corner", pointer_at(screen, corner))
        for gone in ("two", "one"):
            call(screen, "xrandr", "--delmonitor", gone)
        t.check(f"{name}: one again", missing(viewer, screen.screenshot()))
    running.connect.process.terminate()
    t.equal("the session ends well", running.share.wait_exit(), 0)


def mappings(process, word):
    """Return how many pieces of a process's memory have this in their name."""
    maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    return sum(word in line for line in maps.splitlines())


def check_quick(t, stack, folder, seed):
    """Change the size to and fro as fast as X11 does, with a key held; nothing is left behind."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT, is_resizable=True))
    running = local.Local(stack, screen, "control")
    running.viewer.close()
    viewer = stack.enter_context(rfb.Viewer(running.address, encodings=FOLLOWING[0]))
    viewer.capture()
    viewer.key(keyboard.SHIFT_L, True)
    session.until(lambda: keyboard.held(screen)[0], 10.0, "Shift held")
    process = running.program.process
    count = lambda: (meeting.descriptors(running.program), mappings(process, "deskside-screen"))
    session.until(lambda: count()[1] == 1, 10.0, "shared memory")
    before = count()
    sizes = ((WIDTH, HEIGHT), (1600, 1200), (777, 666), (1024, 768))
    for number in range(TIMES):
        width, height = sizes[number % len(sizes)]
        call(screen, "xrandr", "--fb", f"{width}x{height}")
        if number % 3 == 0:
            viewer.pointer(width - 1, height - 1)
    call(screen, "xrandr", "--fb", "900x700")
    follow(viewer, (900, 700))
    draw(screen, (900, 700), seed)
    t.check("the last one is seen", missing(viewer, screen.screenshot()))
    t.equal("the key is held still", len(keyboard.held(screen)[0]), 1)
    with contextlib.suppress(programs.Failure):
        session.until(lambda: count() == before, 10.0, "all given back")
    t.equal("no descriptor or shared memory is left", count(), before)
    shared = mappings(screen.server.process, "deskside-screen")
    t.equal("in the X server neither", shared, 1)
    t.equal("share ends well", running.program.stop(), 0)
    t.equal("and has nothing to say", running.program.stderr(), "")


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        for check in (check_follow, check_stubborn, check_late, check_monitors, check_quick):
            with contextlib.ExitStack() as stack:
                check(t, stack, pathlib.Path(name) / check.__name__, seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
