# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/run believes tests/lib/count.py: that nothing bad is counted as passed is tested here."""

import contextlib
import io
import json
import pathlib
import tempfile

import count
from deskside_test import tap

# What a test printed, meson's result, and what is counted: passed, failed, skipped.
ROWS = (
    ("1..2\nok 1 a\nok 2 - b\n", "OK", (2, 0, 0)),
    ("1..2\nok 1 a\nnot ok 2 b\n", "FAIL", (1, 1, 0)),
    ("1..3\nok 1 a\nok 2 b # SKIP no display\nok 3 /c/#hash\n", "OK", (2, 0, 1)),
    ("1..0 # SKIP no display\n", "SKIP", (0, 0, 1)),
    ("1..2\nok 1 a\n", "ERROR", (1, 1, 0)),
    ("1..1\nok 1 a\n", "FAIL", (1, 1, 0)),
    ("1..2\nok 1 a\n", "TIMEOUT", (1, 1, 0)),
    ("", "FAIL", (0, 1, 0)),
    ("", "OK", (1, 0, 0)),
    ("# ok 1 a\n okay\n", "OK", (1, 0, 0)),
)

GOOD = {"name": "x", "stdout": "ok 1\n", "stderr": "", "result": "OK", "returncode": 0}
SKIP = {**GOOD, "stdout": "ok 1 # SKIP\n"}
BAD = {**GOOD, "stdout": "not ok 1\n", "result": "FAIL", "returncode": 1}

# The tests of a run, meson's status, options, and the status and last line of the count.
RUNS = (
    ([GOOD, GOOD], 0, [], 0, "2 passed, 0 failed, 0 skipped"),
    ([GOOD, BAD], 1, [], 1, "1 passed, 1 failed, 0 skipped"),
    ([GOOD, SKIP], 0, [], 0, "1 passed, 0 failed, 1 skipped"),
    ([GOOD, SKIP], 0, ["--no-skips"], 1, "1 passed, 0 failed, 1 skipped"),
    ([GOOD], 2, [], 1, "1 passed, 1 failed, 0 skipped"),
    ([], 0, [], 1, "0 passed, 1 failed, 0 skipped"),
)


def check_outcomes():
    """Say which row is counted wrongly."""
    for stdout, result, wanted in ROWS:
        got = count.outcomes({"stdout": stdout, "result": result})
        if got != wanted:
            yield f"{result} {stdout!r}: {got}, wanted {wanted}"


def count_run(tests, status, options):
    """Run the count over one log; return its status and last line."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "testlog.json"
        if tests:
            log.write_text("".join(json.dumps(test) + "\n" for test in tests), encoding="utf-8")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            result = count.main([*options, f"{log}={status}"])
    return result, output.getvalue().splitlines()[-1]


def check_runs():
    """Say which run ends with the wrong status or last line."""
    for tests, status, options, *wanted in RUNS:
        got = list(count_run(tests, status, options))
        if got != wanted:
            yield f"{len(tests)} tests, status {status}: {got}, wanted {wanted}"


def main():
    t = tap.Tap()
    t.check("points are counted", check_outcomes())
    t.check("runs are counted", check_runs())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
