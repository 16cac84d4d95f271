# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody in the demonstration, whose doings are told and who has windows beside Deskside's."""

import os
import re
import subprocess

from .. import person, session

WIDTH, HEIGHT = 1024, 768
WALLPAPER = "#4d6a83"
READY_S = 20.0
NAMES = {"helpee": "Alex", "helper": "Robin"}


class Player(person.Person):
    """A person with a window manager; `main` is the number of Deskside's window."""

    def __init__(self, who, folder, timeline, *options, settings=(), **person_options):
        """Start desktop and `deskside`; `who` is the name in the timeline, the rest Person's."""
        self.who, self._timeline = who, timeline
        super().__init__(
            folder,
            *options,
            width=WIDTH,
            height=HEIGHT,
            manager="openbox",
            settings=(f"name='{NAMES[who]}'", *settings),
            **person_options,
        )
        # Only where there is a window manager this has an answer.
        session.until(lambda: self._ask_x("xdotool", "get_desktop"), READY_S, "the window manager")
        self.start(["xsetroot", "-solid", WALLPAPER])
        (self.main,) = self.windows("--class", "deskside")

    def tell(self, text):
        """Add a line to the timeline."""
        self._timeline.line(self.who, text)

    def choose(self, name, kind=None):
        """Click on a control as soon as it can be used, and tell it."""
        self.becomes(name, "sensitive")
        self.click(name, kind)
        self.tell(f"clicks on “{name}”")

    def _ask_x(self, *words):
        env = {**os.environ, **self.env}
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False).stdout

    def windows(self, option, pattern):
        """Wait for windows in sight (`option`: --name, --class); return their numbers."""
        words = "xdotool", "search", "--sync", "--onlyvisible", option, pattern
        return self._ask_x(*words).split()

    def area(self, window):
        """Return x, y, width and height of a window without its frame."""
        # xdotool 3.20160805 would add the frame's width twice.
        words = self._ask_x("xwininfo", "-id", window)
        names = "Absolute upper-left X", "Absolute upper-left Y", "Width", "Height"
        return tuple(int(re.search(rf"{name}: +(-?\d+)", words)[1]) for name in names)
