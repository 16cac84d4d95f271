# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of the test's own: nothing in them is seen outside, and all of it ends with the test."""

import contextlib
import ctypes
import ipaddress
import os
import pathlib
import struct
import subprocess
import sys

from . import programs

MARK = "DESKSIDE_TEST_NETNS"
LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp
ESTABLISHED = "01"
CLONE_NEWNET = 0x40000000


def enter():
    """Go on in a network of one's own, with nothing but a loopback; return whether that can be had.

    This starts the program anew. Who is not root becomes it in a name space of users.
    """
    if os.environ.get(MARK):
        ip("link", "set", "lo", "up")
        return True
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        return False
    os.environ[MARK] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def ip(*words, through=()):
    """Call ip(8)."""
    subprocess.run([*through, "ip", *words], check=True, capture_output=True)


class Machine:
    """A machine of its own: a network name space. Use it in a `with`, which ends it."""

    def __init__(self, name):
        script = "ip link set lo up && echo READY && exec sleep infinity"
        self.name = name
        self._holder = programs.Program(["unshare", "--net", "sh", "-c", script], name=name)
        try:
            self._holder.wait_line("READY")
        except BaseException:
            self._holder.stop()
            raise
        self.pid = self._holder.process.pid
        self.through = ["nsenter", "--target", str(self.pid), "--net"]  # runs another command there

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._holder.stop()

    def ip(self, *words):
        """Call ip(8) there."""
        ip(*words, through=self.through)

    def set(self, name, value):
        """Write a setting of its network, as sysctl(8) does."""
        write = f'echo "$1" > /proc/sys/net/{name}'
        command = [*self.through, "sh", "-c", write, "sh", str(value)]
        subprocess.run(command, check=True, capture_output=True)

    @contextlib.contextmanager
    def inside(self):
        """Let this thread open sockets there; they stay there afterwards."""
        names = "/proc/thread-self/ns/net", f"/proc/{self.pid}/ns/net"
        here, there = (os.open(name, os.O_RDONLY | os.O_CLOEXEC) for name in names)
        try:
            _setns(there)
            yield
        finally:
            _setns(here)
            os.close(here)
            os.close(there)

    def connections(self):
        """Return the TCP connections that stand there, as a set of (local, remote)."""
        return {(row[0], row[1]) for row in self._tcp() if row[2] == ESTABLISHED}

    def listening(self):
        """Return the TCP ports there at which somebody listens, as a set."""
        return {programs.split_address(row[0])[1] for row in self._tcp() if row[2] == LISTEN}

    def _tcp(self):
        return _tcp(f"/proc/{self.pid}/net")


def _setns(space):
    if ctypes.CDLL(None, use_errno=True).setns(space, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextlib.contextmanager
def neighbour(here, there):
    """Join another machine to this one by a cable, each with its address in a network of 256.

    Yields the command that runs another one there.
    """
    with Machine("neighbour") as machine:
        ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", str(machine.pid))
        try:
            ip("address", "add", f"{here}/24", "dev", "near")
            ip("link", "set", "near", "up")
            machine.ip("address", "add", f"{there}/24", "dev", "far")
            machine.ip("link", "set", "far", "up")
            yield machine.through
        finally:
            ip("link", "delete", "near")


def listening():
    """Return the TCP ports of this network at which somebody listens, sorted."""
    rows = _tcp("/proc/net")
    return sorted({programs.split_address(row[0])[1] for row in rows if row[2] == LISTEN})


def _tcp(folder):
    """Yield the local and the remote address and the state of each TCP socket of a network."""
    for name in ("tcp", "tcp6"):
        table = pathlib.Path(folder, name).read_text(encoding="ascii")
        for row in table.splitlines()[1:]:
            local, remote, state = row.split()[1:4]
            yield _address(local), _address(remote), state


def _address(text):
    """Write an address of /proc/net/tcp as the programs' events do."""
    host, port = text.split(":")
    count = len(host) // 8
    raw = struct.pack(f"={count}I", *struct.unpack(f">{count}I", bytes.fromhex(host)))
    address = ipaddress.ip_address(raw)
    address = getattr(address, "ipv4_mapped", None) or address
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"{shown}:{int(port, 16)}"
