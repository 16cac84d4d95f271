# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab claims of itself, measured from outside by plain sockets."""

import socket
import time

from deskside_test import tap
from deskside_test.netlab import Lab, entry

RTT_MS = 40.0
SLACK_MS = 15.0
LATE_MS = 100.0


def connect_ms(host, address, port):
    """Connect from a host; return the socket and how long that took."""
    client = host.socket()
    client.settimeout(10)
    begin = time.monotonic()
    client.connect((address, port))
    return client, (time.monotonic() - begin) * 1000


def check_carries(t, lab, kind):
    """Talk from behind a router of a kind: bytes, time, and what the log says of both."""
    server = lab.hosts["S"]
    router = lab.router(f"R{kind}", kind, line={"delay_ms": RTT_MS / 2})
    host = lab.host(f"H{kind}", behind=router)
    with server.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        client, took_ms = connect_ms(host, server.address, listener.getsockname()[1])
        theirs, seen = listener.accept()
        with client, theirs:
            client.sendall(b"there")
            theirs.recv(5, socket.MSG_WAITALL)
            theirs.sendall(b"and back")
            client.recv(8, socket.MSG_WAITALL)
            t.equal(f"{kind}: the outside address", seen[0], router.address)
            near = RTT_MS <= took_ms < RTT_MS + SLACK_MS
            t.check(f"{kind}: connect() takes a round trip", tap.unless(near, took_ms))
            flows = lab.direct_flows(host, server)
            payload = [flow.payload for flow in flows]
            t.equal(f"{kind}: the log counts the bytes", payload, [[5, 8]])


def check_delay(t, lab, kind):
    """Hold back one way between two addresses: it alone is longer, and for nobody else."""
    server, host = lab.hosts["S"], lab.hosts[f"H{kind}"]
    outside = host.behind.address
    with server.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        port = listener.getsockname()[1]
        for one, other in ((outside, server.address), (server.address, outside)):
            lab.delay(one, other, LATE_MS)
            client, took_ms = connect_ms(host, server.address, port)
            client.close()
            lab.delay(one, other, 0)
            late = RTT_MS + LATE_MS <= took_ms < RTT_MS + 2 * LATE_MS
            t.check(f"{kind}: from {one} to {other} is late", tap.unless(late, took_ms))
        client, took_ms = connect_ms(host, server.address, port)
        client.close()
        t.check(f"{kind}: and not any more", tap.unless(took_ms < RTT_MS + LATE_MS, took_ms))


def test(t, folder, seed):
    with Lab(folder, seed) as lab:
        lab.host("S")
        for kind in ("port-restricted", "linux"):
            check_carries(t, lab, kind)
            check_delay(t, lab, kind)


if __name__ == "__main__":
    entry.main(test)
