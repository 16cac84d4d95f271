# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own sharer: what a viewer sees is what the screen shows, in every pixel."""

import contextlib
import pathlib
import tempfile

from deskside_test import person, pictures, programs, rfb, session, tap, xserver

WIDTH, HEIGHT = 640, 480


def show(screen, picture, x=0, y=0):
    """Put a picture on the screen; return when it is there."""
    screen.show(picture, x, y)
    part = (x, y, picture.width, picture.height)
    session.until(lambda: screen.screenshot().part(*part) == picture, 10.0, "a picture")


def check_local(t, screen, seed):
    """Serve plain RFB on loopback to two viewers at once."""
    with contextlib.ExitStack() as stack:
        local = programs.cli(
            "share", "--display", screen.display, "--local", "127.0.0.1:0", env=screen.env
        )
        stack.enter_context(local)
        address = programs.split_address(local.wait_event("listening")["addr"])
        viewers = [stack.enter_context(rfb.Viewer(address)) for _ in range(2)]
        whole = screen.screenshot()
        for viewer in viewers:
            t.check("a viewer sees the screen", viewer.capture().difference(whole))
        show(screen, pictures.noise(200, 100, seed + 1), 300, 200)
        whole = screen.screenshot()
        for viewer in viewers:
            t.check("it sees what changed", viewer.capture().difference(whole))
        t.equal("it ends well", local.stop(), 0)


def check_session(t, screen, folder):
    """Share over a relay; the first picture is the screen's."""
    with contextlib.ExitStack() as stack:
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        through = ["--relay", where, "--relay-pin", pin]
        share = programs.cli("share", *through, env={**screen.env, "XDG_SESSION_TYPE": "x11"})
        stack.enter_context(share)
        code = share.wait_event("code")["code"]
        shot = folder / "shot.png"
        connect = programs.cli("connect", code, *through, "--screenshot", shot)
        stack.enter_context(connect)
        t.equal("it may only look", connect.wait_event("peer", 30.0)["level"], "view")
        t.equal("the picture is saved", connect.wait_exit(30.0), 0)
        picture = pictures.from_png(shot.read_bytes())
        t.check("it is the screen's", picture.difference(screen.screenshot()))
        t.equal("share ends well", share.wait_exit(), 0)


def check_wayland(t, screen, folder):
    """In a Wayland session the window says what to do, and helps all the same."""
    wayland = {"XDG_SESSION_TYPE": "wayland"}
    with contextlib.ExitStack() as stack:
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        through = ["--relay", where, "--relay-pin", pin]
        helper = stack.enter_context(person.Person(folder / "helper", *through, env=wayland))
        helper.press("Share My Screen")
        told = helper.see("(Nothing Is Shared)") + helper.see("(runs on Wayland.*on Xorg.*Helping)")
        t.equal("the window says what to do", len(told), 2)
        helper.press("Back")
        share = programs.cli("share", "--display", screen.display, *through, env=screen.env)
        code = stack.enter_context(share).wait_event("code")["code"]
        helper.press("Help Someone")
        helper.type_into("Code or link", code)
        t.equal("and helps", bool(helper.see("^The other screen$")), True)
        shot = folder / "shot.png"
        share = programs.cli("share", "--display", screen.display, *through, env=screen.env)
        code = stack.enter_context(share).wait_event("code")["code"]
        here = {**wayland, "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ""}
        connect = programs.cli("connect", code, *through, "--screenshot", shot, env=here)
        t.equal("so does the command line", stack.enter_context(connect).wait_exit(30.0), 0)
        picture = pictures.from_png(shot.read_bytes())
        t.check("with the whole picture", picture.difference(screen.screenshot()))


def check_refusals(t):
    """What cannot be shared is told before there is a code."""
    rows = (
        ("a display that is not there", ["--display", ":4711"], {}, "cannot be opened"),
        ("no display", [], {"DISPLAY": "", "XDG_SESSION_TYPE": "tty"}, "DISPLAY is not set"),
        ("a Wayland session", [], {"XDG_SESSION_TYPE": "wayland"}, "on Xorg"),
        ("a Wayland socket", [], {"WAYLAND_DISPLAY": "wayland-0"}, "on Xorg"),
    )
    for name, options, env, words in rows:
        quiet = {"WAYLAND_DISPLAY": "", "XDG_SESSION_TYPE": "", **env}
        with programs.cli("share", *options, "--relay", "127.0.0.1:1", env=quiet) as share:
            closed = share.wait_event("closed")
            t.equal(f"{name}: status", share.wait_exit(), 1)
            t.equal(f"{name}: reason", closed["reason"], "no-screen")
            found = [] if words in closed["step"] and words in share.stderr() else [closed]
            t.check(f"{name}: the sentence", found)
            t.equal(f"{name}: no code", len(share.lines), 1)


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with xserver.XServer(folder / "screen", WIDTH, HEIGHT) as screen:
            show(screen, pictures.noise(WIDTH, HEIGHT, seed))
            check_local(t, screen, seed)
            check_session(t, screen, folder)
            check_wayland(t, screen, folder / "wayland")
    check_refusals(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
