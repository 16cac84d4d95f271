# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sides of a Pair say when they are not joined directly: read from whys.txt."""

import pathlib
import typing

TABLE = pathlib.Path(__file__).with_name("whys.txt")


class Word(typing.NamedTuple):
    """What one side says, in the words of --json; `facts` are those of its own network."""

    why: str
    help: str
    facts: frozenset


def _rows(kind):
    """Yield the columns of the rows of one kind."""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        name, *columns = (column.strip() for column in line.split("|"))
        if name == kind:
            yield columns


def _networks():
    return {kind: facts.split() for kinds, facts in _rows("network") for kind in kinds.split()}


def _shapes():
    return {name.strip(): facts.split() for names, facts in _rows("shape") for name in names.split(",")}


def _verdicts():
    """Return {(facts of the left side, of the right): (word of the left, of the right)}."""
    found = {}
    for left, right, *words in _rows("verdict"):
        sides = frozenset(left.split()), frozenset(right.split())
        said = [Word(*word.split(), side) for word, side in zip(words, sides)]
        found[sides] = tuple(said)
        found[sides[::-1]] = tuple(said[::-1])
    return found


NETWORKS, SHAPES, VERDICTS = _networks(), _shapes(), _verdicts()
MATTERS, HELPS = dict(_rows("says")), dict(_rows("helps"))


def facts(pair):
    """Return the facts of the left side and of the right one, as they tell them."""
    more = SHAPES.get(pair.shape, [])
    return tuple(frozenset([*NETWORKS[kind], *more]) for kind in (pair.left, pair.right))


def expected(pair):
    """Return the Words of the left and the right side where nothing comes through."""
    return VERDICTS[facts(pair)]


def sentence(word):
    """Return what a person reads for it, in English."""
    return f"{MATTERS[word.why]} {HELPS[word.help]}"


def said(event):
    """Return the Word of a `path` event."""
    return Word(event["why"], event["help"], frozenset(event["here"].split()))
