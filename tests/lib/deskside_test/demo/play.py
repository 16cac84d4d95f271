# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the demonstration, in their order. What does not hold ends it with a Failure."""

import random
import string
import time

from .. import crossing, meeting, person, pictures, programs, session
from . import comparison
from .player import HEIGHT, WIDTH, Player

PATIENCE_S = 20.0
STAYS_S = 1.0  # for how long a picture that must not come is looked for
SKIPPABLE = ("type", "draw")
# Where things are on the helpee's screen: the editor and the picture beside the main window.
WINDOW_AT = (450, 110)
EDITOR = (15, 110, 410, 250)
PICTURE_AT = (15, 440)
COLUMNS, ROWS, CELL = 6, 4, 64
VIEWER_SIZE = (800, 680)
ANSWER = "Let Them Control"


def ms_since(start_s):
    """Return the milliseconds since then, whole ones."""
    return round(1000 * (time.monotonic() - start_s))


class Play:
    """A relay, one who shares and one who helps, and an eye that belongs to neither."""

    def __init__(self, stack, folder, seed, timeline, album):
        """`folder` is for the programs' files; everything ends with `stack`."""
        self._stack, self._folder = stack, folder
        self._numbers = random.Random(seed)
        self._timeline, self._album = timeline, album

    def pose(self):
        """Play what the pictures of windows are taken of: new programs, on machines of their own."""
        between = crossing.Crossing(self._stack)
        machines = {"helpee": between.helpee, "helper": between.helper}
        self._start(between.relay, machines=machines)
        self._open_editor()
        self._connect()
        helpee, helper = self._helpee, self._helper
        for player in (helper, helpee):
            player.see("^Connection: Direct$")
        self._album.keep_window("viewer", helper, helper.main)
        (bar,) = set(helpee.windows("--class", "deskside")) - {helpee.main}
        self._album.keep_window("bar", helpee, bar)

    def run(self, skip=None):
        """Play every step but the one to be skipped, which a later one must miss."""
        self._relay = self._stack.enter_context(meeting.Relay())
        self._start(self._relay, settings=(person.RELAY_ONLY,))
        try:
            self._play(skip)
        except programs.Failure:
            self._album.keep("failure", self._helpee, self._helper)
            raise

    def _play(self, skip):
        self._open_editor()
        self._connect()
        self._fill_screen()
        self._draw()
        before = self._see_same()
        line = self._type(skip == "type")
        self._read(line, before)
        self._cut(skip == "draw")
        self._mend()
        self._stop()

    def _tell(self, who, text):
        self._timeline.line(who, text)

    def _start(self, relay, settings=(), machines=None):
        """Start the people's programs; `machines` are the Spaces that they are on, by who."""
        self._tell("relay", f"listens at {relay.address}, with the key {relay.pin[:16]}…")
        through = ["--relay", relay.address, "--relay-pin", relay.pin]
        people = []
        for who in ("helpee", "helper"):
            options = {"through": machines[who].through} if machines else {}
            options["settings"] = settings
            player = Player(who, self._folder / who, self._timeline, *through, **options)
            people.append(self._stack.enter_context(player))
            player.see("^Share My Screen$")
            player.tell(f"has Deskside on the screen {player.screen.display}")
        self._helpee, self._helper = people

    def _open_editor(self):
        self._note = self._folder / "note.txt"
        helpee = self._helpee
        helpee.xdo("windowmove", helpee.main, *WINDOW_AT)
        helpee.start(["l3afpad", self._note])
        (self._editor,) = helpee.windows("--class", "l3afpad")
        helpee.xdo("windowmove", self._editor, *EDITOR[:2], "windowsize", self._editor, *EDITOR[2:])
        helpee.tell("has an empty text open")
        self._album.keep("start", self._helpee, self._helper)
        self._album.keep_window("start", helpee, helpee.main)

    def _draw(self):
        """Show a new picture on the helpee's screen, over the one before it."""
        picture = pictures.cells(COLUMNS, ROWS, CELL, self._numbers.getrandbits(32))
        screen = self._helpee.screen
        screen.show(picture, *PICTURE_AT)
        area = self._picture_area = self._helpee.area(self._helpee.windows("--name", "xwud")[0])
        session.until(lambda: screen.screenshot().part(*area) == picture, PATIENCE_S, "the picture")
        self._helpee.tell("has a picture on the screen that nobody has seen before")

    def _connect(self):
        helpee, helper = self._helpee, self._helper
        helpee.choose("Share My Screen")
        (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
        helpee.tell(f"reads out: {code}")
        helper.choose("Help Someone")
        helper.see("^Code or link$")
        self._album.keep("code", helpee, helper)
        self._album.keep_window("code", helpee, helpee.main)
        digits = code.replace(" ", "")
        helper.xdo("type", digits[:-1])
        helper.tell(f"types {code}")
        typed_s = time.monotonic()
        helper.xdo("type", digits[-1])
        helpee.see("^Let Them See Your Screen")
        helpee.tell(f"is asked, {ms_since(typed_s)} ms after the last digit")
        self._album.keep("question", helpee)
        self._album.keep_window("question", helpee, helpee.main)
        helpee.becomes(ANSWER, "sensitive")
        answered_s = time.monotonic()
        helpee.choose(ANSWER)
        helper.see("^The other screen$")
        helper.tell(
            f"sees the screen {ms_since(answered_s)} ms after the answer, "
            f"{ms_since(typed_s)} ms after the last digit"
        )
        helper.xdo("windowsize", helper.main, *VIEWER_SIZE)
        self._album.keep("picture", helpee, helper)

    def _fill_screen(self):
        """Show the helpee's screen on all of the helper's, pixel on pixel."""
        helper = self._helper
        helper.choose("Full screen")
        # Away from the upper edge, where the pointer calls the header bar.
        helper.xdo("mousemove", WIDTH // 2, HEIGHT - 1)

        def fills():
            return helper.place("The other screen") == [0, 0, WIDTH, HEIGHT]

        session.until(fills, PATIENCE_S, "the full screen")
        helper.tell("sees it on the full screen")

    def _grab(self):
        """Return what is on both screens, as xwd sees it."""
        return [player.screen.screenshot() for player in (self._helpee, self._helper)]

    def _see_same(self):
        """Wait until both screens are the same; return what is on the helpee's."""
        found, screens = [], []

        def is_same():
            screens[:] = self._grab()
            found[:] = comparison.differences(*screens)
            return not found

        start_s = time.monotonic()
        try:
            session.until(is_same, PATIENCE_S, "the same on both screens")
        except programs.Failure as failure:
            raise programs.Failure(f"{failure}: {'; '.join(found)}") from None
        took_s = time.monotonic() - start_s
        equal, blur = 100 * comparison.equal_share(*screens), comparison.worst_tile(*screens)[0]
        self._tell("eye", f"finds the same on both screens after {took_s:.2f} s")
        words = f"{equal:.0f} % of the pixels are equal, JPEG blurred the rest by {blur:.1f} of 255"
        self._tell("eye", words + " at most")
        return screens[0]

    def _type(self, is_skipped):
        """Type a line into the helpee's editor on the helper's screen; return it."""
        line = "".join(self._numbers.choices(string.ascii_letters + string.digits, k=24))
        if not is_skipped:
            x, y, width, height = self._helpee.area(self._editor)
            self._helper.xdo("mousemove", x + width // 2, y + height // 2, "click", 1)
            self._helper.xdo("type", "--delay", 20, line)
            self._helper.key("ctrl+s")
            self._helper.tell(f"clicks into the text, types {line} and saves it")
        return line

    def _read(self, line, before):
        """Read on the helpee's side what was typed on the other one; `before` is without it."""
        note = self._note

        def is_there():
            return note.exists() and note.read_text(encoding="utf-8").strip() == line

        session.until(is_there, PATIENCE_S, "the typed text in the helpee's file")
        self._helpee.tell(f"has {line} in a file")
        if not comparison.differences(before, self._see_same()):
            raise programs.Failure("the comparison of both screens sees no difference by the text")
        self._album.keep("text", self._helpee, self._helper)

    def _cut(self, is_skipped):
        """Cut the link: another picture on the helpee's screen must not be on the helper's."""
        self._relay.kill()
        self._tell("relay", "is killed")
        self._helper.hear("^Connection: Reconnecting$")
        self._helper.tell("is told of it")
        if not is_skipped:
            self._draw()
        until_s = time.monotonic() + STAYS_S
        while time.monotonic() < until_s:
            one, other = (screen.part(*self._picture_area) for screen in self._grab())
            if not comparison.differences(one, other):
                raise programs.Failure("the same picture on both, though the link is cut")
        self._tell("eye", "finds two different pictures, as it must")
        self._album.keep("cut", self._helpee, self._helper)

    def _mend(self):
        """Let the relay come back, and the session with it."""
        start_s = time.monotonic()
        self._relay.start()
        self._tell("relay", "runs again")
        self._helper.hear("^Connection: Relayed$")
        took_s = time.monotonic() - start_s
        self._helper.tell(f"is connected again, after {took_s:.2f} s, in the same session")
        self._see_same()
        self._album.keep("again", self._helpee, self._helper)

    def _stop(self):
        """End the session, then the programs: each must end well and have nothing to say."""
        self._helpee.choose("Stop")
        (title,) = self._helper.see("^(The Session Has Ended)$")
        self._helper.tell(f"reads “{title}”")
        self._album.keep("end", self._helpee, self._helper)
        for player in (self._helpee, self._helper):
            player.app.process.terminate()
            status, words = player.app.wait_exit(PATIENCE_S), player.app.stderr()
            if status or words:
                raise programs.Failure(f"the {player.who}'s program: status {status}, {words!r}")
        if self._relay.program.stop():
            raise programs.Failure("the relay did not end well")
        self._tell("all", "have ended, and none had a complaint")
