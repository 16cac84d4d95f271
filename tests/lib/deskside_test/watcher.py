# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches what a program hears of keyboard, buttons and pointer."""

from . import programs, session


class Watcher:
    """xev in a window: it says what a program on this screen hears."""

    def __init__(self, screen, geometry):
        options = ["-geometry", geometry, "-event", "structure"]
        options += ["-event", "keyboard", "-event", "button", "-event", "mouse"]
        self.program = screen.start("env", "LC_ALL=C.UTF-8", "xev", *options)
        self.program.wait_line("^MapNotify")

    def events(self, kind):
        """Return the texts of all events of one kind so far, each on one line."""
        found, current = [], None
        for line in list(self.program.lines):
            if line and not line.startswith(" "):
                current = [line]
                if line.startswith(kind + " "):
                    found.append(current)
            elif current is not None:
                current.append(line.strip())
        return [" ".join(lines) for lines in found]

    def wait(self, kind, *words, count=1):
        """Wait until `count` events of a kind hold all these words; return the problems."""
        def has_come():
            events = self.events(kind)
            return sum(all(word in event for word in words) for event in events) >= count

        try:
            session.until(has_come, 10.0, f"{count} {kind} with {words}")
        except programs.Failure as failure:
            return [str(failure), *self.program.lines[-30:]]
        return []
