# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of the test's own: nothing in them is seen outside, and all of it ends with the test."""

import contextlib
import os
import subprocess
import sys

from . import programs

MARK = "DESKSIDE_TEST_NETNS"
LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp


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


@contextlib.contextmanager
def neighbour(here, there):
    """Join another machine to this one by a cable, each with its address in a network of 256.

    Yields the command that runs another one there.
    """
    script = "ip link set lo up && echo READY && exec sleep infinity"
    with programs.Program(["unshare", "--net", "sh", "-c", script], name="neighbour") as machine:
        machine.wait_line("READY")
        pid = str(machine.process.pid)
        through = ["nsenter", "--target", pid, "--net"]
        ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", pid)
        try:
            ip("address", "add", f"{here}/24", "dev", "near")
            ip("link", "set", "near", "up")
            ip("address", "add", f"{there}/24", "dev", "far", through=through)
            ip("link", "set", "far", "up", through=through)
            yield through
        finally:
            ip("link", "delete", "near")


def listening():
    """Return the TCP ports of this network at which somebody listens, sorted."""
    ports = set()
    for name in ("tcp", "tcp6"):
        with open(f"/proc/net/{name}", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        ports |= {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTEN}
    return sorted(ports)
