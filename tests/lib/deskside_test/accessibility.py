# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop session with a bus of its own, and its accessibility tree, as a screen reader sees it."""

import os
import time

import gi

from .programs import Failure, Program

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # pylint: disable=wrong-import-position

POLL_S = 0.02
TIMEOUT_S = 10.0
# What a person can do something with.
CONTROLS = {
    Atspi.Role.CANVAS,
    Atspi.Role.CHECK_BOX,
    Atspi.Role.ENTRY,
    Atspi.Role.PUSH_BUTTON,
    Atspi.Role.STATIC,
    Atspi.Role.TEXT,
    Atspi.Role.TOGGLE_BUTTON,
}


class Desktop:
    """A session bus on the display of an XServer, with the accessibility bus that belongs to it.

    libatspi connects once in a process: one Desktop a test program.
    """

    def __init__(self, screen, folder):
        """Start the bus; `folder` is the session's home. Sets this process's environment."""
        self.env = {
            **screen.env,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "GSETTINGS_BACKEND": "memory",
            "LC_ALL": "C.UTF-8",
        }
        bus = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
        self._bus = Program(bus, env=self.env)
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus.wait_line(r"^(unix:\S+)$")[1]
        os.environ.update(self.env)
        Atspi.init()
        self.announcements = []
        listener = Atspi.EventListener.new(lambda event: self.announcements.append(event.any_data))
        listener.register("object:announcement")
        self._listener = listener

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.deregister("object:announcement")
        self._bus.stop()

    def until(self, condition, what):
        """Let events come until condition() gives something; return that."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            while GLib.MainContext.default().iteration(False):
                pass
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Failure(f"{what}: not within {TIMEOUT_S} s")
            time.sleep(POLL_S)

    def announced(self, text):
        """Wait for an announcement of this text; forget those before it."""
        self.until(lambda: text in self.announcements, f"announcement {text!r}")
        del self.announcements[: self.announcements.index(text) + 1]

    def shown(self):
        """Return [(accessible, role, name)] of what is on the screen, in the tree's order."""
        found = []
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            _collect(desktop.get_child_at_index(index), found)
        return found

    def controls(self):
        """Return [(role, name)] of the controls on the screen."""
        return [(role, name) for _, role, name in self.shown() if role in CONTROLS]

    def find(self, name, enabled=True):
        """Wait for a control of this name and return it; by default one that can be used."""

        def look():
            for node, role, found in self.shown():
                if role in CONTROLS and found == name and (is_enabled(node) or not enabled):
                    return node
            return None

        return self.until(look, f"control {name!r}")

    def press(self, name):
        """Do what a control does, as assistive technology does it."""
        self.find(name).do_action(0)

    def centre(self, name):
        """Return where on the screen the middle of a control is."""
        box = self.find(name).get_extents(Atspi.CoordType.SCREEN)
        return box.x + box.width // 2, box.y + box.height // 2

    def focused(self):
        """Return the name of the control that has the keyboard, None where none has."""
        for node, role, name in self.shown():
            if role in CONTROLS and node.get_state_set().contains(Atspi.StateType.FOCUSED):
                return name
        return None

    def focus_comes_to(self, name):
        """Wait until a control has the keyboard."""
        self.until(lambda: self.focused() == name, f"focus on {name!r}")


def is_enabled(node):
    """Say whether a control can be used now."""
    return node.get_state_set().contains(Atspi.StateType.SENSITIVE)


def _collect(node, found):
    """Append the showing nodes below this one; what vanishes meanwhile is left out."""
    try:
        role = node.get_role()
        is_application = role == Atspi.Role.APPLICATION
        if not is_application and not node.get_state_set().contains(Atspi.StateType.SHOWING):
            return
        if not is_application:
            found.append((node, role, node.get_name()))
        for index in range(node.get_child_count()):
            _collect(node.get_child_at_index(index), found)
    except (GLib.Error, AttributeError):
        return
