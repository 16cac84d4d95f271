# SPDX-License-Identifier: GPL-3.0-or-later
"""From the program's start to `peer` through a delaying proxy, beside a bare TLS handshake.

Helper and helpee are 40 ms apart: each leg to the relay is 20 ms there and back. The same is done
at 80 ms, so that the difference tells how many round trips it takes, whatever the machine costs.
"""

import os
import statistics
import tempfile
import time

from deskside_test import programs

import measure

RUNS = 21
RTT_MS = 40
FAR_RTT_MS = 80
AIM_RTTS, AIM_MS = 4, 50


def start_proxy(target, rtt_ms):
    """Start a proxy in front of `target` that makes two legs of `rtt_ms` together."""
    command = [os.environ["BENCH_DELAY"], target, str(rtt_ms // 4)]
    proxy = programs.Program(command, name="delay")
    return proxy, proxy.wait_line(r"^READY (\S+)$")[1]


def time_line(command, pattern):
    """Start a program; return when, and the milliseconds from then to a line that matches."""
    arrived = []

    def on_line(_, text):
        arrived.append((time.monotonic(), text))

    began = time.monotonic()
    with programs.Program(command, on_line=on_line) as program:
        line = program.wait_line(pattern).string
        at = next(moment for moment, text in arrived if text == line)
    return began, (at - began) * 1000


def flights(proxy, began):
    """Return what the newest connection's two ends sent: (ms after `began`, sender, bytes)."""
    lines = [line.split() for line in proxy.lines[1:]]
    newest = max(int(line[0]) for line in lines)
    return [
        ((float(seconds) - began) * 1000, sender, int(size))
        for connection, sender, size, seconds in lines
        if int(connection) == newest
    ]


def connect_once(proxy, proxy_address, pin):
    """Share and connect; return how long `connect` took."""
    through = ["--relay", proxy_address, "--relay-pin", pin]
    # Nobody opens a channel, so nobody dials this address.
    with programs.cli("share", "--vnc", "127.0.0.1:1", *through) as share:
        code = share.wait_event("code")["code"]
        command = [os.environ["DESKSIDE_CLI"], "connect", code, *programs.RELAY_ONLY, *through, "--json"]
        began, taken = time_line(command, '"event": ?"peer"')
        share.wait_exit()
    return {"ms": taken, "flights": flights(proxy, began)}


def handshake_once(proxy_address):
    """Let OpenSSL's client shake hands with the relay; return how long it took."""
    command = ["openssl", "s_client", "-connect", proxy_address, "-tls1_3", "-alpn", "deskside/1"]
    return {"ms": time_line(command, "^SSL handshake has read")[1]}


def tail(rows):
    """Return the 95th percentile of a candidate's times."""
    return statistics.quantiles((row["ms"] for row in rows), n=20, method="inclusive")[-1]


def print_flights(what, row):
    """Print what the helper's leg carried up to `peer`."""
    print(f"  the helper's leg in the {what} run, ms after the start:")
    for at, sender, size in row["flights"]:
        if at <= row["ms"]:
            print(f"    {at:6.1f}  {'->' if sender == 'client' else '<-'} {size} bytes")
    print(f"    {row['ms']:6.1f}  peer")


def main():
    measure.describe("connect", "deskside-cli connect CODE --relay PROXY --relay-pin PIN --json")
    measure.describe("handshake", measure.version("openssl", "version"), "openssl s_client -tls1_3")
    with tempfile.TemporaryDirectory() as folder:
        relay, address, pin = programs.relay(folder)
        near, near_address = start_proxy(address, RTT_MS)
        far, far_address = start_proxy(address, FAR_RTT_MS)
        with relay, near, far:
            rows = measure.interleave(
                {
                    "connect": lambda: connect_once(near, near_address, pin),
                    "handshake": lambda: handshake_once(near_address),
                    "connect far": lambda: connect_once(far, far_address, pin),
                },
                RUNS,
            )
    far_rows = rows.pop("connect far")
    near_ms = measure.median(rows["connect"], "ms")
    round_trips = (measure.median(far_rows, "ms") - near_ms) / (FAR_RTT_MS - RTT_MS)
    ordered = sorted(rows["connect"], key=lambda row: row["ms"])
    print_flights("median", ordered[len(ordered) // 2])
    print_flights("slowest", ordered[-1])
    print(f"  connect at {RTT_MS} ms: median {near_ms:.1f} ms, 95 % {tail(rows['connect']):.1f} ms")
    print(f"  aim: {AIM_RTTS} RTT + {AIM_MS} ms = {AIM_RTTS * RTT_MS + AIM_MS} ms")
    print(f"  round trips, by the difference to {FAR_RTT_MS} ms: {round_trips:.2f}")
    print(f"  beside them: {near_ms - AIM_RTTS * RTT_MS:.1f} ms")
    measure.ratio("start to peer", rows, "ms")


if __name__ == "__main__":
    main()
