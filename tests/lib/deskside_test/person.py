# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at a desktop: an X server and a session bus of their own, eyes, ears and hands."""

import json
import os
import pathlib
import subprocess
import sys

from . import programs, xserver

END_S = 20.0
RELAY_ONLY = "direct-connections=false"


def write_settings(config, *lines):
    """Write settings of Deskside's below a folder of configuration."""
    path = pathlib.Path(config) / "glib-2.0/settings/keyfile"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(["[org/deskside/Deskside]", *lines]) + "\n", encoding="utf-8")


def keep_still(config):
    """Have GTK move nothing that only moves to look well: what is clicked on stays where it was."""
    path = pathlib.Path(config) / "gtk-3.0/settings.ini"
    path.parent.mkdir()
    path.write_text("[Settings]\ngtk-enable-animations=false\n", encoding="utf-8")


def unclear(controls):
    """Yield which names of a window's controls say nothing, or not which one it is."""
    names = [name for _, name in controls]
    for role, name in controls:
        if not name or not name.strip():
            yield f"a control ({role}) without a name"
        elif names.count(name) > 1:
            yield f"{name!r} is the name of {names.count(name)} controls"


class Desk:
    """The desktop, with whatever runs on it. Use it in a `with`."""

    def __init__(
        self, folder, manager=None, env=None, settings=(RELAY_ONLY,), is_still=False, **screen
    ):
        """Start X, a session bus, and a window manager where one is named; `folder` is for files.

        `settings` are Deskside's, as lines of a keyfile; `is_still`: nothing is animated; `screen`
        is as XServer has it.
        """
        self.screen = xserver.XServer(folder, **{"width": 1024, "height": 768, **screen})
        self._stack = [self.screen]
        self._senses = None
        try:
            self._open(pathlib.Path(folder), env or {}, settings)
            if is_still:
                keep_still(self.env["XDG_CONFIG_HOME"])
            if manager:
                self.screen.start(manager)
                # With the first key the server tells all of another keyboard, and the manager grabs
                # its keys anew, long before the first one that counts.
                self.key("Shift_L")
        except BaseException:
            self.stop()
            raise

    def _open(self, folder, env, settings):
        home = folder / "home"
        home.mkdir(mode=0o700)
        write_settings(home, *settings)
        self.env = {
            **self.screen.env,
            **{name: str(home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")},
            "XDG_SESSION_TYPE": "x11",
            "WAYLAND_DISPLAY": "",
            "GSETTINGS_BACKEND": "keyfile",
            "GIO_USE_VFS": "local",
            "GTK_A11Y": "atspi",
            "LANGUAGE": "C",
            "LC_ALL": "C.UTF-8",
            **env,
        }
        bus = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
        self._stack.append(programs.Program(bus, env=self.env))
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._stack[-1].wait_line(r"^(unix:\S+)")[1]
        self._senses = subprocess.Popen(
            [sys.executable, "-m", "deskside_test.accessibility"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self.env},
            text=True,
        )
        # A machine under load holds a key so long that the server repeats it.
        subprocess.run(["xset", "r", "off"], env={**os.environ, **self.env}, check=True)
        self.ask("ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """End everything, the X server last."""
        while len(self._stack) > 1:
            self._stack.pop().stop()
        if self._senses:
            self._senses.stdin.close()
            self._senses.wait()
            self._senses.stdout.close()
        self._senses = None
        while self._stack:
            self._stack.pop().stop()

    def start(self, command, env=None, **program):
        """Start a program on this desktop; it ends with it, unless it was stopped before."""
        self._stack.append(programs.Program(command, env={**self.env, **(env or {})}, **program))
        return self._stack[-1]

    def ask(self, verb, *arguments):
        """Have a method of accessibility.Senses called; return its result, or raise Failure."""
        print(json.dumps([verb, *arguments]), file=self._senses.stdin, flush=True)
        line = self._senses.stdout.readline()
        answer = json.loads(line) if line else {"failure": "eyes and hands have ended"}
        if "failure" in answer:
            self.fail(f"{verb} {arguments}: {answer['failure']}")
        return answer["result"]

    def fail(self, what):
        """Raise Failure."""
        raise programs.Failure(what)

    # ---- eyes and ears ----

    def see(self, pattern):
        """Wait for something in sight whose name or text matches; return the match's groups."""
        return self.ask("see", pattern)

    def miss(self, pattern):
        """Wait until nothing in sight has a name or text that matches."""
        self.ask("miss", pattern)

    def everything(self):
        """Return all names and texts in sight, as they are now."""
        return self.ask("everything")

    def hear(self, pattern):
        """Wait for an announcement that matches; return its groups. Forget it and those before."""
        return self.ask("hear", pattern)

    def heard(self):
        """Return the announcements after those that hear() took, up to now, and forget them."""
        return self.ask("heard")

    def bells(self):
        """Return how often the bell has rung since the desktop was there."""
        return self.ask("bells")

    def controls(self):
        """Return [role, name] of each control, a list a window, as they are now."""
        return self.ask("controls")

    def states(self, name, window=None):
        """Return what AT-SPI says of a control, "sensitive" say.

        Here and below `window` is 0 for the program's first, 1 for the bar; None: the first control
        of that name.
        """
        return self.ask("states", name, window)

    def text(self, name):
        """Return what a field holds."""
        return self.ask("text", name)

    def holds(self, name, text):
        """Wait until a field holds this text."""
        self.ask("holds", name, text)

    def place(self, name, window=None):
        """Return x, y, width and height on the screen of a control."""
        return self.ask("place", name, window)

    def spot(self, pattern):
        """Wait for a name or text that matches; return its x, y, width and height on the screen."""
        return self.ask("spot", pattern)

    def focused(self):
        """Return the name of the control that has the keyboard, None where none has."""
        return next(iter(self.ask("focused")), None)

    def becomes(self, name, *states):
        """Wait until a control has these states: "sensitive", "focused"."""
        self.ask("becomes", name, *states)

    def clipboard(self):
        """Return the text that was copied last, "" for none."""
        command = [sys.executable, "-m", "deskside_test.clipboard"]
        run = subprocess.run(
            command, env={**os.environ, **self.env}, check=True, capture_output=True, text=True
        )
        return run.stdout

    # ---- hands: by accessible actions, then by real events ----

    def press(self, name, window=None):
        """Press the button of this name, as soon as it is there and may be pressed."""
        self.ask("press", name, window)

    def type_into(self, name, text):
        """Put a text into the field of this name."""
        self.ask("type", name, text)

    def focus(self, name, window=None):
        """Put the keyboard on a control."""
        self.ask("focus", name, window)

    def xdo(self, *words):
        """Make real events by XTEST, as xdotool's words say."""
        command = ["xdotool", *map(str, words)]
        subprocess.run(command, env={**os.environ, **self.env}, check=True, capture_output=True)

    def key(self, *keys):
        """Press and release keys, one after the other."""
        self.xdo("key", *keys)

    def click(self, name, window=None):
        """Point at the middle of a control and click."""
        x, y, width, height = self.place(name, window)
        self.xdo("mousemove", x + width // 2, y + height // 2, "click", 1)


class Person(Desk):
    """Somebody at a desktop with `deskside` on it."""

    def __init__(self, folder, *options, language="C", env=None, through=(), **desk):
        """Start the desktop (see Desk) and the program with these options, in a language.

        `through` is a command that runs the program, on another machine say; the desktop is here.
        """
        self.app = None
        super().__init__(folder, env={"LANGUAGE": language, **(env or {})}, **desk)
        try:
            self.app = self.start([*through, os.environ["DESKSIDE"], "--new-instance", *options])
        except BaseException:
            self.stop()
            raise

    def end(self):
        """End the program from outside; return what is wrong with how it ended."""
        self.app.process.terminate()
        status = self.app.wait_exit(END_S)
        return [f"status {status}"] * (status != 0) + self.app.stderr().splitlines()

    def fail(self, what):
        """Raise Failure with what the program wrote."""
        if self.app:
            self.app.fail(what)
        super().fail(what)
