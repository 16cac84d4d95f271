# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop with a window manager: a helper's hands do there what the person's own hands do."""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile

from deskside_test import keyboard, local, programs, session, tap, xserver
from deskside_test.tap import unless

WIDTH, HEIGHT = 800, 600
ALT_L, F4 = 0xFFE9, 0xFFC1
TITLE = 9  # pixels above a window's corner, its title bar is there
PATIENCE_S = 10.0


class Desktop:
    """A screen with openbox on it, and a viewer that controls it."""

    def __init__(self, stack, folder):
        self.folder = folder
        self.screen = stack.enter_context(xserver.XServer(folder / "screen", WIDTH, HEIGHT))
        self.screen.start("openbox", "--sm-disable")
        session.until(lambda: b"WM_CHECK(WINDOW)" in self.call("xprop", "-root"), PATIENCE_S, "openbox")
        self.running = local.Local(stack, self.screen, "control")
        self.viewer = self.running.viewer

    def call(self, *command):
        """Run a program on the screen to its end; return what it prints."""
        env = {**os.environ, **self.screen.env}
        return subprocess.run(command, env=env, check=True, capture_output=True).stdout

    def start_terminal(self, name, geometry):
        """Start a terminal of this name that puts what is typed into a file; return it."""
        command = ["sh", "-c", f"cat > {self.folder / name}"]
        options = ["-u8", "-T", name, "-geometry", geometry, "-e", *command]
        terminal = self.screen.start("env", "LC_ALL=C.UTF-8", "xterm", *options)
        session.until((self.folder / name).exists, PATIENCE_S, "the terminal")
        self.call("xdotool", "search", "--sync", "--onlyvisible", "--name", f"^{name}$")
        return terminal

    def typed(self, name):
        """Return what has come into a terminal."""
        return (self.folder / name).read_text(encoding="utf-8")

    def place(self, name):
        """Return where a window's left upper corner is."""
        words = self.call("xwininfo", "-name", name).decode()
        return tuple(int(re.search(rf"upper-left {axis}:\s+(-?\d+)", words)[1]) for axis in "XY")

    def active(self):
        """Return the name of the window that the window manager gives the keyboard to, or None.

        Between two windows there is none for a moment, and what xdotool then asks has no answer.
        """
        try:
            return self.call("xdotool", "getactivewindow", "getwindowname").decode().strip()
        except subprocess.CalledProcessError:
            return None

    def press(self, *keys):
        """Press keys one after the other, and let go of them."""
        for key in keys:
            self.viewer.key(key, True)
        for key in reversed(keys):
            self.viewer.key(key, False)

    def click(self, x, y):
        """Click there."""
        for buttons in (0, 1, 0):
            self.viewer.pointer(x, y, buttons)


def wait(condition, what):
    """Wait until condition() is true; return the problems."""
    try:
        session.until(condition, PATIENCE_S, what)
    except programs.Failure as failure:
        return [str(failure)]
    return []


def pull(desktop, name, x, y):
    """Pull a window that is at x, y by its title bar, at a person's pace; return the problems."""
    start, end = (x + 100, y - TITLE), (x + 140, y - TITLE + 40)
    desktop.viewer.pointer(*start)
    desktop.viewer.pointer(*start, 1)
    wanted = (x + 40, y + 40)

    def has_followed():
        for place in (start, end):  # the window manager takes hold when it sees a motion
            desktop.viewer.pointer(*place, 1)
        return desktop.place(name) == wanted

    found = wait(has_followed, "the window at the pointer")
    desktop.viewer.pointer(*end)
    return found + wait(lambda: desktop.place(name) == wanted, "the window where it was left")


def check_windows(t, desktop):
    """Click a window to the front and type into it, pull it by its title bar, close it by a key."""
    desktop.start_terminal("behind", "40x10+100+100")
    front = desktop.start_terminal("front", "40x10+300+250")
    x, y = desktop.place("behind")
    desktop.click(x + 20, y + 20)
    for key in (ord("o"), keyboard.YA, keyboard.RETURN):
        desktop.press(key)
    t.check("a click gives the keyboard", wait(lambda: desktop.typed("behind") == "oя\n", "text"))
    t.equal("to that window alone", desktop.typed("front"), "")
    t.check("a title bar is pulled", pull(desktop, "behind", x, y))
    x, y = desktop.place("front")
    desktop.click(x + 200, y + 100)
    # Not before: as long as openbox pulls a window it has the keyboard to itself.
    session.until(lambda: desktop.active() == "front", PATIENCE_S, "the window to be active")
    desktop.press(ALT_L, F4)
    t.check("a key of the window manager's", wait(lambda: front.process.poll() == 0, "its end"))


def check_menu(t, desktop):
    """Pull down a menu, which no window manager knows, and choose nothing in it."""
    desktop.start_terminal("menu", "40x10+100+100")
    x, y = desktop.place("menu")
    desktop.viewer.pointer(x + 50, y + 50)
    desktop.viewer.capture()
    before = desktop.screen.screenshot()
    desktop.viewer.key(keyboard.CONTROL_L, True)
    desktop.viewer.pointer(x + 50, y + 50, 1)
    changed = lambda: desktop.screen.screenshot() != before
    t.check("a menu comes", wait(changed, "the menu"))
    desktop.viewer.pointer(x + 400, y + 400, 1)
    desktop.viewer.pointer(x + 400, y + 400)
    desktop.viewer.key(keyboard.CONTROL_L, False)
    t.check("and goes", wait(lambda: not changed(), "the menu's end"))
    t.equal("nothing is held", keyboard.held(desktop.screen), ([], 0))


def check_grab(t, desktop):
    """A program that has grabbed keyboard and pointer hears all of it, and nobody else."""
    desktop.start_terminal("other", "40x10+100+100")
    x, y = desktop.place("other")
    grabber = desktop.screen.start(os.environ["GRAB_PROBE"])
    grabber.wait_line("^GRABBED$")
    desktop.click(x + 50, y + 50)
    for key in (ord("a"), ord("b"), keyboard.RETURN):
        desktop.press(key)
    heard = lambda: (grabber.lines.count("key"), grabber.lines.count("button")) == (3, 1)
    t.check("the grabber hears", wait(heard, "presses") + unless(heard(), grabber.lines))
    grabber.stop()
    desktop.click(x + 50, y + 50)
    for key in (ord("c"), keyboard.RETURN):
        desktop.press(key)
    t.check("then the window hears", wait(lambda: desktop.typed("other") != "", "text"))
    t.equal("only what came after", desktop.typed("other"), "c\n")


def main():
    t = tap.Tap()
    for check in (check_windows, check_menu, check_grab):
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            desktop = Desktop(stack, pathlib.Path(name))
            check(t, desktop)
            t.equal("share ends well", desktop.running.program.stop(), 0)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
