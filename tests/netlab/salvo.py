# SPDX-License-Identifier: GPL-3.0-or-later
"""What a birthday salvo costs: not a packet more than it may, and never the session that runs.

Nothing gets from side to side here, so that it comes to nothing and all of it is seen.
"""

import collections
import concurrent.futures
import contextlib
import pathlib
import random
import typing

from deskside_test import meeting, programs, session
from deskside_test.netlab import Lab, entry
from deskside_test.tap import unless
from deskside_test.talk import Talk

import trial
from pairs import Pair
from world import World

SOCKETS, SETS, CANDIDATES = 512, 2, 8  # net/base/limits.h
TRIES_MAX, SALVO_TRIES = 120, 16  # SYNs from one end to another: plain ones, and a salvo's
FAILED_S = 30.0
FEW = 100  # descriptors: what a session has without a salvo


class Case(typing.NamedTuple):
    """One session, and by how many ends at most either side is to send to the other."""

    name: str
    kinds: tuple
    ends: tuple  # (least, most) of either side's 4-tuples
    salvo: int = SOCKETS
    is_full: bool = False  # its router has no place for all of them


PLAIN = (1, SETS * CANDIDATES)
MANY = (SOCKETS, SOCKETS + SETS * CANDIDATES)
CASES = (
    Case("random against random", ("sym-random", "sym-random"), (PLAIN, PLAIN)),
    Case("forbidden", ("port-restricted", "sym-random"), (PLAIN, PLAIN), salvo=0),
    Case("lowered", ("port-restricted", "sym-random"), ((64, 80), (64, 80)), salvo=64),
    Case("a salvo", ("port-restricted", "sym-random"), (MANY, MANY)),
    Case("both in blocks", ("sym-block-random", "sym-block-random"), ((64, 400), (64, 400))),
    Case("small table", ("port-restricted", "small-table"), (MANY, MANY), is_full=True),
    Case("slow table", ("linux", "slow-table"), (MANY, MANY), is_full=True),
)


def syns(packets, here, there):
    """Count the SYNs that went from a host to a public address, {(from, to): count}."""
    found = collections.Counter()
    for packet in packets:
        if packet.proto == "tcp" and packet.flags == "S" and packet.source == here:
            if programs.split_address(packet.sent_dst)[0] == there:
                found[packet.sent_src, packet.sent_dst] += 1
    return found


def has_failed(program):
    """Say whether a generation of tries came to nothing."""
    return any(event["result"] == "failed" for event in meeting.events(program, "punch"))


def check_sent(points, case, world, packets):
    """Compare what either side sent to the other with what it may."""
    for at, (least, most) in enumerate(case.ends):
        side, other = world.sides[at], world.sides[1 - at]
        sent = syns(packets, Lab.seen_as(side), world.outside(other))
        is_right = least <= len(sent) <= most
        points.check(f"{side.name}: ends", unless(is_right, (least, len(sent), most)))
        often = max(sent.values(), default=0)
        points.check(f"{side.name}: SYNs to one", unless(often <= TRIES_MAX, often))
        total = sum(sent.values())
        budget = SETS * CANDIDATES * TRIES_MAX + case.salvo * SALVO_TRIES
        points.check(f"{side.name}: SYNs in all", unless(total <= budget, (total, budget)))


def check_session(points, talk, packets, case):
    """See that the session never was without a path, and that the salvo has let go of everything."""
    for program in (talk.share, talk.connect):
        paths = {event["path"] for event in meeting.events(program, "path")}
        points.equal(f"{program.name}: its paths", paths, {"relay"})
        few = lambda one=program: meeting.descriptors(one) < FEW
        points.check(f"{program.name}: descriptors", unless(few(), meeting.descriptors(program)))
    exhausted = sum(packet.verdict == "exhausted" for packet in packets)
    points.equal("the router's table was full", exhausted > 0, case.is_full)


def run(case, folder, seed):
    """Have a session of a case; return what is wrong with it."""
    numbers = random.Random(seed)
    points = trial.Points()
    with contextlib.ExitStack() as stack:
        lab = stack.enter_context(Lab(pathlib.Path(folder) / case.name, seed))
        world = World(lab, stack, Pair(*case.kinds), numbers)
        world.cut()
        where = world.where(*world.sides)
        words = "--salvo", str(case.salvo)
        talk = Talk(stack, where, world.relay, seed, pace_s=trial.PACE_S, words=words)
        talk.begin()
        both = talk.share, talk.connect
        session.until(lambda: all(map(has_failed, both)), FAILED_S, "a generation that failed")
        talk.flows("that")
        packets = lab.packets()
        check_sent(points, case, world, packets)
        check_session(points, talk, packets, case)
        talk.finish(points, case.name)
    return points.problems


def test(t, folder, seed):
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        found = pool.map(lambda case: run(case, folder, seed), CASES)
        for case, problems in zip(CASES, found):
            t.check(case.name, problems)


if __name__ == "__main__":
    entry.main(test)
