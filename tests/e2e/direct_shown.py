# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see of the direct path: it comes by itself, and goes when it is cut."""

import contextlib
import re
import signal

from deskside_test import crossing, netns, person, programs, tap
from deskside_test.tap import unless
from deskside_test.two_windows import (
    DIRECT,
    LOST,
    STALL_S,
    Eye,
    Pair,
    details,
    ends,
    report,
    switch,
)

OFF_HERE = "^Direct connections are switched off on this computer. "
OFF_THERE = "^Direct connections are switched off on the other computer, "


def check_report(t, pair):
    """Read what both have copied: the connection that stands, and the try that found it."""
    said = [report(who, window) for who, window in pair.windows()]
    near, far = (ends(lines) for lines in said)
    t.equal("both report the same connection", near, far[::-1])
    hosts = [place.partition(":")[0] for place in near]
    t.equal("by the machines' addresses", hosts, [crossing.HELPER, crossing.HELPEE])
    for lines in said:
        found = unless("Path: Direct, in the same network (lan)" in lines, lines)
        t.check("the report says the kind", found)
        t.check("and the try", unless(re.fullmatch("  1: direct, (host|accept)", lines[-1]), lines))


def check_there_and_back(t):
    """Nobody does anything for it, and the keyboard stays where it is."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, crossing.Crossing(stack))
        pair.connect()
        pair.hear("Direct")
        t.equal("nobody lost the keyboard", pair.helper.focused(), "The other screen")
        for who, window in pair.windows():
            texts = details(who, window, DIRECT)
            found = unless("Direct, in the same network" in texts, texts)
            t.check("the details say by which kind of path", found)
        check_report(t, pair)
        pair.where.open(False)
        pair.hear("Relayed")
        for who, window in pair.windows():
            t.check("and then why it is the relay", unless(details(who, window, LOST), "nothing"))
        pair.where.open(True)
        pair.hear("Direct")
        pair.end(t, "there and back")


def check_picture(t):
    """The other screen goes on moving while the session moves over, and when it has to go back.

    How smoothly is a benchmark's to say (tests/bench/picture.py); nobody waits here until the link
    gives a silent path up, which takes it 6 s.
    """
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, crossing.Crossing(stack))
        pair.where.open(False)
        pair.connect()
        eye = Eye(pair)
        there, back = (switch(pair, eye, is_open) for is_open in (True, False))
        print(f"# largest gaps: there {there:.3f} s, back {back:.3f} s")
        t.check("the picture moves on, on its way there", unless(there < STALL_S, there))
        t.check("and back", unless(back < STALL_S, back))
        pair.end(t, "picture")


def check_off(t):
    """Where one has switched it off, both read so."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, crossing.Crossing(stack), helpee=(person.RELAY_ONLY,))
        pair.connect()
        t.check("off here", unless(details(pair.helpee, 1, OFF_HERE), "nothing"))
        t.check("off there", unless(details(pair.helper, 0, OFF_THERE), "nothing"))
        t.equal("no SYN between the two", pair.where.peers_syns(), [])
        pair.end(t, "off")


def check_terminal(t):
    """At a terminal it is told in sentences, beginning with the relay's."""
    with contextlib.ExitStack() as stack:
        where = crossing.Crossing(stack)
        options = ["--relay", where.relay.address, "--relay-pin", where.relay.pin]
        options += ["--direct", "auto"]
        vnc = ["--vnc", "127.0.0.1:9"]  # nobody dials it
        shell = {"as_json": False, "through": where.helpee.through}
        share = stack.enter_context(programs.cli("share", *vnc, *options, **shell))
        code = share.wait_line(r"^ +(\d{4} \d{4} \d{4})$", 20.0)[1]
        shell["through"] = where.helper.through
        connect = stack.enter_context(programs.cli("connect", code, *options, **shell))
        for program in (share, connect):
            program.wait_line("over the relay, .* A direct connection is being looked for[.]", 20.0)
            program.wait_line("^Try 1 found a direct connection[.]$", 20.0)
            program.wait_line(r"^The connection is direct now \(same network\), ", 20.0)
        where.open(False)
        share.wait_line("over the relay, .* The direct connection broke, ", 20.0)
        connect.process.send_signal(signal.SIGINT)
        t.equal("connect ends well", connect.wait_exit(20.0), 0)
        t.equal("share ends well", share.wait_exit(20.0), 0)


def main():
    t = tap.Tap()
    if not netns.enter():
        t.skip("two machines", "no name spaces")
        return t.done()
    check_there_and_back(t)
    check_picture(t)
    check_off(t)
    check_terminal(t)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
