# SPDX-License-Identifier: GPL-3.0-or-later
"""Viewers whose hands are too fast, or who choose anew without an end: all arrives, nobody waits."""

import contextlib
import pathlib
import random
import re
import socket
import struct
import tempfile
import threading
import time

from deskside_test import keyboard, pictures, programs, rfb, session, tap, xserver
from deskside_test.hands_on import run
from deskside_test.local import Local
from deskside_test.watcher import Watcher

WIDTH, HEIGHT = 640, 480
KEYS, MOVES, CHOICES = 1000, 30000, 200
KEY, POINTER = struct.Struct(">BBxxI"), struct.Struct(">BBHH")
HANDSHAKE = b"RFB 003.008\n\1\1"
FORMATS = (rfb.PIXEL_FORMAT, struct.pack(">BBBBHHHBBBxxx", 16, 16, 1, 1, 31, 63, 31, 11, 5, 0))
REQUEST = struct.pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT)
PATIENCE_S, LOOK_S = 30.0, 10.0


def letters(watcher, kind):
    """Return what the keys of all events of a kind stand for."""
    found = [re.search(r"keysym 0x(\w+), \w+\)", event) for event in watcher.events(kind)]
    return "".join(chr(int(match[1], 16)) for match in found if match)


def difference(found, wanted):
    """Say where two texts part; no problem where they do not."""
    if found == wanted:
        return []
    at = next((i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), None)
    return [f"{len(found)} of {len(wanted)}, parts at {at}"]


def check_keys(t, stack, screen):
    """A thousand keys in one write: each arrives, in its place, and none stays down."""
    local, watcher = Local(stack, screen, "control"), Watcher(screen, f"{WIDTH}x{HEIGHT}+0+0")
    numbers = random.Random(session.seed())
    text = "".join(numbers.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(KEYS))
    storm = b"".join(KEY.pack(4, down, ord(letter)) for letter in text for down in (1, 0))
    with raw(local.address, HANDSHAKE + POINTER.pack(5, 0, 100, 100) + storm):
        with contextlib.suppress(programs.Failure):  # what is missing is told below
            session.until(lambda: len(letters(watcher, "KeyRelease")) >= KEYS, PATIENCE_S, "keys")
        t.check("a thousand keys go down in order", difference(letters(watcher, "KeyPress"), text))
        t.check("and up", difference(letters(watcher, "KeyRelease"), text))
        t.equal("none is stuck", keyboard.held(screen), ([], 0))
    t.equal("share ends well", (local.program.stop(), local.program.stderr()), (0, ""))
    watcher.program.stop()


def raw(address, data):
    """Send bytes without reading; return the connection."""
    connection = socket.create_connection(address, PATIENCE_S)
    threading.Thread(target=drain, args=(connection,), daemon=True).start()
    connection.sendall(data)
    return connection


def drain(connection):
    """Read to the end."""
    with contextlib.suppress(OSError):
        while connection.recv(1 << 20):
            pass


def look(viewer, screen):
    """Have the honest viewer look at the screen; return the problems."""
    begun = time.monotonic()
    found = viewer.capture().difference(screen.screenshot())
    took = time.monotonic() - begun
    return found + ([] if took < LOOK_S else [f"{took} s"])


def check_moves(t, stack, screen):
    """Far more moves than anybody makes: the last one counts, and the other viewer sees it all."""
    local = Local(stack, screen, "control")
    place = lambda n: (n % (WIDTH - 1), n % (HEIGHT - 1))
    moves = b"".join(POINTER.pack(5, 0, *place(n)) for n in range(MOVES)) + POINTER.pack(5, 0, 77, 66)
    with raw(local.address, HANDSHAKE + moves):
        found = look(local.viewer, screen)
        with contextlib.suppress(programs.Failure):
            session.until(lambda: pointer(screen) == "77 66", PATIENCE_S, "the last move")
        t.equal("the pointer is where it was put last", pointer(screen), "77 66")
        t.check("beside a viewer that moves it 30,000 times", found + look(local.viewer, screen))
    t.equal("share ends well", (local.program.stop(), local.program.stderr()), (0, ""))


def pointer(screen):
    """Return "x y" of the pointer."""
    found = run(screen, "xdotool", "getmouselocation")
    return " ".join(re.findall(r"[xy]:(\d+)", found))


def check_choices(t, stack, screen):
    """Another pixel format, other encodings and the whole picture anew, again and again."""
    local = Local(stack, screen, "view")
    lists = [struct.pack(">BxHii", 2, 2, first, -239) for first in (7, 16, 6, 5, 0)]
    storm = b"".join(
        b"\0\0\0\0" + FORMATS[n % 2] + lists[n % len(lists)] + REQUEST for n in range(CHOICES)
    )
    with raw(local.address, HANDSHAKE + storm):
        for number in range(3):
            picture = pictures.noise(200, 100, number)
            screen.show(picture, 20, 20)
            same = lambda: screen.screenshot().part(20, 20, 200, 100) == picture
            session.until(same, PATIENCE_S, "the picture")
            t.check("beside a viewer that chooses anew all the time", look(local.viewer, screen))
    t.equal("share ends well", (local.program.stop(), local.program.stderr()), (0, ""))


def main():
    t = tap.Tap()
    for check in (check_keys, check_moves, check_choices):
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            screen = stack.enter_context(xserver.XServer(pathlib.Path(name), WIDTH, HEIGHT))
            check(t, stack, screen)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
