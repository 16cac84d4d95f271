# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole session: a desktop behind x11vnc, the relay, `share` and `connect`."""

import contextlib
import os
import random
import time
import typing

from . import programs

POLL_S = 0.05
VIEWER = ["xtigervncviewer", "-FullScreen=1", "-Shared=1", "-ViewOnly=1", "-MenuKey="]
LOSSLESS = ["-AutoSelect=0", "-FullColor=1", "-NoJPEG=1"]


def seed():
    """Return SEED of the environment as a number, or a new one; print it as a TAP comment."""
    number = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    print(f"# SEED={number}", flush=True)
    return number


def until(condition, timeout_s, what):
    """Look again and again until condition() is true; for what has no event to wait for."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise programs.Failure(f"{what}: not within {timeout_s} s")
        time.sleep(POLL_S)


def start_vnc(xserver, *login):
    """Serve a display by x11vnc on a free loopback port; return its address."""
    # x11vnc tries one port after the other and cannot take port 0: parallel tests start apart.
    first = random.SystemRandom().randrange(10000, 30000)
    options = ["-localhost", "-no6", "-shared", "-forever", "-quiet", *(login or ["-nopw"])]
    server = xserver.start("x11vnc", *options, "-autoport", str(first))
    return "127.0.0.1:" + server.wait_line(r"^PORT=(\d+)$", 20.0)[1]


def start_viewer(xserver, address, encoding):
    """Show what is served at (host, port) on all of a screen, every pixel as it is."""
    option = f"-PreferredEncoding={encoding}"
    return xserver.start(*VIEWER, *LOSSLESS, option, f"{address[0]}::{address[1]}")


def start_share(vnc_address, where, pin, *options, **program):
    """Put the TCP service at `vnc_address` behind a code; return (program, code)."""
    through = ["--relay", where, "--relay-pin", pin]
    running = programs.cli("share", "--vnc", vnc_address, *through, *options, **program)
    try:
        return running, running.wait_event("code", 30.0)["code"]
    except BaseException:
        running.stop()
        raise


def start_connect(code, where, pin, *options, **program):
    """Open a code to TCP clients; return (program, the address where it listens)."""
    through = ["--relay", where, "--relay-pin", pin, "--listen", "127.0.0.1:0"]
    running = programs.cli("connect", "-", *through, *options, typed=code + "\n", **program)
    try:
        return running, running.wait_event("listening", 30.0)["addr"]
    except BaseException:
        running.stop()
        raise


class Session(typing.NamedTuple):
    """What session() started: three programs, the code, and where viewers may connect."""

    relay: programs.Program
    share: programs.Program
    connect: programs.Program
    code: str
    address: str


@contextlib.contextmanager
def session(folder, vnc_address, share=(), connect=(), on_line=None):
    """Run the relay, `share --vnc` in front of a VNC server, and `connect --listen` with its code.

    `folder` keeps the relay's key; `share` and `connect` are more options of each program, and
    `on_line(program, text)` is called for every line that one of them prints.
    """
    with contextlib.ExitStack() as stack:
        relay, where, pin = programs.relay(folder, on_line=on_line)
        stack.enter_context(relay)
        sharing, code = start_share(vnc_address, where, pin, *share, on_line=on_line)
        stack.enter_context(sharing)
        viewing, address = start_connect(code, where, pin, *connect, on_line=on_line)
        stack.enter_context(viewing)
        yield Session(relay, sharing, viewing, code, address)
