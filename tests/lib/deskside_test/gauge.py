# SPDX-License-Identifier: GPL-3.0-or-later
"""One end of a TCP connection that is loaded both ways, and tells when the bytes came.

`python3 -m deskside_test.gauge listen [HOST]` prints `READY address` and takes one connection;
`... gauge ADDRESS` makes one. Each end sends without a pause until SIGTERM. When both have ended, each
prints what it received, as one line of JSON: see Report. Processes of their own, since what waits
for the interpreter's lock would be taken for a gap.
"""

import contextlib
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import typing

from . import programs

BLOCK_BYTES = 1_000_003  # a prime: what is lost or repeated cannot look like what was sent
PIECE_BYTES = 65536
GAP_S = 0.003  # shorter ones are not told
BIN_S = 0.1


class Report(typing.NamedTuple):
    """What one end received; times are of CLOCK_MONOTONIC, which all processes share."""

    received_bytes: int
    is_whole: bool  # all of it as it was sent
    gaps: list  # [when it ended, how long it was] in seconds, where nothing came for GAP_S
    bins: dict  # {number of a BIN_S of the clock, as text: bytes in it}

    def longest_gap_s(self, begin, end):
        """Return the longest gap that touches the time from `begin` to `end`."""
        return max((long for at, long in self.gaps if at > begin and at - long < end), default=0.0)

    def rate(self, begin, end):
        """Return the bytes a second from `begin` to `end`, in whole BIN_S."""
        first, last = round(begin / BIN_S), round(end / BIN_S)
        return sum(self.bins.get(str(number), 0) for number in range(first, last)) / (last - first) / BIN_S


class Receiver:
    """Reads to the end, and compares."""

    def __init__(self, block):
        self._twice = memoryview(block + block[:PIECE_BYTES])
        self._count, self._is_whole = 0, True
        self._gaps, self._bins = [], {}

    def run(self, sock):
        """Read until the other end closes its direction, or resets the connection."""
        buffer = memoryview(bytearray(PIECE_BYTES))
        last = None
        with contextlib.suppress(ConnectionError):
            while size := sock.recv_into(buffer):
                now = time.monotonic()
                if last is not None and now - last >= GAP_S:
                    self._gaps.append((now, now - last))
                last = now
                self._take(buffer[:size], now)

    def _take(self, piece, now):
        at = self._count % BLOCK_BYTES
        self._is_whole &= piece == self._twice[at : at + len(piece)]
        self._count += len(piece)
        number = int(now / BIN_S)
        self._bins[number] = self._bins.get(number, 0) + len(piece)

    def report(self):
        """Return the Report."""
        return Report(self._count, self._is_whole, self._gaps, self._bins)


def send(sock, block):
    """Send until SIGTERM, then the end of it."""
    enough = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: enough.set())
    with contextlib.suppress(ConnectionError):
        while not enough.is_set():
            sock.sendall(block)
        sock.shutdown(socket.SHUT_WR)


def open_socket(where, host="127.0.0.1"):
    """Listen or connect, as the command line says."""
    if where != "listen":
        return socket.create_connection(programs.split_address(where), 30.0)
    with socket.create_server((host, 0)) as listener:
        print(f"READY {host}:{listener.getsockname()[1]}", flush=True)
        return listener.accept()[0]


def main():
    block = random.Random(BLOCK_BYTES).randbytes(BLOCK_BYTES)
    sock = open_socket(*sys.argv[1:])
    sock.settimeout(None)
    sender = os.fork()
    if sender == 0:
        send(sock, block)
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(sender, signal.SIGTERM))
    receiver = Receiver(block)
    receiver.run(sock)
    print(json.dumps(receiver.report()._asdict()), flush=True)
    os.waitpid(sender, 0)


def start(where, through=(), host="127.0.0.1"):
    """Start an end on the machine to which the command `through` leads; `where` as above."""
    words = [where, host] if where == "listen" else [where]
    python = [*through, "/usr/bin/python3", "-m", "deskside_test.gauge", *words]
    return programs.Program(python, name="gauge")


def finish(*ends):
    """End the sending of both ends; return their Reports."""
    for end in ends:
        end.process.terminate()
    for end in ends:
        end.wait_exit(60.0)
    return [Report(**json.loads(end.lines[-1])) for end in ends]


if __name__ == "__main__":
    main()
