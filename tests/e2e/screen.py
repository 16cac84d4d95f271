# SPDX-License-Identifier: GPL-3.0-or-later
"""The first duty of all: the helper sees what the helpee's screen shows, in every pixel."""

import contextlib
import pathlib
import tempfile

from deskside_test import pictures, programs, rfb, session, tap, xserver

WIDTH, HEIGHT = 640, 480


def capture(address):
    """Return the picture that a new viewer gets."""
    with rfb.Viewer(programs.split_address(address)) as viewer:
        return viewer.capture()


def settled(address, picture):
    """Return how a viewer's picture still differs after 10 s: x11vnc looks when it sees fit."""
    differences = []

    def is_equal():
        differences[:] = capture(address).difference(picture)
        return not differences

    try:
        session.until(is_equal, 10.0, "the same picture")
    except programs.Failure:
        pass
    return differences


def settled_on(target, source):
    """Return how two screens still differ after 10 s."""
    shots = []

    def is_equal():
        shots[:] = target.screenshot(), source.screenshot()
        return shots[0] == shots[1]

    with contextlib.suppress(programs.Failure):
        session.until(is_equal, 10.0, "the same on both screens")
    return shots[0].difference(shots[1])


def check_stock(t, folder, screen, address):
    """TigerVNC's viewer shows it, windows and what changes there included."""
    with xserver.XServer(folder, WIDTH, HEIGHT) as target:
        session.start_viewer(target, programs.split_address(address), "ZRLE")
        t.check("TigerVNC shows the screen", settled_on(target, screen))
        before = screen.screenshot()
        screen.start("xlogo", "-geometry", "160x160+300+200")
        session.until(lambda: screen.screenshot() != before, 10.0, "a window")
        t.check("and the window that opens on it", settled_on(target, screen))
        t.check("as a second viewer does", settled(address, screen.screenshot()))


def check(t, folder, seed):
    """Show two pictures, one after the other; each must reach the other end."""
    with xserver.XServer(folder / "screen", WIDTH, HEIGHT) as screen:
        first, second = (pictures.noise(WIDTH, HEIGHT, seed + n) for n in range(2))
        screen.show(first)
        session.until(lambda: screen.screenshot() == first, 10.0, "the first picture")
        vnc_address = session.start_vnc(screen)
        with session.session(folder / "relay", vnc_address) as running:
            t.check("a viewer sees the screen", settled(running.address, first))
            screen.show(second)
            session.until(lambda: screen.screenshot() == second, 10.0, "the second picture")
            t.check("a second viewer sees it now", settled(running.address, second))
            check_stock(t, folder / "viewer", screen, running.address)
            t.equal("connect ends well when it is told to", running.connect.stop(), 0)
            closed = running.share.wait_event("closed")["reason"]
            t.equal("share says why it ends", closed, "peer-stopped")
            t.equal("and ends well", running.share.wait_exit(), 0)
        t.equal("the relay stops cleanly", running.relay.process.returncode, 0)


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        check(t, pathlib.Path(folder), session.seed())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
