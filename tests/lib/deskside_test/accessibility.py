# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader sees and hears of the programs on a session bus, and what it can do.

libatspi serves one session bus a process, so that this module is a program too: person.py runs it
once a desktop. It reads requests on stdin, a line of JSON each: a method of Senses and its
arguments; and answers with a line that holds the "result", or a "failure" in words.
"""

import json
import pathlib
import re
import sys
import time

import gi

from .bells import Bells
from .programs import Failure

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # pylint: disable=wrong-import-position

PATIENCE_S = 30.0
POLL_S = 0.02
NODES_MAX = 5000
TRIES = 50
# What can have the focus, and is still nothing to do something with.
NO_CONTROLS = {
    Atspi.Role.FILLER,
    Atspi.Role.FRAME,
    Atspi.Role.PANEL,
    Atspi.Role.SCROLL_PANE,
    Atspi.Role.VIEWPORT,
    Atspi.Role.WINDOW,
}


def states(node):
    """Return the names of a node's states."""
    return {state.value_nick for state in node.get_state_set().get_states()}


def is_control(node):
    """Say whether a person can do something with it, now or later."""
    return node.get_role() not in NO_CONTROLS and "focusable" in states(node)


def texts(node):
    """Yield what there is to read out: the name, and what it holds."""
    yield node.get_name()
    if "Text" in node.get_interfaces():
        yield Atspi.Text.get_text(node, 0, -1)


def children(node):
    """Return the children that are there still."""
    found = [node.get_child_at_index(index) for index in range(node.get_child_count())]
    return [child for child in found if child is not None]


def runs(program):
    """Say whether a program has not ended: the bus, and what is kept of it here, may be behind."""
    return pathlib.Path(f"/proc/{program.get_process_id()}").exists()


def windows():
    """Yield the programs' windows that are in sight."""
    for program in filter(runs, children(Atspi.get_desktop(0))):
        for window in children(program):
            if "showing" in states(window):
                yield window


def below(window):
    """Yield a window and all in it that is in sight, in the order of the tree."""
    waiting = [window]
    for _ in range(NODES_MAX):
        if not waiting:
            return
        node = waiting.pop()
        if "showing" in states(node):
            yield node
            waiting += children(node)[::-1]


def in_sight(number=None):
    """Yield all that is in sight, or what is in one window: 0 is the program's first."""
    for index, window in enumerate(windows()):
        if number in (None, index):
            yield from below(window)


def controls_of(window):
    """Return [role, name] of what a person can use in a window."""
    nodes = filter(is_control, below(window))
    return [(node.get_role().value_nick, node.get_name()) for node in nodes]


def extents(node):
    """Return x, y, width and height on the screen."""
    place = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
    return [place.x, place.y, place.width, place.height]


def steadily(look):
    """Return what look() does, at a moment at which nothing goes away that is looked at."""
    for _ in range(TRIES):
        try:
            return look()
        except GLib.Error:
            time.sleep(POLL_S)
    return look()


class Senses:
    """Each method is a request. Those that look for something wait until it is there."""

    def __init__(self):
        Atspi.init()
        self._heard = []
        self._bells = Bells()
        self._listener = Atspi.EventListener.new(lambda event: self._heard.append(event.any_data))
        self._listener.register("object:announcement")

    def ready(self):
        """Answer as soon as all this works."""
        return Atspi.get_desktop_count()

    def _until(self, look, what):
        """Let events come until look() gives something other than None; return that."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            while GLib.MainContext.default().iteration(False):
                pass
            try:
                found = look()
            except GLib.Error:
                found = None  # what was looked at went away meanwhile
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise Failure(f"no {what}; in sight: {self.everything()}; heard: {self._heard}")
            time.sleep(POLL_S)

    def _control(self, name, window, *wanted):
        """Wait for a control of this name with all these states."""

        def look():
            for node in in_sight(window):
                if node.get_name() == name and is_control(node) and states(node).issuperset(wanted):
                    return node
            return None

        return self._until(look, f"control {name!r} {wanted or ''}")

    def everything(self):
        """Return all texts in sight, as they are now."""
        return steadily(lambda: [text for node in in_sight() for text in texts(node) if text])

    def see(self, pattern):
        """Wait for a name or text that matches; return the groups, or the whole."""

        def look():
            for text in self.everything():
                match = re.search(pattern, text)
                if match:
                    return match.groups() or [match[0]]
            return None

        return self._until(look, f"text like {pattern!r}")

    def miss(self, pattern):
        """Wait until no name or text matches."""

        def look():
            return None if any(re.search(pattern, text) for text in self.everything()) else True

        return self._until(look, f"end of texts like {pattern!r}")

    def hear(self, pattern):
        """Wait for an announcement that matches and forget it and those before; return as see()."""

        def look():
            for number, text in enumerate(self._heard):
                match = re.search(pattern, text)
                if match:
                    del self._heard[: number + 1]
                    return match.groups() or [match[0]]
            return None

        return self._until(look, f"announcement like {pattern!r}")

    def heard(self):
        """Return the announcements after those that hear() took, up to now, and forget them."""
        while GLib.MainContext.default().iteration(False):
            pass
        heard, self._heard[:] = list(self._heard), []
        return heard

    def bells(self):
        """Return how often the X server's bell has rung."""
        return self._bells.count()

    def controls(self):
        """Return [role, name] of what a person can use, a list a window, as they are now."""
        return steadily(lambda: [controls_of(window) for window in windows()])

    def states(self, name, window=None):
        """Return the states of a control."""
        return sorted(states(self._control(name, window)))

    def text(self, name):
        """Return what a control holds."""
        return Atspi.Text.get_text(self._control(name, None), 0, -1)

    def place(self, name, window=None):
        """Return x, y, width and height on the screen of a control."""
        return extents(self._control(name, window))

    def spot(self, pattern):
        """Wait for a name or text that matches; return x, y, width and height on the screen."""

        def look():
            for node in in_sight():
                if any(re.search(pattern, text) for text in texts(node) if text):
                    return extents(node)
            return None

        return self._until(look, f"text like {pattern!r}")

    def press(self, name, window=None):
        """Do the first action of a control, as soon as it can be used."""
        return Atspi.Action.do_action(self._control(name, window, "sensitive"), 0)

    def type(self, name, text):
        """Replace the text of a field."""
        return Atspi.EditableText.set_text_contents(self._control(name, None, "editable"), text)

    def focus(self, name, window=None):
        """Put the keyboard on a control."""
        return Atspi.Component.grab_focus(self._control(name, window))

    def focused(self):
        """Return the names of what has the keyboard: one, or none."""

        def look():
            nodes = filter(is_control, in_sight())
            return [node.get_name() for node in nodes if "focused" in states(node)]

        return steadily(look)

    def becomes(self, name, *wanted):
        """Wait until a control has these states."""
        self._control(name, None, *wanted)

    def holds(self, name, wanted):
        """Wait until a field holds this text."""
        self._until(lambda: self.text(name) == wanted or None, f"{wanted!r} in {name!r}")


def main():
    senses = Senses()
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        try:
            answer = {"result": getattr(senses, verb)(*arguments)}
        except (Failure, GLib.Error) as failure:
            answer = {"failure": str(failure)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
