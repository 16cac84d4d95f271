# SPDX-License-Identifier: GPL-3.0-or-later
"""The Test Anything Protocol, as meson reads it."""

import sys
import threading


class Tap:
    """Prints one point after the other; `done()` prints the plan and gives the exit status.

    Any thread may print points.
    """

    def __init__(self):
        self.count = 0
        self.failed = 0
        self._lock = threading.RLock()

    def check(self, name, problems):
        """Print a point that passes where `problems`, texts of a line or more, is empty."""
        problems = list(problems)
        with self._lock:
            self.count += 1
            for problem in problems:
                self.note(problem)
            self.failed += bool(problems)
            print(f"{'not ok' if problems else 'ok'} {self.count} - {name}", flush=True)

    def equal(self, name, got, wanted):
        """Print a point that passes where both values are equal."""
        self.check(name, [] if got == wanted else [f"got    {got!r}", f"wanted {wanted!r}"])

    def skip(self, name, why):
        """Print a point that could not be tested on this machine."""
        with self._lock:
            self.count += 1
            print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def note(self, text):
        """Print text that meson logs and does not read."""
        with self._lock:
            for line in str(text).splitlines():
                print(f"# {line}", flush=True)

    def done(self):
        """Print the plan; give what main() returns."""
        print(f"1..{self.count}", flush=True)
        return int(self.failed > 0)


def unless(condition, *words):
    """Return no problem where `condition` holds, else one of these words."""
    return [] if condition else [" ".join(str(word) for word in words)]


def fail_on_exception(main):
    """Run main(), whose exceptions end the program with a TAP bail-out and status 1."""
    try:
        sys.exit(main())
    except Exception as error:  # pylint: disable=broad-except
        print(f"Bail out! {type(error).__name__}: {error}", flush=True)
        raise
