# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP service on loopback, in threads of its own."""

import contextlib
import socket
import threading


class Service:
    """Calls talk(connection), which a subclass has, for whoever comes; use it in a `with`."""

    def __init__(self):
        """Listen at a port of this service's own: `address`."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # else it is listened on while it is waited for
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(EOFError, OSError):
            self.talk(connection)

    def talk(self, connection):
        """Serve a connection, which is closed behind it; EOFError and OSError are an end, too."""
        raise NotImplementedError
