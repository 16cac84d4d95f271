# SPDX-License-Identifier: GPL-3.0-or-later
"""The VNC servers of an X display that are measured: ours, alone and with its transport, and peers."""

import contextlib
import os
import socket
import subprocess

from deskside_test import programs, session

import measure

X11VNC = ["-localhost", "-no6", "-shared", "-forever", "-quiet", "-nopw"]
# Debian's x0vncserver is a script that starts this one.
X0 = ["-SecurityTypes", "None", "-localhost", "-AlwaysShared"]
START_S = 20.0


class Server:
    """A VNC server that runs: where it listens, and its programs."""

    def __init__(self, address, *running):
        self.address = address
        self._pids = [program.process.pid for program in running]

    def cpu_s(self):
        """Return what its processes, and their children, have used so far."""
        return sum(map(sum, (measure.cpu_s(pid) for pid in tree(*self._pids))))


def tree(*pids):
    """Return these processes and all below them."""
    found = list(pids)
    for pid in found:
        for task in os.listdir(f"/proc/{pid}/task"):
            # A thread that has just ended had no children that live.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                    found += map(int, children.read().split())
    return found


def free_port():
    """Return a port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_port(server, port):
    """Return the address when somebody listens on the port."""

    def listens():
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    session.until(listens, START_S, server)
    return f"127.0.0.1:{port}"


def start_x11vnc(stack, screen, _):
    """Start x11vnc."""
    port = free_port()
    command = ["x11vnc", *X11VNC, "-rfbport", str(port)]
    program = stack.enter_context(programs.Program(command, env=screen.env))
    program.wait_line(r"^PORT=", START_S)
    return Server(f"127.0.0.1:{port}", program)


def start_x0vncserver(stack, screen, _):
    """Start TigerVNC's server of a display that is there."""
    port = free_port()
    command = ["X0tigervnc", "-display", screen.display, "-rfbport", str(port), *X0]
    program = stack.enter_context(programs.Program(command, env=screen.env))
    return Server(wait_port("X0tigervnc", port), program)


def start_deskside(stack, screen, _):
    """Start our sharer alone."""
    command = [os.environ["DESKSIDE_CLI"], "share", "--display", screen.display]
    command += ["--local", "127.0.0.1:0", "--allow", "control", "--json"]
    program = stack.enter_context(programs.Program(command, env=screen.env))
    return Server(program.wait_event("listening", START_S)["addr"], program)


def start_session(stack, screen, link, *options):
    """Start a relay and both ends of a session; a link lies half on each leg."""
    relay, address, pin = programs.relay(screen.folder / "relay")
    stack.enter_context(relay)
    legs = [address, address]
    if link is not None:
        legs = [link.start(stack, address, 0.5), link.start(stack, address, 0.5)]
    through = ["--relay-pin", pin, *options, "--relay"]
    sharing = ["--display", screen.display, "--allow", "control", *through, legs[0]]
    share = stack.enter_context(programs.cli("share", *sharing, env=screen.env))
    code = share.wait_event("code", START_S)["code"]
    connect, listens = session.start_connect(code, legs[1], pin, *options)
    stack.enter_context(connect)
    if "never" not in options:
        for program in (share, connect):
            program.wait_event("path", START_S, path="direct")
    return Server(listens, share, relay, connect)


def start_relayed(stack, screen, link):
    """Start a whole session that stays on the relay."""
    return start_session(stack, screen, link, "--direct", "never")


def start_direct(stack, screen, link):
    """Start a whole session, and wait until it is on a direct path."""
    return start_session(stack, screen, link, "--direct", "auto")


PEERS = {"x11vnc": start_x11vnc, "x0vncserver": start_x0vncserver}
ALONE = {"deskside": start_deskside}
WHOLE = {"relayed": start_relayed, "direct": start_direct}


def describe():
    """Print all versions and options."""
    version = subprocess.run(["X0tigervnc", "-version"], capture_output=True, text=True, check=False)
    words = (version.stderr + version.stdout).split("\n")
    tiger = next((line for line in words if "TigerVNC" in line), "X0tigervnc")
    measure.describe("x11vnc", measure.version("x11vnc", "-version"), " ".join(X11VNC))
    measure.describe("x0vncserver", tiger, " ".join(X0), "with ContinuousUpdates and Fence")
    measure.describe("deskside", measure.version(os.environ["DESKSIDE_CLI"], "--version"))
    measure.describe("client", "libvncclient: tight zrle copyrect, JPEG quality 6, compression 1")
