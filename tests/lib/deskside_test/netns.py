# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of the test's own: nothing in them is seen outside, and all of it ends with the test."""

import contextlib
import ipaddress
import os
import pathlib
import struct
import subprocess
import sys

from . import programs
from .netlab.space import Space

MARK = "DESKSIDE_TEST_NETNS"
LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp
ESTABLISHED = "01"
X_SOCKETS = pathlib.Path("/tmp/.X11-unix")


def enter():
    """Go on in a network of one's own, with nothing but a loopback; return whether that can be had.

    This starts the program anew. Who is not root becomes it in a name space of users.
    """
    if os.environ.get(MARK):
        ip("link", "set", "lo", "up")
        _hide_x_sockets()
        return True
    unshare = ["unshare", "--net", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        return False
    os.environ[MARK] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.orig_argv[1:]])


def _hide_x_sockets():
    """Have a folder of our own for the X servers' sockets.

    Their numbers are free ones of one network: in a folder that several share, one server removes
    the other's socket.
    """
    if not X_SOCKETS.exists():
        X_SOCKETS.mkdir()
        X_SOCKETS.chmod(0o1777)
    tmpfs = ["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", X_SOCKETS]
    subprocess.run(tmpfs, check=True, capture_output=True)


def ip(*words, through=()):
    """Call ip(8)."""
    subprocess.run([*through, "ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def neighbour(here, there):
    """Join another machine to this one by a cable, each with its address in a network of 256.

    Yields the command that runs another one there.
    """
    with contextlib.closing(Space()) as space:
        ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", space.path)
        try:
            ip("address", "add", f"{here}/24", "dev", "near")
            ip("link", "set", "near", "up")
            space.ip([f"address add {there}/24 dev far", "link set far up"])
            yield space.through
        finally:
            ip("link", "delete", "near")


def listening(space=None):
    """Return the TCP ports of a Space, or of this network, at which somebody listens, sorted."""
    rows = _tcp(space)
    return sorted({programs.split_address(row[0])[1] for row in rows if row[2] == LISTEN})


def connections(space):
    """Return the TCP connections that stand in a Space, as a set of (local, remote)."""
    return {(local, remote) for local, remote, state in _tcp(space) if state == ESTABLISHED}


def _tcp(space):
    """Return the local and the remote address and the state of each TCP socket of a network."""
    found = []
    with space.entered() if space else contextlib.nullcontext():
        for name in ("tcp", "tcp6"):
            table = pathlib.Path("/proc/thread-self/net", name).read_text(encoding="ascii")
            rows = (line.split()[1:4] for line in table.splitlines()[1:])
            found += [(_address(local), _address(remote), state) for local, remote, state in rows]
    return found


def _address(text):
    """Write an address of /proc/net/tcp as the programs' events do."""
    host, port = text.split(":")
    count = len(host) // 8
    raw = struct.pack(f"={count}I", *struct.unpack(f">{count}I", bytes.fromhex(host)))
    address = ipaddress.ip_address(raw)
    address = getattr(address, "ipv4_mapped", None) or address
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"{shown}:{int(port, 16)}"
