# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts a session's connections to the relay, at random places of every stage."""

import collections
import random
import threading

from . import proxy

# How many bytes each stage has, about; where a plan goes further the cut is in the next one.
STAGE_BYTES = {
    proxy.Stage.TLS: 1070,
    proxy.Stage.MEET: 260,
    proxy.Stage.INNER: 560,
    proxy.Stage.HELLO: proxy.HELLO_BYTES,
}
EARLY = 0.5  # of the connections are to be cut before DATA,
IN_A_ROW = 2  # unless so many cuts came since one lasted: the programs wait longer each time
BOTH = 0.3  # of the cuts hit the other side's connection as well


class Storm:
    """Two proxies, before `share` and before `connect`, that cut until `total` cuts are done.

    `late_bytes` is how much a connection may carry, at the most, when it is cut in DATA.
    """

    def __init__(self, target, seed, total, late_bytes):
        self.total = total
        self.cuts = []
        self._late_bytes, self._lasting_bytes = late_bytes, late_bytes // 4
        self._in_a_row = 0  # cuts since a connection lasted
        self._numbers = random.Random(seed)
        self._lock = threading.Lock()
        self._has_begun = False
        self._sides = []
        for other in (1, 0):
            on_cut = lambda cut, other=other: self._on_cut(cut, other)
            self._sides.append(proxy.Proxy(target, self._plan, on_cut))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for side in self._sides:
            side.__exit__()

    def through(self):
        """Return the addresses for share and connect."""
        return tuple(side.address for side in self._sides)

    def begin(self):
        """Cut what stands, and from now on what comes."""
        with self._lock:
            self._has_begun = True
        for side in self._sides:
            side.cut(is_reset=True)

    def is_over(self):
        """Say whether all cuts are done."""
        return len(self.cuts) >= self.total

    def accepted(self):
        """Return how many connections there were."""
        return sum(side.accepted for side in self._sides)

    def lines(self):
        """Say in words where the cuts were."""
        stages = collections.Counter(cut.stage for cut in self.cuts)
        inside = collections.Counter(cut.stage for cut in self.cuts if cut.is_inside_record)
        resets = sum(cut.is_reset for cut in self.cuts)
        yield f"{len(self.cuts)} cuts of {self.accepted()} connections, {resets} of them by RST"
        for stage in proxy.Stage:
            yield f"in {stage.name}: {stages[stage]}, within a TLS record: {inside[stage]}"

    def missed(self):
        """Return the stages in which no cut fell within a TLS record."""
        hit = {cut.stage for cut in self.cuts if cut.is_inside_record}
        return [stage.name for stage in proxy.Stage if stage not in hit]

    def _plan(self):
        with self._lock:
            if not self._has_begun or self.is_over():
                return None
            may_be_early = self._in_a_row < IN_A_ROW
            stage, least, most = proxy.Stage.DATA, self._lasting_bytes, self._late_bytes
            if may_be_early and self._numbers.random() < EARLY:
                stage = self._numbers.choice(list(STAGE_BYTES))
                least, most = 1, STAGE_BYTES[stage]
            elif may_be_early:
                least = 1
            is_reset = self._numbers.random() < 0.5
            return proxy.Plan(stage, self._numbers.randint(least, most), is_reset)

    def _on_cut(self, cut, other):
        with self._lock:
            self.cuts.append(cut)
            has_lasted = cut.stage == proxy.Stage.DATA and cut.stage_bytes >= self._lasting_bytes
            self._in_a_row = 0 if has_lasted else self._in_a_row + 1
            is_both = not self.is_over() and self._numbers.random() < BOTH
            is_reset = self._numbers.random() < 0.5
        if is_both:
            self._sides[other].cut(is_reset)
