# SPDX-License-Identifier: GPL-3.0-or-later
"""Two windows on two machines whose direct way can be opened and closed, and an eye on the picture."""

import pathlib
import sys
import tempfile
import time

from deskside_test import flicker, person, programs

# What the details of a direct path say, and those of a relay's after one was cut.
DIRECT = "^The two computers are connected without the relay between them.$"
LOST = "^The direct connection broke, and another one is being looked for. Nothing has to be done.$"
STALL_S = 5.0  # the link gives a silent path up after 6 s; a smooth switch is a benchmark's matter
CODE = r"^(\d{4} \d{4} \d{4})$"
FLICKER = [sys.executable, "-m", "deskside_test.flicker"]


def hear(who, pattern):
    """Hear what may take twice as long as usual: on a slow machine the third try has to be awaited."""
    try:
        who.hear(pattern)
    except programs.Failure:
        who.hear(pattern)


def details(who, window, sentence):
    """Open the details, read a sentence in them, close them; return all that is in sight."""
    (state,) = who.see("^(Connection: .+)$")
    who.press(state, window)
    who.see(sentence)
    texts = who.everything()
    who.press(state, window)
    return texts


def report(who, window):
    """Have a report of a direct connection copied; return its lines."""
    who.press("Connection: Direct", window)
    who.press("Copy Report", window)
    who.hear("^The report has been copied.$")
    who.press("Connection: Direct", window)
    return who.clipboard().splitlines()


def ends(lines):
    """Return this computer's address and the other one's, as a report tells them."""
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    return told["This computer"], told["Other end"]


class Pair:
    """Two people whose programs are on two machines, with the relay on a third."""

    def __init__(self, stack, where, helpee=(), helper=()):
        """Start all; `helpee` and `helper` are settings.

        `where` is a crossing.Crossing, say: it has both machines, as `helpee` and `helper`, whose
        `through` runs a command there, a meeting.Relay, as `relay`, and open(is_open), which lets
        packets through between the two, or drops them without a word.
        """
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.where = where
        options = ["--relay", where.relay.address, "--relay-pin", where.relay.pin]
        for name, settings in (("helpee", helpee), ("helper", helper)):
            machine = getattr(where, name)
            (folder / name).mkdir()
            who = person.Person(
                folder / name, *options, through=machine.through, settings=settings
            )
            setattr(self, name, stack.enter_context(who))

    def connect(self):
        """Go from Share to the picture."""
        self.helpee.press("Share My Screen")
        (code,) = self.helpee.see(CODE)
        self.helper.press("Help Someone")
        self.helper.type_into("Code or link", code)
        self.helpee.press("Let Them Look")
        self.helper.becomes("The other screen", "focused")

    def hear(self, state):
        """Wait until both have heard of a state, and see it."""
        for who in (self.helpee, self.helper):
            hear(who, f"^Connection: {state}$")
            who.becomes(f"Connection: {state}", "showing")

    def windows(self):
        """Return both with the number of the window that has their indicator."""
        return (self.helper, 0), (self.helpee, 1)

    def end(self, t, name):
        """End it from the window; print points on how the programs end."""
        self.helpee.press("Stop", 1)
        self.helper.see("^The person who shared ended the session.$")
        for who in (self.helpee, self.helper):
            t.check(f"{name}: the program ends well", who.end())


class Eye:
    """Watches on the helper's screen how the helpee's moves."""

    def __init__(self, pair):
        pair.helpee.start([*FLICKER, "show"])
        x, y, width, height = pair.helper.place("The other screen")
        screen = [1024, 768]
        scale = min(width / screen[0], height / screen[1])
        at = [
            round(corner + (room - scale * size) / 2 + scale * flicker.SIZE / 2)
            for corner, room, size in zip((x, y), (width, height), screen)
        ]
        self._watch = pair.helper.start([*FLICKER, "watch", *map(str, at)])
        self._watch.wait_line("^CHANGE", 20.0)

    def gap_s(self, since_s):
        """Return for how long nothing moved, at most, from then up to now."""
        until_s = time.monotonic()
        times = [float(line.split()[1]) for line in list(self._watch.lines)]
        inside = [since_s, *(at for at in times if since_s < at < until_s), until_s]
        return max(after - before for before, after in zip(inside, inside[1:]))


def switch(pair, eye, is_open):
    """Open or close the direct way; return how long nothing moved, at most, until both have heard."""
    began = time.monotonic()
    pair.where.open(is_open)
    pair.hear("Direct" if is_open else "Relayed")
    return eye.gap_s(began)
