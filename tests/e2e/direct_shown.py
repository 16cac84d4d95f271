# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see of the direct path: it comes by itself, and goes when it is cut."""

import contextlib
import pathlib
import re
import signal
import sys
import tempfile
import time

from deskside_test import crossing, flicker, meeting, netns, person, programs, session, tap
from deskside_test.tap import unless

CODE = r"^(\d{4} \d{4} \d{4})$"
SENTENCE = "^The two computers are connected without the relay between them.$"
LOST = "^The direct connection broke, and another one is being looked for. Nothing has to be done.$"
FLICKER = [sys.executable, "-m", "deskside_test.flicker"]
STEADY_S = 3.0
SWITCH_GAP_S = 0.2
DEATH_GAP_S = 1.5
ROUNDS_MAX = 3
OFF_HERE = "^Direct connections are switched off on this computer. "
OFF_THERE = "^Direct connections are switched off on the other computer, "


class Pair:
    """Two people whose programs are on two machines, with the relay on a third."""

    def __init__(self, stack, helpee=(), helper=()):
        """Start all; `helpee` and `helper` are settings."""
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.where = crossing.Crossing(stack)
        through = self.where.middle.through
        relay = stack.enter_context(meeting.Relay(f"{crossing.RELAY}:0", through))
        options = ["--relay", relay.address, "--relay-pin", relay.pin]
        for name, settings in (("helpee", helpee), ("helper", helper)):
            machine = getattr(self.where, name)
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

    def end(self, t, name):
        """End it from the window; print points on how the programs end."""
        self.helpee.press("Stop", 1)
        self.helper.see("^The person who shared ended the session.$")
        for who in (self.helpee, self.helper):
            t.check(f"{name}: the program ends well", who.end())


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


def report(who):
    """Have a report copied; return its lines."""
    who.press("Connection: Direct", 0)
    who.press("Copy Report", 0)
    who.hear("^The report has been copied.$")
    who.press("Connection: Direct", 0)
    return who.clipboard().splitlines()


def check_report(t, pair):
    """Read what both have copied: the connection that stands, and the try that found it."""
    said = [report(who) for who in (pair.helper, pair.helpee)]
    near, far = ([line.partition(": ")[2] for line in lines[3:5]] for lines in said)
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
        pair = Pair(stack)
        pair.connect()
        pair.hear("Direct")
        t.equal("nobody lost the keyboard", pair.helper.focused(), "The other screen")
        for who, window in ((pair.helper, 0), (pair.helpee, 1)):
            texts = details(who, window, SENTENCE)
            found = unless("Direct, in the same network" in texts, texts)
            t.check("the details say by which kind of path", found)
        check_report(t, pair)
        pair.where.open(False)
        pair.hear("Relayed")
        for who, window in ((pair.helper, 0), (pair.helpee, 1)):
            t.check("and then why it is the relay", unless(details(who, window, LOST), "nothing"))
        pair.where.open(True)
        pair.hear("Direct")
        pair.end(t, "there and back")


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


def check_picture(t):
    """The other screen goes on moving while the session moves over, and when it has to go back."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack)
        pair.where.open(False)
        pair.connect()
        eye = Eye(pair)
        began = time.monotonic()
        session.until(lambda: time.monotonic() > began + STEADY_S, STEADY_S + 10.0, "some seconds")
        usual = eye.gap_s(began)
        rounds = []

        def is_smooth(gaps):
            return gaps[0] <= SWITCH_GAP_S + usual and gaps[1] <= DEATH_GAP_S + usual

        # Where the machine paused in between, another round shows that it was the machine.
        while len(rounds) < ROUNDS_MAX and not any(map(is_smooth, rounds)):
            rounds.append((switch(pair, eye, True), switch(pair, eye, False)))
            there, back = rounds[-1]
            print(f"# largest gaps: usual {usual:.3f} s, there {there:.3f} s, back {back:.3f} s")
        found = unless(any(map(is_smooth, rounds)), rounds)
        t.check("the picture moves on, to the direct path and back", found)
        pair.end(t, "picture")


def check_off(t):
    """Where one has switched it off, both read so."""
    with contextlib.ExitStack() as stack:
        pair = Pair(stack, helpee=(person.RELAY_ONLY,))
        pair.connect()
        t.check("off here", unless(details(pair.helpee, 1, OFF_HERE), "nothing"))
        t.check("off there", unless(details(pair.helper, 0, OFF_THERE), "nothing"))
        t.equal("no SYN between the two", pair.where.peers_syns(), [])
        pair.end(t, "off")


def check_terminal(t):
    """At a terminal it is told in sentences, beginning with the relay's."""
    with contextlib.ExitStack() as stack:
        where = crossing.Crossing(stack)
        relay = stack.enter_context(meeting.Relay(f"{crossing.RELAY}:0", where.middle.through))
        options = ["--relay", relay.address, "--relay-pin", relay.pin, "--direct", "auto"]
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
