# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces that are held by a descriptor alone: they end with who holds it."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading

from .. import programs

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class Space:
    """A network namespace with a loopback that is up."""

    def __init__(self):
        self.fd = -1
        thread = threading.Thread(target=self._make)
        thread.start()
        thread.join()
        if self.fd < 0:
            raise self._error
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self.through = ["nsenter", f"--net={self.path}"]  # runs another command there
        self.ip(["link set lo up"])

    def _make(self):
        """Make it on a thread of its own, which is in it until it ends."""
        try:
            _call(LIBC.unshare, CLONE_NEWNET)
            self.fd = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        except OSError as error:
            self._error = error

    def close(self):
        """Let it go. It ends when the programs and sockets in it have."""
        os.close(self.fd)

    @contextlib.contextmanager
    def entered(self):
        """Make sockets here, and read its /proc/sys/net: on this thread, until the `with` ends."""
        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        try:
            _call(LIBC.setns, self.fd, CLONE_NEWNET)
            try:
                yield self
            finally:
                _call(LIBC.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    def socket(self, *arguments):
        """Return a socket of this network."""
        with self.entered():
            return socket.socket(*arguments)

    def set(self, name, value):
        """Set "ipv4.ip_forward" and the like, for this network."""
        with self.entered():
            path = "/proc/sys/net/" + name.replace(".", "/")
            with open(path, "w", encoding="ascii") as setting:
                setting.write(str(value))

    def feed(self, command, text):
        """Run a command here that reads `text`, and return its words; if it fails, raise Failure."""
        run = subprocess.run(
            [*self.through, *command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        if run.returncode != 0:
            raise programs.Failure(f"{' '.join(command)}: {run.stdout}\n{text}")
        return run.stdout

    def ip(self, lines):
        """Do what these lines tell ip(8)."""
        self.feed(["ip", "-batch", "-"], "\n".join(lines) + "\n")
