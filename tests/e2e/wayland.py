# SPDX-License-Identifier: GPL-3.0-or-later
"""The helper's desktop is Wayland's: keys arrive, and what such a desktop keeps to itself is said."""

import contextlib
import pathlib
import tempfile

from deskside_test import person, programs, session, tap
from deskside_test.hands_on import HEIGHT, WAIT_S, WIDTH, Terminal, let_control, run
from deskside_test.tap import unless

# weston 10 cannot be asked for its keys; GDK says that it has them.
KEPT = "^Some keys stay on this computer, since its desktop or another program holds them. (.+)$"
FILLED = "The menu can send them. Shift+F12, or the pointer at the upper edge, shows the bar."
A, S, RETURN, SHIFT, F11 = 38, 39, 36, 50, 95  # X's keycodes


def start_compositor(room):
    """Start weston in a window of somebody's X server; return its socket."""
    options = ["--backend=x11-backend.so", "--socket=wayland", "--width=1200", "--height=900"]
    room.start(["weston", *options, "--idle-time=0"])
    socket = pathlib.Path(room.env["XDG_RUNTIME_DIR"]) / "wayland"
    session.until(socket.exists, WAIT_S, "weston")
    room.xdo("mousemove", 1100, 800)  # in, and off all: so it has the keyboard, and gives it to what opens
    return socket


def check_keys(t, room, helpee, folder):
    """Type on the keyboard of the Wayland desktop."""
    terminal = Terminal(helpee, folder, "typed", ": > $out; cat > $out")
    terminal.wait()
    run(helpee.screen, "xdotool", "search", "--sync", "--name", "^typed$", "windowactivate", "--sync")

    def has_come():
        room.xdo("key", RETURN)  # until weston has given the window its keyboard
        return terminal.wait()

    session.until(has_come, WAIT_S, "the keyboard")
    room.xdo("key", A, S, RETURN)
    session.until(lambda: "s" in terminal.wait(), WAIT_S, "what is typed")
    t.check("what is typed arrives", unless(terminal.wait().strip("\n") == "as", terminal.wait()))


def check_all_keys(t, room, helper):
    """Ask for all keys, in the window and in full screen."""
    helper.press("Send Keys")
    helper.press("Send All Keys")
    said = helper.hear(KEPT)
    t.equal("it is said that not all can be had", said, ["The menu can send them. Shift+F12 comes back."])
    helper.becomes("The other screen", "focused")
    room.xdo("keydown", SHIFT, "key", F11, "keyup", SHIFT)
    t.equal("in full screen, too, with the way out", helper.hear(KEPT), [FILLED])


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        through = ["--relay", where, "--relay-pin", pin]
        room = stack.enter_context(person.Desk(folder / "room", width=1280, height=960))
        env = {"GDK_BACKEND": "wayland", "WAYLAND_DISPLAY": str(start_compositor(room))}
        size = {"width": WIDTH, "height": HEIGHT}
        helpee = person.Person(folder / "helpee", *through, manager="openbox", **size)
        stack.enter_context(helpee)
        helper = stack.enter_context(person.Person(folder / "helper", *through, env=env))
        let_control(helpee, helper)
        check_keys(t, room, helpee, folder)
        check_all_keys(t, room, helper)
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
