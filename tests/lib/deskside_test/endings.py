# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of reasons, sentences and exit statuses, read from the programs' own source."""

import functools
import json
import pathlib
import re
import typing

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROW = re.compile(r"SENTENCE\((\w+), (\d),\s*N_\((.*?)\),\s*N_\((.*?)\)\)\n", re.DOTALL)
NAME = re.compile(r'\[DS_REASON_(\w+)\] = "([a-z-]+)"')


class Row(typing.NamedTuple):
    """One row: the exit status, and what is said to who shares and who connects."""

    status: int
    share: str
    connect: str


def _text(literals):
    return "".join(json.loads(literal) for literal in re.findall(r'"(?:[^"\\]|\\.)*"', literals))


@functools.lru_cache
def table():
    """Return {reason as --json names it: Row}."""
    names = dict(NAME.findall((ROOT / "net/base/reason.c").read_text(encoding="utf-8")))
    rows = ROW.findall((ROOT / "app/session/sentences_table.h").read_text(encoding="utf-8"))
    return {
        names[reason]: Row(int(status), _text(helpee), _text(helper))
        for reason, status, helpee, helper in rows
    }


def number_of(name):
    """Return the wire number of a reason, "TOO_OLD" say."""
    reasons = (ROOT / "net/base/reason.h").read_text(encoding="utf-8")
    return int(reasons.split(f"DS_REASON_{name} = ")[1].split(",")[0])


def ends(program, reason, timeout_s=30.0):
    """Wait for the end of `share` or `connect`; say how it differs from the row of `reason`."""
    rows = table()
    closed = program.wait_event("closed", timeout_s)
    status = program.wait_exit(timeout_s)
    got = closed["reason"]
    if got not in rows:
        return [f"{got} is not in the table"]
    row = rows[got]
    sentence = getattr(row, program.name)
    found = [] if got == reason else [f"reason {got} ({closed.get('step', '')}), not {reason}"]
    if status != row.status:
        found += [f"status {status}, not {row.status}", program.stderr()]
    found += [] if closed["text"] == sentence else [f"says {closed['text']!r}, not {sentence!r}"]
    is_told = sentence in program.stderr().splitlines()
    if is_told != (row.status != 0):
        found.append(f"on standard error: {program.stderr()!r}")
    return found
