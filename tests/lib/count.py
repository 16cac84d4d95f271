# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what came of tests: count.py [--no-skips] TESTLOG.JSON=STATUS...

Reads the logs of `meson test`, of which STATUS came, says again what failed and why, and prints
on its last line
`N passed, N failed, N skipped`. A TAP test counts by its points, any other as one.
"""

import collections
import json
import pathlib
import re
import sys

POINT = re.compile(r"^(not )?ok\b(?:[^#\n]*#\s*(skip)\b)?", re.IGNORECASE | re.MULTILINE)
LOG_LINES = 60  # of each output of a failed test


def outcomes(test):
    """Count one test's points as (passed, failed, skipped)."""
    passed = failed = skipped = 0
    for is_not, is_skip in POINT.findall(test.get("stdout", "")):
        if is_skip:
            skipped += 1
        elif is_not:
            failed += 1
        else:
            passed += 1
    is_good = test["result"] in ("OK", "SKIP")
    if not is_good and failed == 0:
        failed = 1  # a crash, a leak or a time-out outside any point
    if is_good and passed + failed + skipped == 0:
        skipped = int(test["result"] == "SKIP")
        passed = 1 - skipped
    return passed, failed, skipped


def tail(text):
    return "\n".join("    " + line for line in text.rstrip("\n").split("\n")[-LOG_LINES:])


def explain(test, build):
    print(f"\n{test['name']} in {build}: {test['result']}, status {test['returncode']}")
    for stream in ("stdout", "stderr"):
        if test.get(stream):
            print(tail(test[stream]))


def read_log(path):
    """Return the tests of one log: none where there was no run."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as log:
        return [json.loads(line) for line in log]


def count_run(path, status, no_skips):
    """Count one run of `meson test`; one that ended badly with every test passed has failed too."""
    build = path.parent.parent
    count = collections.Counter()
    tests = read_log(path)
    for test in tests:
        passed, failed, skipped = outcomes(test)
        count.update(passed=passed, failed=failed, skipped=skipped)
        if failed or (skipped and no_skips):
            explain(test, build)
    if not tests or (status != 0 and count["failed"] == 0):
        print(f"\n{build}: {len(tests)} tests ran, and its build or meson ended with {status}")
        count["failed"] += 1
    return count


def main(arguments):
    no_skips = "--no-skips" in arguments
    total = collections.Counter()
    for run in [a for a in arguments if a != "--no-skips"]:
        path, _, status = run.rpartition("=")
        total.update(count_run(pathlib.Path(path), int(status), no_skips))
    if no_skips and total["skipped"]:
        print("\nThis machine can run every test (root and /dev/net/tun): a skip is a failure.")
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return int(total["failed"] > 0 or (no_skips and total["skipped"] > 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
