# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines: delay, rate, queue and loss, each measured by packets; and what is broken stays broken."""

import socket
import struct
import time

from deskside_test import tap
from deskside_test.netlab import Lab, entry

WAIT_S = 0.5
SLACK_MS = 15.0
TRIES = 5  # a busy machine makes some slow, and none quick
SIZE = 1000
HEADERS = 28  # of IPv4 and UDP
BATCH = 50


def open_sink(lab):
    """Return a UDP socket on a host "S"."""
    host = lab.host("S")
    sink = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind((host.address, 0))
    sink.settimeout(WAIT_S)
    return sink


def pair(lab, sink, name, **line):
    """Return a host with a line of its own, and a socket of it that is connected to the sink."""
    host = lab.host(name, line=line)
    sender = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(sink.getsockname())
    sender.settimeout(WAIT_S)
    return host, sender


def received(sink, wait_s=WAIT_S):
    """Return what comes until nothing does, as (monotonic time, bytes)."""
    found = []
    sink.settimeout(wait_s)
    try:
        while True:
            packet = sink.recv(2048)
            found.append((time.monotonic(), packet))
    except (TimeoutError, BlockingIOError):
        return found


def numbered(number):
    """Return a packet of SIZE bytes that says its number."""
    return struct.pack(">I", number) + bytes(SIZE - 4)


def ways_ms(sender, sink):
    """Send a packet and another back; return when the first and when both have come."""
    begin = time.monotonic()
    sender.send(b"ping")
    _, end = sink.recvfrom(16)
    there = time.monotonic()
    sink.sendto(b"pong", end)
    sender.recv(16)
    return (there - begin) * 1000, (time.monotonic() - begin) * 1000


def check_ways(t, lab, sink):
    """A line may be longer one way than the other."""
    host, sender = pair(lab, sink, "ways")
    sink.settimeout(WAIT_S)
    with sender:
        for up_ms, down_ms in ((60, 10), (10, 60)):
            lab.set_line(host, "up", delay_ms=up_ms)
            lab.set_line(host, "down", delay_ms=down_ms)
            tries = [ways_ms(sender, sink) for _ in range(TRIES)]
            quickest = [min(took) for took in zip(*tries)]
            wanted = (up_ms, up_ms + down_ms)
            is_good = all(w <= took < w + SLACK_MS for w, took in zip(wanted, quickest))
            t.check(f"{up_ms} ms up, {down_ms} down", tap.unless(is_good, tries))


def check_rate(t, lab, sink):
    """A rate spaces packets, and its queue holds what was said."""
    rate_mbit, queue_kb, count = 4, 30, 60
    _, sender = pair(lab, sink, "rate", rate_mbit=rate_mbit, queue_kb=queue_kb)
    with sender:
        for number in range(count):
            sender.send(numbered(number))
        found = received(sink)
    gap_ms = (found[-1][0] - found[0][0]) * 1000 / (len(found) - 1)
    wanted_ms = (SIZE + HEADERS) * 8 / rate_mbit / 1000
    near = abs(gap_ms - wanted_ms) < wanted_ms / 10
    t.check("a rate spaces packets", tap.unless(near, gap_ms, wanted_ms))
    numbers = [struct.unpack(">I", packet[:4])[0] for _, packet in found]
    t.equal("they keep their order", numbers, sorted(numbers))
    fit = queue_kb * 1000 // (SIZE + HEADERS)
    # Some leave while the last are still being sent.
    is_good = fit <= len(found) < count
    t.check("its queue holds so many", tap.unless(is_good, len(found), fit))
    lost = sum(packet.verdict == "overflow" for packet in lab.packets())
    t.equal("the log has the others", lost, count - len(found))


def lose(lab, sink, name):
    """Send through a line that loses a tenth; return the numbers that arrive."""
    _, sender = pair(lab, sink, name, loss=0.1)
    arrived = []
    with sender:
        for number in range(2000):
            sender.send(struct.pack(">I", number))
            if number % BATCH == 0:  # the queues of the device and of the socket are short
                lab.packets()
                arrived += received(sink, 0)
    arrived += received(sink)
    return [struct.unpack(">I", packet)[0] for _, packet in arrived]


def check_loss(t, lab, arrived):
    """A loss is as large as was said."""
    lost = sum(packet.verdict == "lost" for packet in lab.packets())
    t.equal("what is lost is in the log", lost, 2000 - len(arrived))
    # Four standard deviations.
    t.check("a tenth is lost", tap.unless(abs(lost - 200) < 54, lost))


def udp(source, target, checksum_error):
    """Return an IPv4 packet with a UDP checksum that is wrong by so much."""
    payload = b"checked!"
    head = struct.pack(">HHHH", source[1], target[1], 8 + len(payload), 0)
    ends = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
    covered = ends + struct.pack(">HH", socket.IPPROTO_UDP, 8 + len(payload)) + head + payload
    total = sum(struct.unpack(f">{len(covered) // 2}H", covered))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ((~(total + (total >> 16)) & 0xFFFF) + checksum_error) & 0xFFFF
    first = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(payload), 7, 0x4000, 64, 17, 0)
    return first + ends + head[:6] + struct.pack(">H", checksum) + payload


def check_checksums(t, lab, sink):
    """What a router translates has a good checksum for the kernel only if it had one before."""
    router = lab.router("Rsum", "port-restricted")
    host = lab.host("sum", behind=router)
    target = sink.getsockname()
    with host.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for error, wanted in ((0, [b"checked!"]), (1, [])):
            raw.sendto(udp((host.address, 4000), target, error), (target[0], 0))
            found = [packet for _, packet in received(sink)]
            t.equal(f"a UDP checksum wrong by {error}", found, wanted)
    delivered = [p for p in lab.packets() if p.source == "sum" and p.verdict == "delivered"]
    t.equal("both came as far as the kernel", len(delivered), 2)


def test(t, folder, seed):
    patterns = []
    for again in range(2):
        with Lab(f"{folder}/{again}", seed) as lab, open_sink(lab) as sink:
            patterns.append(lose(lab, sink, "loss"))
            if again:
                continue
            check_loss(t, lab, patterns[0])
            check_ways(t, lab, sink)
            check_rate(t, lab, sink)
            check_checksums(t, lab, sink)
    other = sorted(set(patterns[0]) ^ set(patterns[1]))
    t.check("the same is lost with the same seed", tap.unless(not other, "other:", other[:9]))


if __name__ == "__main__":
    entry.main(test)
