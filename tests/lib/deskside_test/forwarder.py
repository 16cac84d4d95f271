# SPDX-License-Identifier: GPL-3.0-or-later
"""A forwarder of TCP connections, which can lose one so that only one end notices."""

import contextlib
import socket
import threading


class Forwarder:
    """Listens on loopback and passes each connection on to a (host, port). Use it in a `with`."""

    def __init__(self, to):
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs = []
        self._stranded = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self._listener, *(end for pair in self._pairs for end in pair)):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    @property
    def address(self):
        """Where it listens, as text."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def strand(self):
        """End all connections for those who made them; the far ends hear nothing, and stay open."""
        for near, far in list(self._pairs):
            self._stranded.add(far)
            with contextlib.suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)

    def passes(self, source, data):
        """Look at bytes that came from a socket, and are about to be passed on; any thread."""

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to, 10)
                far.settimeout(None)
                self._pairs.append((near, far))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.passes(source, data)
                sink.sendall(data)
            if sink not in self._stranded:
                sink.shutdown(socket.SHUT_WR)
