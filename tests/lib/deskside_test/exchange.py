# SPDX-License-Identifier: GPL-3.0-or-later
"""Random bytes through a session, both ways at once, with a SHA-256 of them at both ends."""

import contextlib
import hashlib
import random
import socket
import threading

from . import programs

PIECE_BYTES = 65536


class Stream:
    """What one side sends and the other receives."""

    def __init__(self, name, seed, size_bytes, pace_s=0.0):
        self.name = name
        self.size_bytes = size_bytes
        self.pace_s = pace_s  # between two pieces
        self._is_enough = threading.Event()
        self.sent_bytes = self.received_bytes = 0
        self._numbers = random.Random(seed)
        self._sent, self._received = hashlib.sha256(), hashlib.sha256()

    def enough(self):
        """Send no more than is under way."""
        self._is_enough.set()

    def send(self, sock):
        """Send all, then the end of it."""
        while self.sent_bytes < self.size_bytes and not self._is_enough.wait(self.pace_s):
            piece = self._numbers.randbytes(min(PIECE_BYTES, self.size_bytes - self.sent_bytes))
            self._sent.update(piece)
            sock.sendall(piece)
            self.sent_bytes += len(piece)
        sock.shutdown(socket.SHUT_WR)

    def receive(self, sock):
        """Receive to the end."""
        while piece := sock.recv(PIECE_BYTES):
            self._received.update(piece)
            self.received_bytes += len(piece)

    def problems(self):
        """Say in words what was lost, repeated or altered."""
        if self._sent.digest() == self._received.digest():
            return []
        sent, received = self._sent.hexdigest(), self._received.hexdigest()
        counts = f"{self.sent_bytes} bytes sent, {self.received_bytes} received"
        return [f"{self.name}: {counts}", f"sent {sent}", f"got  {received}"]


class Exchange:
    """A TCP service, whose `address` is for `share --vnc`, and one client of it.

    Each sends `size_bytes` that the seed gives, one piece after `pace_s` seconds, and closes its
    direction behind them. The service is in the Space `service`, the client in `client`, or here.
    """

    def __init__(self, seed, size_bytes, pace_s=0.0, service=None, client=None):
        self.up = Stream("client to service", f"{seed}-up", size_bytes, pace_s)
        self.down = Stream("service to client", f"{seed}-down", size_bytes, pace_s)
        self._client = client
        with _inside(service):
            self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets = [self._listener]
        self._threads = []
        self._faults = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)  # wakes its threads
            except OSError:
                pass
            sock.close()

    def begin(self, address):
        """Connect the client to what `connect --listen` offers, and begin to send both ways."""
        with _inside(self._client):
            client = socket.create_connection(programs.split_address(address), 10.0)
        client.settimeout(None)
        self._sockets.append(client)
        self._start(self._serve)
        self._start(self.up.send, client)
        self._start(self.down.receive, client)

    def _serve(self):
        service, _ = self._listener.accept()
        self._sockets.append(service)
        self._start(self.down.send, service)
        self.up.receive(service)

    def _start(self, function, *arguments):
        thread = threading.Thread(target=self._guard, args=(function, *arguments), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guard(self, function, *arguments):
        try:
            function(*arguments)
        except OSError as error:
            self._faults.append(f"{function.__qualname__}: {error}")

    def enough(self):
        """End both directions behind what was sent so far."""
        self.up.enough()
        self.down.enough()

    def received_bytes(self):
        """Return how much came in the direction that is behind."""
        return min(self.up.received_bytes, self.down.received_bytes)

    def is_over(self):
        """Say whether both directions have ended, well or not."""
        return len(self._threads) == 4 and not any(one.is_alive() for one in self._threads)

    def problems(self):
        """Say in words what was wrong, once it is over."""
        return self._faults + self.up.problems() + self.down.problems()


def _inside(space):
    return space.entered() if space else contextlib.nullcontext()
