# SPDX-License-Identifier: GPL-3.0-or-later
"""The instruments, without our programs between them: an error here is not Deskside's."""

import pathlib
import tempfile

from deskside_test import exchange, pictures, programs, proxy, rfb, session, tap, xserver

WIDTH, HEIGHT = 320, 200
EXCHANGE_BYTES = 3_000_000


def check_pictures(t, seed):
    """Change one pixel by one step; write a window dump and read it again."""
    picture = pictures.noise(WIDTH, HEIGHT, seed)
    rgb = bytearray(picture.rgb)
    rgb[(7 * WIDTH + 5) * 3 + 1] ^= 1
    one_off = picture.difference(pictures.Picture(WIDTH, HEIGHT, rgb))
    wanted = [f"1 of {WIDTH * HEIGHT} pixels differ, the first at 5,7"]
    t.equal("one wrong pixel is found", one_off, wanted)
    is_same = picture == pictures.noise(WIDTH, HEIGHT, seed + 1)
    t.equal("another seed gives another picture", is_same, False)
    again = pictures.from_xwd(pictures.to_xwd(picture))
    t.check("a window dump is read as written", again.difference(picture))


def check_screen(t, folder, seed):
    """Show a picture, and fetch it by xwd and by VNC."""
    picture = pictures.noise(WIDTH, HEIGHT, seed)
    with xserver.XServer(folder, WIDTH, HEIGHT) as screen:
        screen.show(picture)
        session.until(lambda: screen.screenshot() == picture, 10.0, "the picture")
        with rfb.Viewer(programs.split_address(session.start_vnc(screen))) as viewer:
            t.check("VNC gives the picture that is shown", viewer.capture().difference(picture))
        xwd = ["xwd", "-root", "-silent", "-display", screen.display]
        with programs.Program(xwd, env={"XAUTHORITY": "/dev/null"}) as stranger:
            t.equal("nobody without the cookie sees it", stranger.wait_exit(), 1)


def shell(script):
    """Start a shell with a script."""
    return programs.Program(["/bin/sh", "-c", script], name="sh")


def failure_of(wait, *arguments):
    """Return what a call reports that must fail."""
    try:
        wait(*arguments)
    except programs.Failure as failure:
        return str(failure)
    return "no failure"


def check_programs(t):
    """See a program that ends too early, one that is silent, and one that does not obey."""
    with shell("echo one; echo two >&2; exit 3") as early:
        t.equal("a line is waited for", early.wait_line("o(n)e")[1], "n")
        wanted = "sh: ended with status 3 before line like 'two'\n    one\n    two"
        t.equal("an early end is reported", failure_of(early.wait_line, "two"), wanted)
        t.equal("so is its status", early.wait_exit(), 3)
    with shell("read x; echo got $x; exec sleep 60") as silent:
        t.equal("no input is an empty input", silent.wait_line("got")[0], "got")
        words = failure_of(silent.wait_event, "code", 0.1).splitlines()[0]
        t.equal("silence is reported", words, "sh: no event {'event': 'code'} in time")
    t.equal("what runs is ended", silent.process.returncode, -15)


def carry(seed, plan):
    """Exchange bytes through a proxy that cuts by `plan`; return the problems."""
    with exchange.Exchange(seed, EXCHANGE_BYTES) as data:
        with proxy.Proxy(data.address, lambda: plan) as between:
            data.begin(between.address)
            session.until(data.is_over, 30.0, "the exchange")
            return data.problems()


def check_exchange(t, seed):
    """Let bytes pass whole, and cut."""
    t.check("bytes that pass are equal", carry(seed, None))
    # Random bytes are no TLS: they stay in the first stage.
    for is_reset in (True, False):
        found = carry(seed, proxy.Plan(proxy.Stage.TLS, 1000, is_reset))
        t.check(f"a cut is found, by RST {is_reset}", [] if found else ["not found"])


def main():
    t = tap.Tap()
    seed = session.seed()
    check_pictures(t, seed)
    check_programs(t)
    check_exchange(t, seed)
    with tempfile.TemporaryDirectory() as folder:
        check_screen(t, pathlib.Path(folder), seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
