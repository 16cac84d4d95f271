# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile bytes at both ends of the window: one sentence, and the window goes on."""

import contextlib
import os
import pathlib
import signal
import socket
import struct
import tempfile

from deskside_test import person, pictures, programs, rfb, service, session, tap

WAIT_S = 20.0
DROPPED = "warning: share: The viewer does not speak RFB 3.8.\n"
KILLED = "warning: child: the decoder was ended by signal 31 (Bad system call)\n"
GREETING = b"RFB 003.008\n"
NO_LOGIN = GREETING + b"\1\1" + struct.pack(">I", 0)
FORMAT = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
NAME = struct.pack(">I", 4) + b"desk"
OPEN = NO_LOGIN + struct.pack(">HH", 64, 48) + FORMAT + NAME
RAW_RECT = struct.Struct(">BxHHHHHi")
BLACK = RAW_RECT.pack(0, 1, 0, 0, 64, 48, 0) + bytes(64 * 48 * 4)

SIZES = b"".join(RAW_RECT.pack(0, 1, 0, 0, 60 + n % 8, 48, -223) for n in range(300))

# What stands in a desktop's place, and how the sentence about it begins.
SERVERS = (
    ("no VNC server", b"HTTP/1.1 400 Bad Request\r\n\r\n", "What the other side shares could not be"),
    ("one that closes at once", b"", "The shared desktop closed its connection"),
    ("one that refuses", GREETING + b"\0" + struct.pack(">I", 4) + b"<b>x", "The shared VNC server ref"),
    ("an unknown login", GREETING + b"\1\x69", "The shared VNC server wants a kind of login"),
    ("a password", GREETING + b"\1\2" + bytes(16), "The shared VNC server asks for a password"),
    (
        "a desktop of 65535 x 65535",
        NO_LOGIN + b"\xff\xff\xff\xff" + FORMAT + NAME,
        "The shared desktop is empty or too large",
    ),
    ("garbage in place of the picture", OPEN + b"\xde\xad\xbe\xef" * 1000, "What the other side shares"),
    (
        "a rectangle outside of the picture",
        OPEN + RAW_RECT.pack(0, 1, 60, 40, 64, 48, 0) + bytes(64 * 48 * 4),
        "What the other side shares",
    ),
    ("garbage behind the picture", OPEN + BLACK + b"\xde\xad\xbe\xef" * 1000, "What the other side"),
    ("a new size again and again", OPEN + BLACK + SIZES, "The shared desktop kept this computer too"),
)


class Server(service.Service):
    """Says the same to everybody who connects, and ends the stream once they have nothing to add."""

    def __init__(self, data):
        self._data = data
        super().__init__()

    def talk(self, connection):
        """Say it."""
        connection.sendall(self._data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def share(stack, through, *options, **program):
    """Start `share`; return it and its code."""
    running = stack.enter_context(programs.cli("share", *through, *options, **program))
    return running, running.wait_event("code")["code"]


def enter(helper, code):
    """Type the code into the window's page for it."""
    helper.press("Help Someone")
    helper.type_into("Code or link", code)


def check_server(t, helper, through, row):
    """Put a hostile server in the desktop's place; look at the helper's window."""
    name, data, words = row
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(data))
        _, code = share(stack, through, "--vnc", server.address)
        enter(helper, code)
        helper.see(f"^{words}")
        t.equal(f"{name}: one sentence in a window that stays", helper.app.process.poll(), None)
        is_lost = "The Picture Was Lost" in helper.everything()
        helper.press("Disconnect" if is_lost else "Back")
        helper.see("^Help Someone$")


def decoders(pid):
    """Return the decoder children of a program."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text(encoding="ascii").split()
    return [
        int(child)
        for child in found
        if b"--decoder" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
    ]


def kill_decoder(helper, how):
    """End what reads the picture by a signal; wait until the window says so."""
    (child,) = decoders(helper.app.process.pid)
    os.kill(child, how)
    helper.see("^The Picture Was Lost$")
    helper.see("^The part of Deskside that reads the picture crashed")


def check_decoder_ends(t, helper, through, screen):
    """Kill what reads the picture, in the middle of it: it comes back, and the session stands."""
    with contextlib.ExitStack() as stack:
        sharer, code = share(stack, through, "--display", screen.display, env=screen.env)
        enter(helper, code)
        helper.see("^The other screen$")
        for how in (signal.SIGKILL, signal.SIGSYS):
            kill_decoder(helper, how)
            t.equal(f"{how.name}: it is off the process table", decoders(helper.app.process.pid), [])
            helper.press("Try Again")
            helper.see("^The other screen$")
            t.equal(f"{how.name}: the next one", len(decoders(helper.app.process.pid)), 1)
        kill_decoder(helper, signal.SIGKILL)
        ended = [line for line in sharer.lines if '"closed"' in line]
        t.equal("the other side's session stands", (ended, sharer.stderr()), ([], ""))
        helper.key("Escape")  # does not mean to end it
        helper.press("Disconnect")
        helper.see("^Help Someone$")
        t.equal("until it is left", sharer.wait_event("closed", WAIT_S)["reason"], "peer-stopped")


def check_viewer(t, helpee, through):
    """A helper's program sends the desktop nonsense in place of RFB."""
    helpee.press("Share My Screen")
    (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
    with programs.cli("connect", code, *through, "--listen", "127.0.0.1:0") as connect:
        helpee.press("Let Them Look")
        address = programs.split_address(connect.wait_event("listening", WAIT_S)["addr"])
        helpee.see("^Stop$")
        with socket.create_connection(address, WAIT_S) as connection:
            connection.sendall(b"\xde\xad\xbe\xef" * 1000)
            connection.settimeout(WAIT_S)
            with contextlib.suppress(ConnectionError):
                while connection.recv(65536):
                    pass
        t.equal("the bar is still there", bool(helpee.see("^Stop$")), True)
        with rfb.Viewer(address) as viewer:
            picture = pictures.noise(200, 150, 1)
            helpee.screen.show(picture, 0, 600)
            session.until(
                lambda: viewer.capture().part(0, 600, 200, 150) == picture, WAIT_S, "the picture"
            )
        t.equal("and an honest viewer is served", bool(helpee.see("^Stop$")), True)
        helpee.press("Stop")
        t.equal("the session ends well", connect.wait_event("closed")["reason"], "peer-stopped")


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        through = ["--relay", where, "--relay-pin", pin]
        helper = stack.enter_context(person.Person(folder / "helper", *through))
        helpee = stack.enter_context(person.Person(folder / "helpee", *through))
        for row in SERVERS:
            check_server(t, helper, through, row)
        check_decoder_ends(t, helper, through, helpee.screen)
        check_viewer(t, helpee, through)
        for who, words in ((helper, KILLED), (helpee, DROPPED)):
            who.app.process.terminate()
            t.equal("the program ends well", who.app.wait_exit(WAIT_S), 0)
            t.equal("and its log says what was wrong", who.app.stderr(), words)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
