# SPDX-License-Identifier: GPL-3.0-or-later
"""Viewers that misbehave: each is dropped with one sentence, and the others never notice."""

import contextlib
import pathlib
import socket
import struct
import tempfile
import threading
import time

from deskside_test import pictures, programs, rfb, session, tap, xserver

WIDTH, HEIGHT = 640, 480
HANDSHAKE = b"RFB 003.008\n\1\1"
TRUE_COLOUR = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
# Of the whole screen, with these lists of encodings for each: more than a viewer is allowed.
FLOOD_LISTS, FLOOD_PICTURES, FLOOD_AT_ONCE, FLOOD_A_SECOND = 4, 24, 13, 4
FLOOD_S, FLOOD_PAUSE_S = 30.0, 0.1  # the honest viewer has an allowance, too
REQUEST = struct.Struct(">BBHHHH")

# What a viewer sends, and what is said about it; None: it is no worse than slow.
ROWS = (
    ("garbage", b"\xde\xad\xbe\xef" * 1000, "does not speak RFB 3.8"),
    ("a web browser", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "does not speak RFB 3.8"),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), "does not speak RFB 3.8"),
    ("RFB 3.3", b"RFB 003.003\n", "does not speak RFB 3.8"),
    ("a login that was not offered", b"RFB 003.008\n\2", "was not offered"),
    ("garbage after the handshake", HANDSHAKE + b"\xde\xad\xbe\xef" * 1000, "not served"),
    ("65535 encodings", HANDSHAKE + b"\2\0\xff\xff" + bytes(400000), "encodings that is too long"),
    ("a clipboard of 2 GB", HANDSHAKE + b"\6\0\0\0\x7f\xff\xff\xff" + bytes(100000), "too long"),
    ("an extended clipboard", HANDSHAKE + b"\6\0\0\0\xff\xff\xff\xf0" + bytes(16), "too long"),
    ("a shift of 255", HANDSHAKE + b"\0\0\0\0" + TRUE_COLOUR[:10] + b"\xff\xff\xff\0\0\0", "format"),
    ("a colour map", HANDSHAKE + b"\0\0\0\0\x08\x08\0\0" + TRUE_COLOUR[4:], "format"),
    ("SetScale", HANDSHAKE + b"\x08\2\0\0", "not served"),
    ("file transfer", HANDSHAKE + b"\7\1\0\0\0\0\0\0\0\0\0\0", "not served"),
    ("a new desktop size", HANDSHAKE + b"\xfb\0\1\0\1\0\1\0" + bytes(16), "not served"),
)


def raw(address, data):
    """Send bytes without reading; return the connection, whose other side may be gone already."""
    connection = socket.create_connection(address, 10.0)
    with contextlib.suppress(ConnectionError):
        connection.sendall(data)
    return connection


def is_closed(connection):
    """Read to the end; say whether one came."""
    connection.settimeout(10.0)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@contextlib.contextmanager
def serving(screen):
    """Serve the screen; give the program, its address, and an honest viewer."""
    options = ["--display", screen.display, "--local", "127.0.0.1:0", "--allow", "control"]
    with programs.cli("share", *options, env=screen.env) as local:
        address = programs.split_address(local.wait_event("listening")["addr"])
        with rfb.Viewer(address) as viewer:
            yield local, address, viewer


def check_row(t, screen, row):
    """Send a row beside an honest viewer."""
    name, data, words = row
    with serving(screen) as (local, address, viewer):
        with raw(address, data) as connection:
            trouble = local.wait_event("trouble")
            found = [] if words in trouble["detail"] else [trouble]
            found += [] if is_closed(connection) else ["not closed"]
        found += viewer.capture().difference(screen.screenshot())
        t.check(f"{name}: dropped with a sentence", found)


def check_requests(t, address, viewer, screen):
    """Ask 10,000 times for one pixel each, and draw: nothing is overrun, and the others go on."""
    many = b"".join(REQUEST.pack(3, 1, i % WIDTH, i // WIDTH, 1, 1) for i in range(10000))
    encodings = struct.pack(">BxHiii", 2, 3, 1, 7, -239)  # CopyRect, Tight, cursor
    with raw(address, HANDSHAKE + encodings + many):
        picture = pictures.noise(300, 200, 7)
        screen.show(picture, 20, 20)
        session.until(
            lambda: screen.screenshot().part(20, 20, 300, 200) == picture, 10.0, "the picture"
        )
        t.check("10,000 requests of one pixel", viewer.capture().difference(screen.screenshot()))


class Flood:
    """A viewer that wants its encodings and the whole picture anew, as fast as it gets them."""

    def __init__(self, address):
        self.pictures, self.is_over = 0, False
        self._thread = threading.Thread(target=self._run, args=(address,))
        self._thread.start()

    def _run(self, address):
        with rfb.Viewer(address, encodings=()) as viewer:
            while not self.is_over:
                for _ in range(FLOOD_LISTS):
                    viewer.set_encodings(rfb.RAW)
                viewer.capture()
                self.pictures += 1

    def stop(self):
        """End it."""
        self.is_over = True
        self._thread.join()


def check_flood(t, address, viewer, screen):
    """Ask for picture after picture: there are so many a second, and the others never notice."""
    begun, found, flood = time.monotonic(), [], Flood(address)
    while flood.pictures < FLOOD_PICTURES and time.monotonic() - begun < FLOOD_S:
        found += viewer.capture().difference(screen.screenshot())
        time.sleep(FLOOD_PAUSE_S)
    flood.stop()
    most = FLOOD_AT_ONCE + FLOOD_A_SECOND * (time.monotonic() - begun)
    t.check("beside one that wants picture after picture", found)
    t.equal("which it gets, one by one", flood.pictures >= FLOOD_PICTURES, True)
    t.check("in the end", [] if flood.pictures <= most else [f"{flood.pictures} > {most}"])


@contextlib.contextmanager
def pressing(address):
    """Have a viewer press keys and move the pointer without end, and take what it is sent for it."""
    # Of a screen that it never stops to ask for, so that it is always the first to be served.
    keys = b"".join(struct.pack(">BBxxI", 4, down, 0xFFE1) for down in (1, 0))
    round_of = REQUEST.pack(3, 1, 0, 0, WIDTH, HEIGHT) + (keys + struct.pack(">BBHH", 5, 0, 9, 9)) * 20
    is_over = threading.Event()

    def write(connection):
        with contextlib.suppress(OSError):
            while not is_over.is_set():
                connection.sendall(round_of)

    def read(connection):
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass

    with raw(address, HANDSHAKE + struct.pack(">BxHiii", 2, 3, 7, -26, -239)) as connection:
        threads = [threading.Thread(target=each, args=(connection,)) for each in (write, read)]
        for thread in threads:
            thread.start()
        yield
        is_over.set()
        connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def check_keys(t, address, viewer, screen):
    """Press keys faster than anybody can: the others are sent what changes all the same."""
    with pressing(address):
        for number in range(5):
            picture = pictures.noise(WIDTH, HEIGHT, 40 + number)
            screen.show(picture)
            viewer.wait(lambda picture=picture: viewer.part(0, 0, WIDTH, HEIGHT) == picture)
            t.check(f"beside one that presses keys without end: picture {number + 1}", [])


def check_stalled(t, address, viewer, screen):
    """Never read: the one who does not read waits, the others see what happens."""
    with raw(address, HANDSHAKE + struct.pack(">BxHi", 2, 1, 0) + REQUEST.pack(3, 1, 0, 0, 999, 999)):
        for number in range(3):
            picture = pictures.noise(WIDTH, HEIGHT, 20 + number)
            screen.show(picture)
            session.until(lambda: screen.screenshot() == picture, 10.0, "the picture")
            begun = time.monotonic()
            found = viewer.capture().difference(picture)
            took = time.monotonic() - begun
            found += [] if took < 2.0 else [f"{took} s"]
            t.check("beside one that never reads", found)


def check_half(t, address, viewer, screen):
    """Stop in the middle of a message: nobody waits for the rest."""
    halves = (b"RFB 0", HANDSHAKE + b"\2\0\0\x10\0\0", HANDSHAKE + b"\6\0\0\0\0\0\x10\0abc")
    with contextlib.ExitStack() as stack:
        for half in halves:
            stack.enter_context(raw(address, half))
        found = viewer.capture().difference(screen.screenshot())
        t.check("beside three that stop in mid-message", found)


def check_too_many(t, address, viewer, screen):
    """Come eight times: there is room for so many, and no more."""
    with contextlib.ExitStack() as stack:
        more = [stack.enter_context(raw(address, b"")) for _ in range(10)]
        # Seven beside the first one are greeted, the others turned away.
        greeted = 0
        for connection in more:
            connection.settimeout(10.0)
            with contextlib.suppress(ConnectionError):
                greeted += connection.recv(12) == b"RFB 003.008\n"
        t.equal("seven more are let in", greeted, 7)
        t.check("the first one goes on", viewer.capture().difference(screen.screenshot()))


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        screen = xserver.XServer(pathlib.Path(name), WIDTH, HEIGHT)
        stack.enter_context(screen)
        picture = pictures.noise(WIDTH, HEIGHT, session.seed())
        screen.show(picture)
        session.until(lambda: screen.screenshot() == picture, 10.0, "the picture")
        for row in ROWS:
            check_row(t, screen, row)
        with serving(screen) as (local, address, viewer):
            check_requests(t, address, viewer, screen)
            check_half(t, address, viewer, screen)
            check_flood(t, address, viewer, screen)
            check_keys(t, address, viewer, screen)
            check_stalled(t, address, viewer, screen)
            t.equal("share ends well", local.stop(), 0)
            t.equal("and has nothing to complain about", local.stderr(), "")
        # A sharer of its own: those who just left the first one may not be forgotten there yet.
        with serving(screen) as (_, address, viewer):
            check_too_many(t, address, viewer, screen)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
