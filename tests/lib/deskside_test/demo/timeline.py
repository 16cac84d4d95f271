# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened when, and what it looked like."""

import time

STILL_S = 1.0


class Timeline:
    """Prints one line for each thing that happens."""

    def __init__(self):
        self._start = time.monotonic()

    def line(self, who, text):
        """Print seconds since the start, who, what."""
        print(f"{time.monotonic() - self._start:7.2f} s  {who:7}  {text}", flush=True)


def still(screen):
    """Return the picture of a screen on which one page no longer fades into the next."""
    deadline = time.monotonic() + STILL_S
    shots = [screen.screenshot()]
    while len(shots) < 2 or (shots[-1] != shots[-2] and time.monotonic() < deadline):
        shots.append(screen.screenshot())
    return shots[-1]


class Album:
    """The pictures of the main steps, in a folder, numbered."""

    def __init__(self, folder, timeline, windows=None):
        """`windows` is the folder for pictures of single windows; None: nobody wants them."""
        self._folder, self._timeline, self._windows = folder, timeline, windows
        self._count = 0

    def keep(self, step, *players):
        """Save what is on the screens of these people."""
        self._count += 1
        for player in players:
            name = f"{self._count}-{step}-{player.who}.png"
            still(player.screen).save_png(self._folder / name)
            self._timeline.line("picture", name)

    def keep_window(self, name, player, window):
        """Save what is on the screen where a window is."""
        if self._windows:
            shot = still(player.screen).part(*player.area(window))
            shot.save_png(self._windows / f"{name}.png")
