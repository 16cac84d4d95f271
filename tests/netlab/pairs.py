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
IN_A_ROW = "sym-seq1", "sym-seq2"  # ... one after the other
MET_EXACTLY = USUAL, "linux"  # only where its port is told
BANDS = "sym-block-random-256", "sym-block-random", "sym-block-random-2048"
AT_RANDOM = "sym-random", "linux-fully-random", *BANDS  # a new port, any of them all or of a block
BY_ADDRESS = "sym-address"
NOISES = 0, 5, 20  # mappings of other people, a second
FORGETFUL = (USUAL, USUAL), ("full-cone", "sym-random"), ("restricted", "sym-random")


class Pair(typing.NamedTuple):
    """Two sides, by the names of their kinds of router."""

    left: str
    right: str
    answer: str = "drop"
    shape: str = "apart"  # how both are joined: see world.py
    is_relayed: bool = False  # it is to stay on the relay, and to say what reasons.py expects
    noise: int = 0  # mappings that others make at each router, a second
    rst: str = ""  # what a RST ends in the routers, where not as their kind has it

    @property
    def joined(self):
        """What stands between the sides, in words: "" for a router each, and nobody else there."""
        words = [self.shape] if self.shape != "apart" else []
        words += [f"{self.noise} others/s"] if self.noise else []
        words += [f"a RST ends the {self.rst}"] if self.rst else []
        return ", ".join(words)

    def __str__(self):
        joined = f", {self.joined}" if self.joined else ""
        return f"{self.left} x {self.right}{joined}, {self.answer}"


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


def predicted():
    """Return those where a port has to be told before it is dealt."""
    easy_and_hard = itertools.product(MET_EXACTLY, IN_A_ROW)
    both_hard = itertools.combinations_with_replacement(IN_A_ROW, 2)
    return [
        Pair(*sides, answer, noise=noise)
        for sides in (*easy_and_hard, *both_hard)
        for noise in NOISES
        for answer in ("drop", "rst")
    ]


def salvos():
    """Return those where a port is dealt at random, and met by chance."""
    return [
        *(
            Pair(*sides, answer)
            for sides in itertools.product(MET_EXACTLY, AT_RANDOM)
            for answer in ("drop", "rst")
        ),
        *(
            Pair(kind, BY_ADDRESS, answer, "two observers")
            for kind in MET_EXACTLY
            for answer in ("drop", "rst")
        ),
    ]


def tried():
    """Return those that are direct at times: both sides' ports are dealt at random in a block."""
    return [Pair("sym-block-random", "sym-block-random", answer) for answer in ("drop", "rst")]


def shaped():
    """Return those whose sides have more or less between them than a router each."""
    return [
        *(Pair(kind, kind, shape="one network") for kind in (USUAL, "sym-random")),
        *(Pair(USUAL, USUAL, answer, shape) for shape in HAIRPINS for answer in ("drop", "icmp")),
        *(Pair(USUAL, USUAL, answer, "double NAT, left") for answer in ANSWERS),
        *(Pair(USUAL, USUAL, answer, "double NAT, both") for answer in ANSWERS),
        *(Pair("sym-random", "sym-random", answer, "IPv6") for answer in ANSWERS),
    ]


def second_try():
    """Return those whose first tries come to nothing, or may, and later ones go about it otherwise."""
    return [
        *(Pair(*sides, "rst", rst="mapping") for sides in FORGETFUL),
        Pair("linux-old", "linux-old", "rst"),
        *(Pair("no-simopen", USUAL, answer) for answer in ("drop", "rst")),
        Pair(USUAL, USUAL, "rst", "one carrier"),
        Pair("black-hole", USUAL),
        Pair("black-hole", "linux", "rst"),
    ]


def relayed():
    """Return those which have no way but the relay."""
    those = [
        Pair("sym-random", "sym-random"),
        # The RST for each SYN shuts at once, in the same router, what that SYN has opened.
        Pair(USUAL, USUAL, "rst", "hairpin only"),
        Pair(USUAL, USUAL, shape="guest network"),
        Pair(USUAL, USUAL, shape="carrier without hairpin"),
        Pair("no-simopen", "no-simopen"),
        Pair("443-only", USUAL),
        Pair("443-only", "443-only"),
        Pair("proxy-only", USUAL),
        Pair("proxy-only", "proxy-only"),
    ]
    return [pair._replace(is_relayed=True) for pair in those]


def direct():
    """Return all those which are to be direct in every run."""
    return easy() + half_hard() + predicted() + salvos() + shaped() + second_try()


def chosen(numbers):
    """Return one of each kind, and of what differs in answer and noise alone one that is drawn."""
    alike = {}
    for pair in direct():
        alike.setdefault(pair._replace(answer="", noise=0), []).append(pair)
    return [numbers.choice(those) for those in alike.values()] + relayed()
