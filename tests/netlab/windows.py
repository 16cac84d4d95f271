# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see between two routers: the direct path comes, goes when it is cut, and comes again.

The picture's pauses are a benchmark's to measure: tests/bench/picture.py.
"""

import contextlib
import re

from deskside_test import netns
from deskside_test.netlab import entry
from deskside_test.tap import unless
from deskside_test.two_windows import (
    DIRECT,
    LOST,
    STALL_S,
    Eye,
    Pair,
    details,
    ends,
    report,
    switch,
)

import pairs
import reasons
from routed import Routed

RANDOM = "sym-random"
KIND = "Direct, through both routers"
CARRIED_BYTES = 20_000  # a proof and its CLOSE are not a tenth of it


def check_details(t, name, pair, sentence, kind):
    """Read in both windows a sentence, and by which kind of path."""
    for who, window in pair.windows():
        texts = details(who, window, sentence)
        t.check(f"{name}: the details say the kind of path", unless(kind in texts, texts))


def check_flow(t, name, pair):
    """Compare both reports with both kernels and with the router between; return what is there."""
    where = pair.where
    helper, helpee = (ends(report(who, window)) for who, window in pair.windows())
    for host, told in ((where.helper, helper), (where.helpee, helpee)):
        stand = netns.connections(host.space)
        t.check(f"{name}: {host.name}'s kernel has it", unless(told in stand, told, stand))
    flow = where.flow()
    seen = {told[1] for told in (helper, helpee)}
    t.equal(f"{name}: outside it is what the other side sees", set(flow.ends), seen)
    sent = {(packet.sent_src, packet.sent_dst) for packet in flow.packets}
    t.check(f"{name}: inside it is what this side says", unless(helpee in sent, helpee, sent))
    has_picture = max(flow.payload) > CARRIED_BYTES
    t.check(f"{name}: it carries the picture", unless(has_picture, flow.payload))
    return flow


def check_switch(t, name, pair, eye, is_open):
    """Open or close the direct way: both hear of it, and the picture moves all the time."""
    gap_s = switch(pair, eye, is_open)
    t.note(f"{name}: largest gap {gap_s:.3f} s")
    t.check(f"{name}: the picture moves on", unless(gap_s < STALL_S, gap_s))


def check_there_and_back(t, folder, seed):
    """Nobody does anything for it but say yes."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, Routed(stack, folder, seed, "port-restricted", "linux"))
        pair.where.open(False)
        pair.connect()
        for who, _ in pair.windows():
            who.becomes("Connection: Relayed", "showing")
        eye = Eye(pair)
        check_switch(t, "there", pair, eye, True)
        check_details(t, "there", pair, DIRECT, KIND)
        first = check_flow(t, "there", pair)
        check_switch(t, "back", pair, eye, False)
        pair.where.lab.cut_flow(first)  # for good: what comes next is another connection
        check_details(t, "back", pair, LOST, "Through the relay")
        check_switch(t, "again", pair, eye, True)
        check_details(t, "again", pair, DIRECT, KIND)
        again = check_flow(t, "again", pair)
        t.check("again: by another connection", unless(again.ends != first.ends, again.ends))
        pair.end(t, "there and back")


def check_hard(t, folder, seed):
    """Where no direct way can be, both read why."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, Routed(stack, folder, seed, RANDOM, RANDOM))
        pair.connect()
        word, _ = reasons.expected(pairs.Pair(RANDOM, RANDOM))
        sentence = f"^{re.escape(reasons.sentence(word))}$"
        check_details(t, "hard", pair, sentence, "Through the relay")
        said = [line for who, _ in pair.windows() for line in who.heard() if "Direct" in line]
        t.equal("hard: nobody hears of a direct path", said, [])
        t.equal("hard: nothing but the relay's", pair.where.flows(), [])
        pair.end(t, "hard")


def test(t, folder, seed):
    check_there_and_back(t, folder, seed)
    check_hard(t, folder, seed)


if __name__ == "__main__":
    entry.main(test)
