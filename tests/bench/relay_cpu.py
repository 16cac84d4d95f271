# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay's CPU per GB beside HAProxy's with TLS in and out, over the same bytes."""

import os
import signal
import socket
import tempfile

from deskside_test import programs

import haproxy
import measure

PAIRS = 4
# Plaintext of a TLS record, and the bytes of one run: full records, and small updates.
LOADS = {16384: 1_000_000_000, 1400: 500_000_000}


def carry(server, arguments, pass_fds=()):
    """Run one load through the process `server`; return a row."""
    command = [os.environ["BENCH_LOAD"], *map(str, arguments)]
    with programs.Program(command, name="load", pass_fds=pass_fds) as load:
        load.wait_line("^READY$")
        pids = server.process.pid, load.process.pid
        before = [measure.cpu_s(pid) for pid in pids]
        load.process.send_signal(signal.SIGUSR1)
        done = load.wait_line(r"^DONE (\d+) (\S+)$", 120.0)
        after = [measure.cpu_s(pid) for pid in pids]
        load.process.send_signal(signal.SIGUSR1)
        load.wait_exit()
    gigabytes, seconds = int(done[1]) / measure.GB, float(done[2])
    user, system = (after[0][i] - before[0][i] for i in range(2))
    return {
        "GB": gigabytes,
        "s": seconds,
        "user": user,
        "system": system,
        "load's CPU": sum(after[1]) - sum(before[1]),
        "CPU s/GB": (user + system) / gigabytes,
    }


def compare(relay, relay_address, folder, record, size):
    """Measure both with one size of records."""
    print(f"{PAIRS} pairs, {size:,} bytes in TLS records of {record:,}:")
    pem = haproxy.write_pem(folder)
    load = [PAIRS, size, record]
    with socket.create_server(("127.0.0.1", 0)) as sink:
        target = f"127.0.0.1:{sink.getsockname()[1]}"
        ending = [pem, sink.fileno()]
        with haproxy.start(folder, "relay", pem, target) as (peer, peer_address):
            rows = measure.interleave(
                {
                    "relay": lambda: carry(relay, ["relay", relay_address, *load]),
                    "HAProxy": lambda: carry(
                        peer, ["proxy", peer_address, *load, *ending], [sink.fileno()]
                    ),
                }
            )
    measure.ratio(f"CPU per GB, records of {record:,} bytes", rows, "CPU s/GB")


def main():
    measure.describe(
        "relay",
        measure.version(os.environ["DESKSIDE_RELAY"], "--version"),
        "--self-signed DIR --listen 127.0.0.1:0",
    )
    version = measure.version("haproxy", "-v")
    measure.describe("HAProxy", version, *haproxy.configuration("relay"))
    with tempfile.TemporaryDirectory() as folder:
        relay, address, _ = programs.relay(folder)
        with relay:
            for record, size in LOADS.items():
                compare(relay, address, folder, record, size)


if __name__ == "__main__":
    main()
