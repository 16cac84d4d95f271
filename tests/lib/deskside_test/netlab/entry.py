# SPDX-License-Identifier: GPL-3.0-or-later
"""How a test of the lab begins."""

import os
import random
import resource
import tempfile

from .. import netns, tap

TUN = "/dev/net/tun"


def _missing():
    """Say what a lab needs and is not here, or nothing."""
    if not os.access(TUN, os.R_OK | os.W_OK):
        return f"{TUN} is not to be had"
    if not netns.enter():
        return "neither root nor a name space of users"
    return None


def _run(test):
    t = tap.Tap()
    missing = _missing()
    if missing:
        t.skip("the network lab", missing)
        return t.done()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(31))
    t.note(f"SEED={seed}")
    with tempfile.TemporaryDirectory() as folder:
        test(t, folder, seed)
    return t.done()


def main(test):
    """Call test(tap, folder, seed) in a network of one's own, and end with its status.

    Where no lab can be had, this is a point that is skipped.
    """
    tap.fail_on_exception(lambda: _run(test))
