# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole chain, `share`, the relay and `connect`, beside HAProxys with the same layers of TLS.

A server behind `share` sends, a client of `connect --listen` receives: as a picture does. The
peer's three processes put on and take off the same: TLS end to end inside of TLS to a relay.
"""

import contextlib
import hashlib
import os
import random
import socket
import tempfile
import threading
import time

from deskside_test import programs, session

import haproxy
import measure

BLOCK_BYTES = 1_000_000
BLOCKS = 300


def serve(listener, block):
    """Send everything to the first who connects."""
    connection, _ = listener.accept()
    with connection:
        for _ in range(BLOCKS):
            connection.sendall(block)


def receive(address):
    """Read to the end; return (bytes, SHA-256, seconds from the first byte to the last)."""
    digest, count, began = hashlib.sha256(), 0, None
    buffer = memoryview(bytearray(1 << 18))
    with socket.create_connection(programs.split_address(address), 10) as connection:
        while size := connection.recv_into(buffer):
            began = began or time.monotonic()
            digest.update(buffer[:size])
            count += size
    return count, digest.digest(), time.monotonic() - began


def carry(listener, block, processes, address):
    """Let the bytes run through `processes`, a dictionary; return a row."""
    wanted = hashlib.sha256(block * BLOCKS).digest()
    server = threading.Thread(target=serve, args=(listener, block), daemon=True)
    server.start()
    before = {name: sum(measure.cpu_s(process.pid)) for name, process in processes.items()}
    count, digest, seconds = receive(address)
    used = {
        name: sum(measure.cpu_s(process.pid)) - before[name]
        for name, process in processes.items()
    }
    server.join()
    if digest != wanted:
        raise programs.Failure(f"{count} bytes came, other ones than were sent")
    gigabytes = count / measure.GB
    row = {f"{name}'s CPU": value for name, value in used.items()}
    return {**row, "MB/s": count / 1e6 / seconds, "CPU s/GB": sum(used.values()) / gigabytes}


def ours(listener, block, target):
    """Measure our own chain, started afresh."""
    with tempfile.TemporaryDirectory() as folder:
        with session.session(folder, target) as chain:
            processes = {
                "share": chain.share.process,
                "relay": chain.relay.process,
                "connect": chain.connect.process,
            }
            return carry(listener, block, processes, chain.address)


def theirs(listener, block, target, folder, pem):
    """Measure the chain of HAProxys, started afresh."""
    with contextlib.ExitStack() as stack:
        processes, address = {}, target
        for name in ("helpee", "relay", "helper"):
            started = haproxy.start(folder, name, pem, address)
            program, address = stack.enter_context(started)
            processes[name] = program.process
        return carry(listener, block, processes, address)


def main():
    seed = session.seed()
    block = random.Random(seed).randbytes(BLOCK_BYTES)
    measure.describe("ours", "relay --self-signed, share --vnc SOURCE, connect --listen")
    lines = haproxy.configuration("helper", "relay", "helpee")
    measure.describe("HAProxy", measure.version("haproxy", "-v"), *lines)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        relay, _, _ = programs.relay(folder)
        relay.stop()
        pem = haproxy.write_pem(folder)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        target = f"127.0.0.1:{listener.getsockname()[1]}"
        print(f"{BLOCKS * BLOCK_BYTES:,} bytes from the helpee to the helper:")
        rows = measure.interleave(
            {
                "ours": lambda: ours(listener, block, target),
                "HAProxy": lambda: theirs(listener, block, target, folder, pem),
            }
        )
    measure.ratio("speed", rows, "MB/s")
    measure.ratio("CPU per GB of all three", rows, "CPU s/GB")


if __name__ == "__main__":
    main()
