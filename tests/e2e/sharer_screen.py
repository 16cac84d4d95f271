# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared screen changes its size, its pointer and its windows; the viewer follows."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from deskside_test import pictures, programs, rfb, session, tap, xserver

WIDTH, HEIGHT = 640, 480
FOLLOWING = (rfb.RAW, rfb.CURSOR, rfb.POINTER_POS, rfb.EXT_DESKTOP_SIZE)
SIZES = (("--size", 800, 600), ("--size", 1024, 768), ("--fb", 1027, 801), ("--size", 640, 480))
ENCODINGS = ("Raw", "Hextile", "ZRLE", "Tight")


def call(screen, *command):
    """Run a program on the screen to its end."""
    subprocess.run(command, env={**os.environ, **screen.env}, check=True, stdout=subprocess.DEVNULL)


def serve(stack, screen, *options):
    """Serve the screen on loopback; return the program and its address."""
    command = ["--display", screen.display, "--local", "127.0.0.1:0", *options]
    local = stack.enter_context(programs.cli("share", *command, env=screen.env))
    return local, programs.split_address(local.wait_event("listening")["addr"])


def show(screen, picture, x=0, y=0):
    """Put a picture on the screen; return when it is there."""
    screen.show(picture, x, y)
    part = (x, y, picture.width, picture.height)
    session.until(lambda: screen.screenshot().part(*part) == picture, 10.0, "a picture")


def check_sizes(t, stack, folder, seed):
    """Make the screen larger and smaller while two viewers look."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT, is_resizable=True))
    local, address = serve(stack, screen)
    viewers = [
        stack.enter_context(rfb.Viewer(address, encodings=(*FOLLOWING[:-1], kind)))
        for kind in (rfb.EXT_DESKTOP_SIZE, rfb.DESKTOP_SIZE)
    ]
    for viewer in viewers:
        t.check("before", viewer.capture().difference(screen.screenshot()))
    # The third is no mode of any monitor.
    for how, width, height in SIZES:
        call(screen, "xrandr", how, f"{width}x{height}")
        picture = pictures.noise(200, 100, seed + width)
        show(screen, picture, 50, 60)
        for viewer in viewers:
            viewer.wait(lambda v=viewer, size=(width, height): (v.width, v.height) == size)
            t.check(f"{width} x {height}", viewer.capture().difference(screen.screenshot()))
    ids = [one[0] for one in viewers[0].screens]
    t.check("screens have numbers, and none is 0", [] if ids and 0 not in ids else [ids])
    t.equal("share ends well", local.stop(), 0)


def check_pointer(t, stack, folder, _):
    """The pointer's shape and place are told, and are not in the picture."""
    screen = stack.enter_context(xserver.XServer(folder, WIDTH, HEIGHT))
    _, address = serve(stack, screen, "--allow", "control")
    looking = stack.enter_context(rfb.Viewer(address, encodings=FOLLOWING))
    moving = stack.enter_context(rfb.Viewer(address))
    looking.wait(lambda: looking.shape is not None)
    before = looking.shape
    screen.start("xterm", "-geometry", "80x24+0+0", "-e", "sleep", "1000")
    moving.pointer(20, 20)
    looking.wait(lambda: looking.shape != before)
    width, height, x, y, _, mask = looking.shape
    found = [] if 0 <= x < width and 0 <= y < height else [f"hot spot {x},{y}"]
    t.check("another shape comes", found + ([] if any(mask) else ["no pixel of it"]))
    for place in ((17, 300), (639, 479), (0, 0)):
        moving.pointer(*place)
        looking.wait(lambda place=place: looking.place == place)
    t.check("and each place", [])
    t.check("it is not painted", looking.capture().difference(screen.screenshot()))
    plain = stack.enter_context(rfb.Viewer(address, encodings=(rfb.RAW,)))
    moving.pointer(500, 400)
    found = plain.capture().difference(screen.screenshot())
    t.check("but for one that knows no shapes", [] if found else ["it is the same picture"])
    t.check("who is alone in that", looking.capture().difference(screen.screenshot()))


def check_stock(t, stack, folder, seed):
    """TigerVNC's viewer shows what is drawn, scrolled and moved, in each encoding."""
    source = stack.enter_context(xserver.XServer(folder / "source", WIDTH, HEIGHT))
    _, address = serve(stack, source)
    show(source, pictures.noise(WIDTH, HEIGHT, seed))
    for number, encoding in enumerate(ENCODINGS):
        target = xserver.XServer(folder / encoding, WIDTH, HEIGHT)
        with target:
            session.start_viewer(target, address, encoding)
            shots = []

            def is_equal(shots=shots, target=target):
                shots[:] = source.screenshot(), target.screenshot()
                return shots[0] == shots[1]

            for what in ("at first", "drawn", "scrolled"):
                if what == "drawn":
                    show(source, pictures.noise(100, 100, seed + number), 30 * number, 20)
                if what == "scrolled":
                    count = str(40 + number)
                    command = f"seq {count}; sleep 1000"
                    source.start("xterm", "-geometry", "40x20+200+100", "-e", "sh", "-c", command)
                    session.until(lambda seen=shots[0]: source.screenshot() != seen, 10.0, "xterm")
                with contextlib.suppress(programs.Failure):
                    session.until(is_equal, 10.0, "the same picture")
                t.check(f"{encoding}: {what}", shots[0].difference(shots[1]))


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        for check in (check_sizes, check_pointer, check_stock):
            with contextlib.ExitStack() as stack:
                check(t, stack, pathlib.Path(name) / check.__name__, seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
