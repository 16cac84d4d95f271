# SPDX-License-Identifier: GPL-3.0-or-later
"""A router that opens ports when it is asked: Debian's miniupnpd, by each of its protocols.

Where both routers deal a port at random to each connection nothing else brings a direct path.
"""

import concurrent.futures
import contextlib
import ipaddress
import pathlib
import random
import signal
import tempfile

from deskside_test import meeting, programs, session
from deskside_test.netlab import Lab, entry, miniupnpd, opener
from deskside_test.tap import unless
from deskside_test.talk import Talk

import reasons
from pairs import Pair
from trial import Points
from world import World

# Of the ranges that documents use miniupnpd takes none for the world's. Nothing leaves the lab.
WORLD = ipaddress.ip_network("5.6.7.0/24")
ANOTHER = "5.6.7.200"  # nobody's
RANDOM = "linux-fully-random"
BEHIND_ONE = Pair("linux", "linux", shape="carrier without hairpin")
SIDES = "helpee", "helper"
LEASE_S = 8
GONE_S = 2.0 * LEASE_S  # miniupnpd looks now and then
WHY_S = 30.0
CARRIED_BYTES = 200_000  # by the direct flow, each way, before it counts
JOBS = 4  # a session waits most of the time


class Scene:
    """Two sides behind random routers, of which that of one side opens ports.

    The sides ask their routers by default, for leases of LEASE_S.
    """

    def __init__(self, stack, way, side, seed, shape="apart", more="", words=()):
        """Begin a session; `side` is in SIDES, `shape` a Pair's.

        `more` are lines for miniupnpd, `words` options of ours.
        """
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.lab = stack.enter_context(Lab(folder, seed, public=WORLD))
        pair = Pair(RANDOM, RANDOM, shape=shape)
        world = World(self.lab, stack, pair, random.Random(seed))
        self.sides = world.sides if side == "helpee" else world.sides[::-1]
        self.asker = world.left
        self.router = self.asker.behind
        self.daemon = stack.enter_context(miniupnpd.Miniupnpd(self.router, folder, way, more))
        words = words or ("--map-lease", str(LEASE_S))
        where = world.where(*self.sides)
        self.talk = Talk(stack, where, world.relay, seed, pace_s=0.1, words=words)
        self.program = self.talk.share if side == "helpee" else self.talk.connect
        self.talk.begin()

    def told(self):
        """Return what the asking side said of its router."""
        events = meeting.events(self.program, "mapping")
        return [(event["result"], event["by"].lower(), event["address"]) for event in events]

    def opened(self):
        """Return all that the router's kernel lets in because it was asked."""
        return self.daemon.mapped() + self.daemon.holes()


def check_direct(points, scene, way):
    """See in the packet log that the session is direct, by the port that the router opened."""
    told = scene.talk.carried("direct")
    points.equal("the kind", [event["kind"] for event in told], ["mapped", "mapped"])
    scene.talk.flows("the switch", 2 * CARRIED_BYTES)
    ((outside, inside),) = scene.daemon.mapped()
    address = f"{scene.router.address}:{outside}"
    points.equal("it is told", scene.told()[-1:], [("mapped", way, address)])
    is_own = inside.startswith(f"{scene.asker.address}:")
    points.check("it leads to who asked", unless(is_own, inside))
    flows = scene.lab.direct_flows(*scene.sides)
    carried = [flow.ends for flow in flows if min(flow.payload) >= CARRIED_BYTES]
    is_there = len(carried) == 1 and address in carried[0]
    points.check("the packet log has it", unless(is_there, carried, address))


def ends_well(stack, points, way, side, seed):
    """It is direct, longer than a lease; and when the session is over nothing is left."""
    scene = Scene(stack, way, side, seed)
    check_direct(points, scene, way)
    scene.talk.finish(points, "the session")
    points.equal("nothing is left", scene.opened(), [])


def is_killed(stack, points, way, side, seed):
    """Who asked is killed: what is left ends with its lease."""
    scene = Scene(stack, way, side, seed)
    check_direct(points, scene, way)
    scene.program.process.send_signal(signal.SIGKILL)
    scene.program.wait_exit()
    points.equal("it is there still", len(scene.daemon.mapped()), 1)
    session.until(lambda: not scene.opened(), GONE_S, "the end of the lease")


def stays_relayed(points, scene, told, facts):
    """Nothing is direct, and both sides say why; the asking one ends up with `told` of its router.

    `facts` are what the asking side and the other one tell of their routers. Each try asks anew: on
    a busy machine it may be too late for an answer at first.
    """
    words = list(reasons.VERDICTS[tuple(frozenset(["new-ports", fact]) for fact in facts)])
    if scene.program is not scene.talk.share:
        words.reverse()
    said = lambda: [reasons.said(event) for event in scene.talk.paths()]
    with contextlib.suppress(programs.Failure):
        session.until(lambda: said() == words, WHY_S, "why")
    points.equal("why", said(), words)
    with contextlib.suppress(programs.Failure):
        session.until(lambda: scene.told()[-1:] == told, WHY_S, "what is told")
    points.equal("it is told", scene.told()[-1:], told)
    points.equal("nothing is open", scene.opened(), [])
    flows = scene.lab.direct_flows(*scene.sides)
    points.equal("the packet log has no flow", [flow.ends for flow in flows], [])
    scene.talk.finish(points, "the session")


def lies(stack, points, way, side, seed):
    """A router names an address that is not where the world sees us: it is not believed."""
    scene = Scene(stack, way, side, seed, more=f"ext_ip={ANOTHER}")
    stays_relayed(points, scene, [("double-nat", "", "")], ("double-nat", "unmapped"))


def is_behind(stack, points, way, side, seed):
    """The router is behind a carrier's: what it could open leads nowhere."""
    scene = Scene(stack, way, side, seed, shape="double NAT, left")
    stays_relayed(points, scene, [("double-nat", "", "")], ("double-nat", "unmapped"))


def shares_carrier(stack, points, way, _side, seed):
    """Both routers are behind one carrier's, which leads nobody back inside: they meet in between."""
    lab = stack.enter_context(Lab(stack.enter_context(tempfile.TemporaryDirectory()), seed))
    world = World(lab, stack, BEHIND_ONE, random.Random(seed))
    openers = [stack.enter_context(opener.Opener(side.behind, way)) for side in world.sides]
    words = ("--map-lease", str(LEASE_S))
    talk = Talk(stack, world.where(*world.sides), world.relay, seed, pace_s=0.1, words=words)
    talk.begin()
    told = talk.carried("direct")
    points.equal("the kind", [event["kind"] for event in told], ["mapped", "mapped"])
    talk.flows("the switch", 2 * CARRIED_BYTES)
    ends = {end for one in openers for end in one.mapped()}
    flows = lab.direct_flows(*world.sides)
    carried = [flow.ends for flow in flows if min(flow.payload) >= CARRIED_BYTES]
    is_there = len(carried) == 1 and ends & set(carried[0])
    points.check("the packet log has it", unless(is_there, carried, ends))
    talk.finish(points, "the session")
    points.equal("nothing is left", [one.mapped() for one in openers], [[], []])


def is_not_asked(stack, points, way, side, seed):
    """Switched off, nobody is asked."""
    scene = Scene(stack, way, side, seed, words=("--map", "never"))
    stays_relayed(points, scene, [], ("unasked", "unasked"))
    points.check("the router heard nothing", unless("MAP" not in scene.daemon.program.stderr()))


def opens_ipv6(stack, points, way, side, seed):
    """In IPv6 the firewall is opened for the address that the other side is told."""
    scene = Scene(stack, way, side, seed, shape="IPv6")
    told = scene.talk.carried("direct")
    points.equal("the kind", [event["kind"] for event in told], ["ipv6", "ipv6"])
    address = f"{int(ipaddress.ip_address(scene.asker.address6)):#x}"
    is_open = lambda: any(address in hole.split() for hole in scene.daemon.holes())
    session.until(is_open, WHY_S, f"a hole for {address}")
    scene.talk.finish(points, "the session")
    points.equal("nothing is left", scene.opened(), [])


def run(scenario, way, side, seed):
    """Return what is wrong with a scenario."""
    points = Points()
    try:
        with contextlib.ExitStack() as stack:
            scenario(stack, points, way, side, seed)
    except programs.Failure as failure:
        points.problems.append(str(failure))
    return points.problems


def scenarios(numbers):
    """Return all: each way from both sides, and what differs little from a side that is drawn."""
    ways = miniupnpd.WAYS
    one = lambda: numbers.choice(SIDES)
    yield from ((ends_well, way, side) for way in ways for side in SIDES)
    yield from ((is_killed, way, one()) for way in ways)
    yield from ((lies, way, one()) for way in ways)
    yield from ((is_behind, way, one()) for way in ways)
    yield from ((shares_carrier, way, one()) for way in ("pcp", "nat-pmp"))
    yield is_not_asked, numbers.choice(ways), one()
    yield opens_ipv6, "pcp", one()


def test(t, _folder, seed):
    numbers = random.Random(seed)
    todo = list(scenarios(numbers))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        begun = [pool.submit(run, *one, numbers.randrange(2**31)) for one in todo]
        for (scenario, way, side), future in zip(todo, begun):
            name = scenario.__name__.replace("_", " ")
            t.check(f"{way}, at the {side}'s router: {name}", future.result())


if __name__ == "__main__":
    entry.main(test)
