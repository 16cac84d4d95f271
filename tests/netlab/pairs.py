# SPDX-License-Identifier: GPL-3.0-or-later
"""Which networks are tried against which, and what is to come of it."""

import itertools
import typing

ANSWERS = "drop", "rst", "icmp"  # what a router says to a SYN that it did not expect
EASY = "open", "full-cone", "restricted", "port-restricted", "linux"
REACHABLE = "open", "full-cone", "restricted"  # ... from ports that nobody has told them of
USUAL = "port-restricted"
HAIRPINS = "hairpin only", "one carrier"
DEALING = "sym-seq1", "sym-random"  # a new port for each connection


class Pair(typing.NamedTuple):
    """Two sides, by the names of their kinds of router."""

    left: str
    right: str
    answer: str = "drop"
    shape: str = "apart"  # how both are joined: see world.py
    whys: tuple = ()  # what the left and the right side say, where it is to stay on the relay

    def __str__(self):
        shape = "" if self.shape == "apart" else f", {self.shape}"
        return f"{self.left} x {self.right}{shape}, {self.answer}"


def easy():
    """Return those which are to be direct in every run: all kinds that keep their ports."""
    both = itertools.combinations_with_replacement(EASY, 2)
    alike = ("open", "open")  # without routers there is nobody to answer
    return [
        Pair(*sides, answer)
        for sides in both
        for answer in ANSWERS
        if sides != alike or answer == "drop"
    ]


def half_hard():
    """Return those with one side that deals ports, where the other one can be reached all the same."""
    both = itertools.product(REACHABLE, DEALING)
    return [Pair(*sides, answer) for sides in both for answer in ANSWERS]


def shaped():
    """Return those whose sides have more or less between them than a router each."""
    return [
        *(Pair(kind, kind, shape="one network") for kind in (USUAL, "sym-random")),
        *(Pair(USUAL, USUAL, answer, shape) for shape in HAIRPINS for answer in ("drop", "icmp")),
        *(Pair(USUAL, USUAL, answer, "double NAT, left") for answer in ANSWERS),
        *(Pair(USUAL, USUAL, answer, "double NAT, both") for answer in ANSWERS),
        *(Pair("sym-random", "sym-random", answer, "IPv6") for answer in ANSWERS),
    ]


def relayed():
    """Return those which have no way but the relay, and what they say of it."""
    here_there = ("blocked-here", "blocked-there")
    return [
        Pair("sym-random", "sym-random", whys=("hard-both", "hard-both")),
        # The RST for each SYN shuts at once, in the same router, what that SYN has opened.
        Pair(USUAL, USUAL, "rst", "hairpin only", ("no-answer", "no-answer")),
        Pair("443-only", USUAL, whys=here_there),
        Pair("443-only", "443-only", whys=("blocked-here", "blocked-here")),
        Pair("proxy-only", USUAL, whys=("proxy-here", "proxy-there")),
        Pair("proxy-only", "proxy-only", whys=("proxy-here", "proxy-here")),
    ]


def direct():
    """Return all those which are to be direct in every run."""
    return easy() + half_hard() + shaped()


def chosen(numbers):
    """Return one of each kind, and of what differs in its answer alone one that is drawn."""
    alike = {}
    for pair in direct():
        alike.setdefault(pair._replace(answer=""), []).append(pair)
    return [numbers.choice(those) for those in alike.values()] + relayed()
