# SPDX-License-Identifier: GPL-3.0-or-later
"""A helper's window with somebody's screen in it, from Share to Let Them Control, and what is there."""

import json
import os
import pathlib
import re
import subprocess
import sys

from deskside_test import person, programs, session

WIDTH, HEIGHT = 1024, 768  # of the helpee's screen
HELPER_SIZE = {"width": 1280, "height": 960}
BESIDE = (810, 400)  # where Deskside's own window on the helpee's screen is not
INSIDE = (860, 460)  # of a program that is there
WAIT_S = 15.0
SLOW_S = 60.0  # openbox reads its settings anew after each change of the keymap


def run(screen, *command):
    """Run a program on a screen; return what it prints."""
    env = {**os.environ, **screen.env, "LC_ALL": "C.UTF-8"}
    words = [str(word) for word in command]
    return subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout


def active(screen):
    """Return the title of the window that has the keyboard, None where none has."""
    try:
        return run(screen, "xdotool", "getactivewindow", "getwindowname").strip()
    except subprocess.CalledProcessError:
        return None


class Picture:
    """The shared screen in the helper's window, pixel for pixel."""

    def __init__(self, helper):
        self.helper = helper
        window = int(run(helper.screen, "xdotool", "search", "--name", "Screen of"))
        (at,) = re.findall(r"Geometry: (\d+)x(\d+)", run(helper.screen, "xdotool", "getwindowgeometry", window))
        _, _, width, height = helper.place("The other screen")
        size = [int(at[0]) + WIDTH - width, int(at[1]) + HEIGHT - height]
        helper.xdo("windowmove", window, 50, 20, "windowsize", window, *size)
        session.until(lambda: helper.place("The other screen")[2:] == [WIDTH, HEIGHT], WAIT_S, "1:1")
        self.left, self.top = helper.place("The other screen")[:2]

    def point(self, x, y, *more):
        """Move the helper's pointer to a pixel of the shared screen, and do more."""
        self.helper.xdo("mousemove", self.left + x, self.top + y, *more)

    def click_into(self, helpee, title):
        """Click on the program of this title until it has come up and has the keyboard there."""

        def has_keyboard():
            self.point(*INSIDE, "click", 1)
            return active(helpee.screen) == title

        session.until(has_keyboard, SLOW_S, f"{title} with the keyboard")

    def type(self, text):
        """Type a text where the shared desktop has its focus."""
        self.helper.xdo("type", "--delay", 30, text)


def held(screen):
    """Return which keys and buttons are down on a screen."""
    return json.loads(run(screen, sys.executable, "-m", "deskside_test.held"))


def wait_held(screen, keys, buttons=()):
    """Wait until just these are down on a screen; return the problems."""
    wanted = {"keys": sorted(keys), "buttons": sorted(buttons)}
    try:
        session.until(lambda: held(screen) == wanted, WAIT_S, str(wanted))
    except programs.Failure as failure:
        return [str(failure), f"held: {held(screen)}"]
    return []


def let_control(helpee, helper):
    """Go from Share to Let Them Control."""
    helpee.press("Share My Screen")
    (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
    helper.press("Help Someone")
    helper.type_into("Code or link", code)
    helpee.press("Let Them Control")
    helper.see("^The other screen$")
    helper.hear("^You control the other computer now.$")
    helper.see("^You control$")


def meet(helpee, helper):
    """Go from Share to Let Them Control; return the picture."""
    let_control(helpee, helper)
    return Picture(helper)


def connect(stack, folder):
    """Bring two people together; return the relay, helpee, helper and the picture."""
    relay, where, pin = programs.relay(folder / "relay")
    through = ["--relay", where, "--relay-pin", pin]
    stack.enter_context(relay)
    sizes = {"helpee": {"width": WIDTH, "height": HEIGHT}, "helper": HELPER_SIZE}
    helpee, helper = (
        stack.enter_context(person.Person(folder / name, *through, manager="openbox", **size))
        for name, size in sizes.items()
    )
    return relay, helpee, helper, meet(helpee, helper)


class Terminal:
    """A terminal on the helpee's screen, whose shell runs a script with $out, the name of a file."""

    def __init__(self, helpee, folder, name, script):
        self.path = folder / name
        options = ["-u8", "-geometry", f"30x10+{BESIDE[0]}+{BESIDE[1]}", "-title", name, "-e", "sh", "-c"]
        self.program = helpee.start(
            ["xterm", *options, script], env={"LC_ALL": "C.UTF-8", "out": str(self.path)}
        )

    def wait(self, ending=""):
        """Wait until the script has made its file of this ending; return what it holds."""
        path = pathlib.Path(f"{self.path}{ending}")
        session.until(path.exists, WAIT_S, path.name)
        return path.read_text(encoding="utf-8")


class Editor:
    """A GTK editor on the helpee's screen."""

    def __init__(self, helpee, picture, *words):
        self.program = helpee.start([sys.executable, "-m", "deskside_test.editor", *words])
        self.program.wait_line("shown", SLOW_S)
        window = run(helpee.screen, "xdotool", "search", "--sync", "--onlyvisible", "--name", "^Editor$")
        helpee.xdo("windowmove", "--sync", int(window.split()[0]), *BESIDE)
        picture.click_into(helpee, "Editor")

    def expect(self, **words):
        """Wait until it says this; return the problems."""
        try:
            self.program.wait_line("^" + re.escape(json.dumps(words)) + "$", WAIT_S)
        except programs.Failure as failure:
            return str(failure).splitlines()
        return []
