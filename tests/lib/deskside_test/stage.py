# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay with `share` and `connect` around it, for many small sessions; and codes made by hand."""

import concurrent.futures
import contextlib
import pathlib
import socket
import tempfile

from . import programs

DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978"]
DAMM += ["3674209581", "5869720134", "8945362017", "9438617205", "2581436790"]
AT_ONCE = 4


def damm(digits):
    """Return the check digit of a string of digits (Damm, 2004)."""
    interim = 0
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return str(interim)


def other_secret(code, add=1):
    """Return the code with another secret and a check digit that fits."""
    secret = f"{(int(code[-8:-1]) + add) % 10**7:07}"
    return code[:-8] + secret + damm(code[:-8] + secret)


class Stage:
    """A relay, a TCP service that never speaks to share, and what is started around them."""

    def __init__(self, stack, folder):
        self.stack = stack
        self.folder = folder
        self.relay, self.address, self.pin = programs.relay(folder)
        stack.enter_context(self.relay)
        self.through = ["--relay", self.address, "--relay-pin", self.pin]
        silent = socket.create_server(("127.0.0.1", 0))
        stack.enter_context(silent)
        self.vnc = f"127.0.0.1:{silent.getsockname()[1]}"

    def start(self, verb, *arguments, relay=None, **program):
        """Start share or connect through `relay` (options), the stage's own if none is given."""
        through = self.through if relay is None else relay
        running = programs.cli(verb, *arguments, *through, **program)
        return self.stack.enter_context(running)

    def share(self, *arguments, vnc=None, **program):
        """Start `share` for `vnc`, or for what never speaks; return it and its code."""
        running = self.start("share", "--vnc", vnc or self.vnc, *arguments, **program)
        return running, running.wait_event("code")["code"]


def _run(check):
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        try:
            return check(Stage(stack, pathlib.Path(name)))
        except programs.Failure as failure:
            return str(failure).splitlines()


def run_all(t, checks):
    """Run every check(stage), some at once, each on a stage of its own; print its problems."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for check, job in [(check, pool.submit(_run, check)) for check in checks]:
            t.check(check.__doc__.splitlines()[0], job.result())
