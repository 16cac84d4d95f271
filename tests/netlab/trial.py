# SPDX-License-Identifier: GPL-3.0-or-later
"""One session in the lab: does it get a direct path, by the router's own log, and how soon?"""

import contextlib
import random
import tempfile
import typing

from deskside_test import meeting, programs, session, tap
from deskside_test.netlab import Lab
from deskside_test.talk import Talk

import reasons
from world import World

SKEW_S = 0.5
PACE_S = 0.1  # between two pieces of 64 KiB, each way
CARRIED_BYTES = 200_000  # by the direct flow, each way, before it counts
PATH_S = 40.0
WHY_S = 30.0


class Outcome(typing.NamedTuple):
    """What came of one session."""

    is_direct: bool
    technique: str = ""
    helper_s: float = None  # from `peer` to `path direct`, by the helper's clock; None on the relay
    helpee_s: float = None
    problems: tuple = ()


class Points(tap.Tap):
    """Keeps what is wrong in place of printing it."""

    def __init__(self):
        super().__init__()
        self.problems = []

    def check(self, name, problems):
        """Keep the problems of a point."""
        self.problems += [f"{name}: {problem}" for problem in problems]


def is_right(pair, outcome):
    """Say whether it took the way that the pair is to take."""
    return outcome.is_direct != pair.is_relayed


def run(pair, seed, has_skew=True, is_cut=False):
    """Have one session between the sides of a pair, each in a role that the seed gives.

    With `is_cut` nothing gets from side to side, and it is to stay on the relay whatever they are.
    """
    numbers = random.Random(seed)
    points = Points()
    try:
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            lab = stack.enter_context(Lab(folder, seed))
            world = World(lab, stack, pair, numbers)
            if is_cut:
                pair = pair._replace(is_relayed=True)
                world.cut()
            return _talk(stack, world, pair, numbers, has_skew, points)
    except programs.Failure as failure:
        return Outcome(False, problems=(*points.problems, str(failure)))


def _talk(stack, world, pair, numbers, has_skew, points):
    order = [0, 1]
    numbers.shuffle(order)
    helpee, helper = (world.sides[at] for at in order)
    if has_skew:
        _hold_back(world, numbers)
    where = world.where(helpee, helper)
    talk = Talk(stack, where, world.relay, numbers.random(), pace_s=PACE_S, words=world.words)
    talk.begin()
    if pair.is_relayed:
        words = reasons.expected(pair)
        outcome = _relayed(world, talk, [words[at] for at in order], points)
    else:
        outcome = _direct(world, talk, points)
    talk.finish(points, str(pair))
    return outcome._replace(problems=tuple(points.problems))


def _hold_back(world, numbers):
    """Let the relay's word come late, one way on one side's leg: the punch begins so much apart."""
    outside = world.outside(numbers.choice(world.sides))
    ends = [outside, world.host.address]
    numbers.shuffle(ends)
    world.lab.delay(*ends, 2000 * SKEW_S * numbers.random())


def _direct(world, talk, points):
    share, connect = talk.carried("direct", PATH_S)
    talk.flows("the switch", 2 * CARRIED_BYTES)
    ends = {share["remote"], connect["remote"]}
    flows = world.lab.direct_flows(*world.sides)
    carried = [flow for flow in flows if min(flow.payload) >= CARRIED_BYTES and ends <= set(flow.ends)]
    told = [(flow.ends, flow.payload) for flow in flows]
    points.check("the router saw it", tap.unless(carried, f"{ends}, but it saw {told}"))
    times = to_direct_s(talk.connect), to_direct_s(talk.share)
    return Outcome(bool(carried), technique(talk.connect), *times)


def _relayed(world, talk, words, points):
    """Stay on the relay, and say why: each side what is expected of it."""
    said = lambda: [reasons.said(event) for event in talk.paths()]
    with contextlib.suppress(programs.Failure):
        session.until(lambda: said() == words, WHY_S, "why")
    points.equal("why", said(), words)
    talk.flows("that")
    flows = world.lab.direct_flows(*world.sides)
    points.equal("the router saw no flow", [flow.ends for flow in flows], [])
    return Outcome(bool(flows))


def to_direct_s(program):
    """Return the seconds from `peer` to the first `path direct`, or None."""
    (peer,) = meeting.events(program, "peer")
    direct = [event for event in meeting.events(program, "path") if event["path"] == "direct"]
    return direct[0]["t"] - peer["t"] if direct else None


def technique(program):
    """Return the technique of the last generation that was direct, and its number but for the first."""
    told = [event for event in meeting.events(program, "punch") if event["result"] == "direct"]
    if not told:
        return ""
    number = told[-1]["generation"]
    return told[-1]["technique"] + (f" (generation {number})" if number > 1 else "")
