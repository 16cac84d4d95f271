# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines behind routers of their own, for the windows of a deskside_test.two_windows.Pair."""

import random

from deskside_test.netlab import Lab

from pairs import Pair
from world import World


class Routed:
    """`helpee` and `helper` are Hosts, `relay` is a meeting.Relay, and `lab` is what they are in."""

    def __init__(self, stack, folder, seed, helpee, helper):
        """Build it; `helpee` and `helper` are kinds of router, which drop what comes unasked."""
        self.lab = stack.enter_context(Lab(folder, seed))
        world = World(self.lab, stack, Pair(helpee, helper), random.Random(seed))
        self.relay, self.helpee, self.helper = world.relay, world.left, world.right
        self._outsides = [world.outside(side) for side in world.sides]

    def open(self, is_open):
        """Let packets through between the routers, or drop them without a word."""
        (self.lab.join if is_open else self.lab.part)(*self._outsides)

    def flows(self):
        """Return the connections that have carried bytes between the routers."""
        return self.lab.direct_flows(self.helpee, self.helper)

    def flow(self):
        """Return the one that was the last to carry some."""
        return max(self.flows(), key=lambda flow: flow.last_us)
