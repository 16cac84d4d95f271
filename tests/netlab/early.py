# SPDX-License-Identifier: GPL-3.0-or-later
"""A SYN that overtakes its word: the helper begins before the helpee has read GO.

The helpee's router forgets a mapping, with the connection to the relay, once a RST goes through it.
"""

import contextlib
import random

from deskside_test.netlab import Lab, entry
from deskside_test.tap import unless
from deskside_test.talk import Talk

import trial
from pairs import Pair
from world import World

PAIR = Pair("full-cone", "sym-random", rst="mapping")
LATE_MS = 800  # the relay's word to the helpee; half of the round trip is what the helper waits


def sent(packets, here, there, *flags):
    """Return the TCP packets with such flags that went from a host to where another one is seen."""
    return [
        packet
        for packet in packets
        if packet.proto == "tcp"
        and packet.flags in flags
        and packet.source == here
        and packet.sent_dst.startswith(f"{there}:")
    ]


def test(t, folder, seed):
    numbers = random.Random(seed)
    with contextlib.ExitStack() as stack:
        lab = stack.enter_context(Lab(folder, seed))
        world = World(lab, stack, PAIR, numbers)
        helpee, helper = world.sides
        lab.delay(world.host.address, world.outside(helpee), LATE_MS)
        talk = Talk(stack, world.where(helpee, helper), world.relay, seed, pace_s=trial.PACE_S)
        talk.begin()
        talk.carried("direct")
        packets = lab.packets()
        talk.finish(t, "the session")
    here, there = (Lab.seen_as(side) for side in world.sides)
    syns = sent(packets, there, world.outside(helpee), "S")
    came = [packet.ended_us for packet in syns if packet.verdict == "delivered"]
    begun = [packet.sent_us for packet in sent(packets, here, world.outside(helper), "S")]
    t.check("it came before GO", unless(came and begun and min(came) < min(begun), (came, begun)))
    refusals = sent(packets, here, world.outside(helper), "R", "RA", "AR")
    t.equal("and was answered by no RST", refusals, [])
    t.equal("direct at once", trial.technique(talk.connect), "reflexive")


if __name__ == "__main__":
    entry.main(test)
