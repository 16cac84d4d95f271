# SPDX-License-Identifier: GPL-3.0-or-later
"""What the relay's leg carries of a shared screen, looked at from outside: few, large TLS records."""

import contextlib
import pathlib
import struct
import tempfile
import threading

from deskside_test import forwarder, pictures, programs, rfb, session, tap, xserver

WIDTH, HEIGHT = 640, 480
APPLICATION_DATA = 23  # RFC 8446, 5.1
HEADER = struct.Struct(">BHH")
FULL_BYTES = 16384
PICTURES, SMALL = 5, 20
# A link's PINGs and acknowledgements may come between; an update is one write, and one record.
FULL_PART, RECORDS_A_SMALL_ONE = 0.75, 2.0


class Records(forwarder.Forwarder):
    """Forwards connections, and knows the sizes of the TLS records that came from who made them."""

    def __init__(self, to):
        self._lock = threading.Lock()
        self._rest = {}
        self._sizes = []
        super().__init__(to)

    def passes(self, source, data):
        """Cut what goes by into records."""
        with self._lock:
            if source not in (near for near, _ in self._pairs):
                return
            rest = self._rest.get(source, b"") + data
            while len(rest) >= HEADER.size:
                kind, _, size = HEADER.unpack_from(rest)
                if len(rest) < HEADER.size + size:
                    break
                if kind == APPLICATION_DATA:
                    self._sizes.append(size)
                rest = rest[HEADER.size + size :]
            self._rest[source] = rest

    def take(self):
        """Return the sizes since the last call."""
        with self._lock:
            taken, self._sizes = self._sizes, []
        return taken


@contextlib.contextmanager
def meeting(folder, screen):
    """Share the screen with a viewer through the relay; give the records of its leg, and the viewer."""
    with contextlib.ExitStack() as stack:
        relay, address, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        records = stack.enter_context(Records(programs.split_address(address)))
        where = ["--relay", records.address, "--relay-pin", pin, "--direct", "never"]
        share = programs.cli("share", "--display", screen.display, *where, env=screen.env)
        stack.enter_context(share)
        code = share.wait_event("code", 30.0)["code"]
        connect, listens = session.start_connect(code, address, pin, "--direct", "never")
        stack.enter_context(connect)
        yield records, stack.enter_context(rfb.Viewer(programs.split_address(listens)))


def show(screen, picture, x=0, y=0):
    """Put a picture on the screen; return when it is there."""
    screen.show(picture, x, y)
    part = (x, y, picture.width, picture.height)
    session.until(lambda: screen.screenshot().part(*part) == picture, 10.0, "a picture")


def check_large(t, records, screen, viewer, seed):
    """Send whole pictures: the records are as large as they may be."""
    found = []
    viewer.capture()
    records.take()
    for number in range(PICTURES):
        picture = pictures.noise(WIDTH, HEIGHT, seed + number)
        show(screen, picture)
        found += viewer.capture().difference(picture)
    sizes = records.take()
    full = sum(sizes) / len(sizes) / FULL_BYTES
    t.note(f"{len(sizes)} records of {sum(sizes)} bytes for {PICTURES} pictures: {full:.2f} full")
    t.check("the pictures came", found)
    t.check("large updates, large records", tap.unless(full >= FULL_PART, full))


def check_few(t, records, screen, viewer, seed):
    """Change one spot after the other: each is a record, and what else there is to be said."""
    records.take()
    for number in range(SMALL):
        spot = pictures.noise(8, 8, seed + number)
        place = (16 * number, 100)
        screen.show(spot, *place)
        viewer.wait(lambda spot=spot, place=place: viewer.part(*place, 8, 8) == spot)
    sizes = records.take()
    each = len(sizes) / SMALL
    t.note(f"{len(sizes)} records of {sum(sizes)} bytes for {SMALL} spots: {each:.2f} each")
    t.check("small updates, few records", tap.unless(each <= RECORDS_A_SMALL_ONE, each))


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with xserver.XServer(folder, WIDTH, HEIGHT) as screen:
            with meeting(folder, screen) as (records, viewer):
                check_large(t, records, screen, viewer, seed)
                check_few(t, records, screen, viewer, seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
