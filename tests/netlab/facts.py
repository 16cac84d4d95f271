# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab claims of itself, measured from outside by plain sockets."""

import errno
import socket
import time

from deskside_test import tap
from deskside_test.netlab import Lab, entry

RTT_MS = 40.0
SLACK_MS = 15.0
LATE_MS = 100.0
WAIT_S = 5.0
MTU, HEADERS = 1400, 28  # of kinds/black-hole.kind; of IPv4 and UDP
TRIES = 5  # a busy machine makes some slow, and none quick


def connect_ms(host, target):
    """Connect from a host several times; return how long the quickest took."""
    times = []
    for _ in range(TRIES):
        with host.socket() as client:
            client.settimeout(WAIT_S)
            begin = time.monotonic()
            client.connect(target)
            times.append((time.monotonic() - begin) * 1000)
    return min(times)


def check_time(t, name, took_ms, wanted_ms):
    """Print a point for a time: it is never too short, and not much too long."""
    near = wanted_ms <= took_ms < wanted_ms + SLACK_MS
    t.check(name, tap.unless(near, took_ms, "wanted", wanted_ms))


def check_carries(t, lab, kind):
    """Talk from behind a router of a kind: bytes, time, and what the log says of both."""
    server = lab.hosts["S"]
    router = lab.router(f"R{kind}", kind, line={"delay_ms": RTT_MS / 2})
    host = lab.host(f"H{kind}", behind=router)
    with server.socket() as listener:
        listener.bind((server.address, 0))
        listener.listen()
        client = host.socket()
        client.settimeout(WAIT_S)
        client.connect(listener.getsockname())
        theirs, seen = listener.accept()
        with client, theirs:
            client.sendall(b"there")
            theirs.recv(5, socket.MSG_WAITALL)
            theirs.sendall(b"and back")
            client.recv(8, socket.MSG_WAITALL)
            t.equal(f"{kind}: the outside address", seen[0], router.address)
            flows = lab.direct_flows(host, server)
            payload = [flow.payload for flow in flows]
            t.equal(f"{kind}: the log counts the bytes", payload, [[5, 8]])


def check_delay(t, lab, kind):
    """Hold back one way between two addresses: it alone is longer, and for nobody else."""
    server, host = lab.hosts["S"], lab.hosts[f"H{kind}"]
    outside = host.behind.address
    with server.socket() as listener:
        listener.bind((server.address, 0))
        listener.listen()
        target = listener.getsockname()
        for one, other in ((outside, server.address), (server.address, outside)):
            lab.delay(one, other, LATE_MS)
            took_ms = connect_ms(host, target)
            lab.delay(one, other, 0)
            check_time(t, f"{kind}: from {one} to {other} is late", took_ms, RTT_MS + LATE_MS)
        check_time(t, f"{kind}: a round trip", connect_ms(host, target), RTT_MS)


def hop_error(host, address, port, hops):
    """Connect with so many hops to live; return the error's name, "" for none."""
    with host.socket() as client:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
        client.settimeout(WAIT_S)
        try:
            client.connect((address, port))
        except OSError as error:
            return errno.errorcode.get(error.errno, "timeout")
    return ""


def check_hops(t, lab, kind):
    """Whoever uses up a packet's hops says so, through routers too."""
    server, host = lab.hosts["S"], lab.hosts[f"H{kind}"]
    with server.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        port = listener.getsockname()[1]
        errors = [hop_error(host, server.address, port, hops) for hops in (1, 2, 3)]
        t.equal(f"{kind}: hops", errors, ["EHOSTUNREACH", "EHOSTUNREACH", ""])


def check_long(t, lab):
    """What is longer than a black hole takes is lost both ways, and nobody says so."""
    server = lab.hosts["S"]
    host = lab.host("Hlong", behind=lab.router("Rlong", "black-hole"))
    with server.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind((server.address, 0))
        far.settimeout(WAIT_S)
        with host.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
            near.settimeout(WAIT_S)
            near.connect(far.getsockname())
            sizes = MTU + 1 - HEADERS, MTU - HEADERS
            for size in sizes:
                near.send(bytes(size))
            got, end = far.recvfrom(2048)
            for size in sizes:
                far.sendto(bytes(size), end)
            t.equal("black-hole: what comes through", (len(got), len(near.recv(2048))), sizes[1:] * 2)
    lost = [packet.payload for packet in lab.packets() if packet.verdict == "too-long"]
    t.equal("black-hole: what the log says", lost, [sizes[0]] * 2)


def test(t, folder, seed):
    with Lab(folder, seed) as lab:
        lab.host("S")
        for kind in ("port-restricted", "linux"):
            check_carries(t, lab, kind)
            check_delay(t, lab, kind)
            check_hops(t, lab, kind)
        check_long(t, lab)


if __name__ == "__main__":
    entry.main(test)
