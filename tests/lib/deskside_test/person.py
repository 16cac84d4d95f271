# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at a desktop of their own: an X server, a session bus, and eyes and hands by AT-SPI.

AT-SPI serves one session bus a process, so each person's eyes and hands are a process of their own
(this file, run as a module), which does what it is asked for line by line.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

from . import programs, xserver

PATIENCE_S = 30.0
POLL_MS = 50
CHILDREN_MAX = 2000


class Person:
    """One desktop with `deskside` on it. Use it in a `with`."""

    def __init__(self, folder, *options, width=1024, height=768, env=None):
        """Start X, a session bus and the application with these options; `folder` is for files."""
        self.screen = xserver.XServer(folder, width, height)
        self._stack = [self.screen]
        try:
            self._start(pathlib.Path(folder), options, env or {})
        except BaseException:
            self.stop()
            raise

    def _start(self, folder, options, env):
        home = folder / "home"
        home.mkdir(mode=0o700)
        bus = programs.Program(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            env={"XDG_RUNTIME_DIR": str(home), **self.screen.env},
        )
        self._stack.append(bus)
        self._env = {
            **os.environ,
            **self.screen.env,
            **{name: str(home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")},
            "DBUS_SESSION_BUS_ADDRESS": bus.wait_line(r"^(unix:\S+)")[1],
            "XDG_SESSION_TYPE": "x11",
            "WAYLAND_DISPLAY": "",
            "GSETTINGS_BACKEND": "memory",
            "GIO_USE_VFS": "local",
            "GTK_A11Y": "atspi",
            "LANGUAGE": "C",
            "LC_ALL": "C.UTF-8",
            **env,
        }
        self._hands = subprocess.Popen(
            [sys.executable, "-m", "deskside_test.person"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._env,
            text=True,
        )
        self.ask("ready")
        command = [os.environ["DESKSIDE"], "--new-instance", *options]
        self.app = programs.Program(command, env=self._env)
        self._stack.append(self.app)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, verb, *arguments):
        """Have eyes and hands do `verb`; return what comes of it, or raise Failure."""
        print(json.dumps([verb, *arguments]), file=self._hands.stdin, flush=True)
        line = self._hands.stdout.readline()
        answer = json.loads(line) if line else {"failure": "eyes and hands have ended"}
        if "failure" in answer:
            self.fail(f"{verb} {arguments}: {answer['failure']}")
        return answer["result"]

    def fail(self, what):
        """Raise Failure with what the application wrote, and what is to be seen."""
        if hasattr(self, "app"):
            self.app.fail(what)
        raise programs.Failure(what)

    def press(self, name):
        """Press the button of this name, as soon as it is there and may be pressed."""
        self.ask("press", name)

    def see(self, pattern):
        """Wait for something in sight whose name or text matches; return the match's groups."""
        return self.ask("see", pattern)

    def place(self, name):
        """Return x, y, width and height on the screen of what has this name."""
        return self.ask("place", name)

    def type_into(self, name, text):
        """Put a text into the field of this name."""
        self.ask("type", name, text)

    def stop(self):
        """End everything, the X server last."""
        hands = self.__dict__.pop("_hands", None)
        while len(self._stack) > 1:
            self._stack.pop().stop()
        if hands:
            hands.stdin.close()
            hands.wait()
            hands.stdout.close()
        while self._stack:
            self._stack.pop().stop()


class Hands:
    """What AT-SPI shows of the application on this process's session bus, and what can be done."""

    def __init__(self):
        import gi

        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi, GLib

        self._atspi, self._glib = Atspi, GLib
        Atspi.init()

    def _showing(self):
        """Yield all that is in sight, in the order of the tree."""
        desktop = self._atspi.get_desktop(0)
        waiting = [desktop.get_child_at_index(i) for i in range(desktop.get_child_count())][::-1]
        for _ in range(CHILDREN_MAX):
            if not waiting:
                return
            node = waiting.pop()
            if node is None:
                continue
            is_program = node.get_role() == self._atspi.Role.APPLICATION
            if not is_program and not node.get_state_set().contains(self._atspi.StateType.SHOWING):
                continue
            yield node
            waiting += [node.get_child_at_index(i) for i in range(node.get_child_count())][::-1]

    def _wait(self, look, what):
        """Return what look() finds, which may find nothing (None) for a while."""
        deadline = time.monotonic() + PATIENCE_S
        context = self._glib.MainContext.default()
        while time.monotonic() < deadline:
            while context.iteration(False):
                pass
            try:
                found = look()
            except self._glib.Error:
                found = None  # what was looked at went away meanwhile
            if found is not None:
                return found
            time.sleep(POLL_MS / 1000)
        seen = [text for node in self._showing() for text in self._texts(node) if text]
        raise programs.Failure(f"no {what}; in sight: {seen}")

    def _texts(self, node):
        yield node.get_name()
        if "Text" in node.get_interfaces():
            yield self._atspi.Text.get_text(node, 0, -1)

    def ready(self):
        """Say that the bus answers."""
        return self._atspi.get_desktop_count()

    def see(self, pattern):
        """Wait for something whose name or text matches; return the groups, or the whole."""
        def look():
            for node in self._showing():
                for text in self._texts(node):
                    match = re.search(pattern, text or "")
                    if match:
                        return match.groups() or [match[0]]
            return None

        return self._wait(look, f"text like {pattern!r}")

    def _find(self, name, *states):
        """Wait for what has this name and all these states."""

        def look():
            for node in self._showing():
                has = node.get_state_set()
                if node.get_name() == name and all(has.contains(state) for state in states):
                    return node
            return None

        return self._wait(look, f"{name!r}")

    def press(self, name):
        """Do the first action of the widget of this name."""
        state = self._atspi.StateType
        button = self._find(name, state.SENSITIVE, state.FOCUSABLE)
        return self._atspi.Action.do_action(button, 0)

    def place(self, name):
        """Return x, y, width and height on the screen of what has this name."""
        node = self._find(name)
        place = self._atspi.Component.get_extents(node, self._atspi.CoordType.SCREEN)
        return [place.x, place.y, place.width, place.height]

    def type(self, name, text):
        """Replace the text of the field of this name."""
        field = self._find(name, self._atspi.StateType.EDITABLE)
        return self._atspi.EditableText.set_text_contents(field, text)


def main():
    hands = Hands()
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        try:
            answer = {"result": getattr(hands, verb)(*arguments)}
        except programs.Failure as failure:
            answer = {"failure": str(failure)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
