# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab claims of itself, measured from outside by plain sockets."""

import os
import random
import socket
import tempfile
import time

from deskside_test import netns, tap
from deskside_test.netlab import Lab

RTT_MS = 40.0
SLACK_MS = 15.0


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


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("the lab", "neither root nor a name space of users")
        return t.done()
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(31))
    t.note(f"SEED={seed}")
    with tempfile.TemporaryDirectory() as folder, Lab(folder, seed) as lab:
        lab.host("S")
        for kind in ("port-restricted", "linux"):
            check_carries(t, lab, kind)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
