# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote control: what is typed and clicked arrives, only where it may, and nothing stays held."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile

from deskside_test import keyboard, programs, session, tap, xserver
from deskside_test.keyboard import CONTROL_L, RETURN, SHIFT_L, YA
from deskside_test.local import Local, Session
from deskside_test.watcher import Watcher

WIDTH, HEIGHT = 640, 480
F1, TAB, ALT_L = 0xFFBE, 0xFF09, 0xFFE9
# As X11's keysymdef.h has them; what is not Latin-1 is 0x01000000 + its code point, or older.
KEYSYMS = {"€": 0x20AC, "я": YA, "Я": 0x06F1, "ő": 0x01F5, "\n": RETURN, "☃": 0x01002603}
TEXTS = (
    "Hello, World!",
    "é ß я € {",
    "\u00c4\u00d6\u00dc \u00e4\u00f6\u00fc @|~\\[]}",
    "ЯяЯя ☃☃ ő \u0105\u0119\u0142",
)


def keysym(character):
    """Return the keysym that a viewer sends for a character."""
    code = ord(character)
    if character in KEYSYMS:
        return KEYSYMS[character]
    return code if code < 0x100 else 0x01000000 + code


def type_text(viewer, text):
    """Press and release what makes the text, as a viewer of another layout does."""
    for character in text:
        viewer.key(keysym(character), True)
        viewer.key(keysym(character), False)


class Terminal:
    """A terminal that puts what is typed into a file, until Ctrl+D."""

    def __init__(self, screen, path):
        self._path = path
        command = f"cat > {path}; echo done > {path}.done"
        options = ["-u8", "-geometry", "80x24+0+0", "-e", "sh", "-c", command]
        screen.start("env", "LC_ALL=C.UTF-8", "xterm", *options)
        session.until(path.exists, 10.0, "the terminal")
        look = "xdotool search --sync --onlyvisible --class xterm".split()
        subprocess.run(look, env={**os.environ, **screen.env}, check=True, capture_output=True)

    def end(self, viewer):
        """Have the viewer press Ctrl+D; return what was typed."""
        viewer.key(CONTROL_L, True)
        type_text(viewer, "d")
        viewer.key(CONTROL_L, False)
        session.until(pathlib.Path(f"{self._path}.done").exists, 10.0, "Ctrl+D")
        return self._path.read_text(encoding="utf-8")


def check_text(t, stack, screen, folder):
    """Type into a terminal what the layout has, and what it lacks."""
    local = Local(stack, screen, "control")
    before = keyboard.keymap(screen)
    terminal = Terminal(screen, folder / "typed")
    local.viewer.pointer(100, 100)
    wanted = "".join(text + "\n" for text in TEXTS)
    for text in TEXTS:
        type_text(local.viewer, text + "\n")
    typed = terminal.end(local.viewer)
    t.equal("every character arrives in a terminal", typed, wanted)
    t.check("some keys are borrowed", [] if keyboard.keymap(screen) != before else ["none"])
    t.equal("share ends well", local.program.stop(), 0)
    t.equal("they are given back", keyboard.keymap(screen), before)


def load_layout(screen, name):
    """Load a keyboard layout; return the keymap that the X server has then."""
    subprocess.run(["setxkbmap", name], env={**os.environ, **screen.env}, check=True)
    return keyboard.keymap(screen)


def check_layout(t, stack, screen, folder):
    """Load another layout in the middle, over the keys that are borrowed."""
    german = load_layout(screen, "de")
    load_layout(screen, "us")
    local = Local(stack, screen, "control")
    terminal = Terminal(screen, folder / "layout")
    local.viewer.pointer(100, 100)
    type_text(local.viewer, "zя☃\n")
    line = lambda: (folder / "layout").read_text(encoding="utf-8")
    session.until(lambda: line() == "zя☃\n", 10.0, "the first line")
    load_layout(screen, "de")
    type_text(local.viewer, "zя☃ő\n")
    t.equal("another layout: all arrives", terminal.end(local.viewer), "zя☃\nzя☃ő\n")
    t.equal("share ends well", local.program.stop(), 0)
    t.equal("the layout is what was loaded", keyboard.keymap(screen), german)


def check_keys(t, stack, screen, _):
    """A program hears keys, modifiers, buttons, the wheel and motion as they were meant."""
    local = Local(stack, screen, "control")
    watcher = Watcher(screen, f"{WIDTH}x{HEIGHT}+0+0")
    viewer = local.viewer
    viewer.pointer(123, 45)
    t.check("the pointer is where it was put", watcher.wait("MotionNotify", "root:(123,45)"))
    for button in (1, 2, 3, 4, 5, 6, 7):
        viewer.pointer(123, 45, 1 << (button - 1))
        viewer.pointer(123, 45, 0)
        pressed = watcher.wait("ButtonPress", f"button {button},", "root:(123,45)")
        pressed += watcher.wait("ButtonRelease", f"button {button},")
        t.check(f"button {button} clicks", pressed)
    viewer.key(CONTROL_L, True)
    viewer.key(ord("c"), True)
    viewer.key(ord("c"), False)
    viewer.key(CONTROL_L, False)
    t.check("Ctrl+C", watcher.wait("KeyPress", "state 0x4", "(keysym 0x63, c)"))
    viewer.key(SHIFT_L, True)
    viewer.key(F1, True)
    viewer.key(F1, False)
    viewer.key(TAB, True)
    viewer.key(TAB, False)
    t.check("Shift+F1 keeps Shift", watcher.wait("KeyPress", "state 0x1", "(keysym 0xffbe, F1)"))
    t.check("Shift+Tab too", watcher.wait("KeyPress", "state 0x1", "ISO_Left_Tab"))
    # On another keyboard this may need Shift; on the helpee's it does not.
    viewer.key(ord("7"), True)
    viewer.key(ord("7"), False)
    t.check("7 with Shift held is 7", watcher.wait("KeyPress", "state 0x0", "(keysym 0x37, 7)"))
    viewer.key(ord("A"), True)
    viewer.key(SHIFT_L, False)
    viewer.key(ord("a"), False)
    t.check("a key that changed its case is released", watcher.wait("KeyRelease", "(keysym 0x61, a)"))
    viewer.key(ord("x"), True)
    t.check("a held key goes down", watcher.wait("KeyPress", "(keysym 0x78, x)"))
    # It is let go of when nothing comes any more, long before the viewer says so.
    t.check("a silent viewer's key goes up", watcher.wait("KeyRelease", "(keysym 0x78, x)"))


# Pointer_EnableKeys, Pointer_Drag1, SlowKeys_Enable, ISO_Level3_Lock, Terminate_Server, and locks.
ORDERS = (0xFEF9, 0xFEF5, 0xFE73, 0xFE05, 0xFED5, 0xFFE5, 0xFF7F, 0xFF14)


def check_orders(t, stack, screen, _):
    """What an X server would obey itself is put on no key: nothing is locked, or slow, or over."""
    local = Local(stack, screen, "control")
    watcher = Watcher(screen, f"{WIDTH}x{HEIGHT}+0+0")
    before = keyboard.keymap(screen)
    local.viewer.pointer(100, 100)
    for order in ORDERS:
        local.viewer.key(order, True)
        local.viewer.key(order, False)
    type_text(local.viewer, "x")
    typed = watcher.wait("KeyPress", "state 0x0,", "(keysym 0x78, x)")
    t.check("keys are as they were", typed + watcher.wait("KeyRelease", "(keysym 0x78, x)"))
    t.equal("no button is down", keyboard.held(screen), ([], 0))
    t.equal("no key is borrowed for that", keyboard.keymap(screen), before)
    for key in (F1, CONTROL_L):
        local.viewer.key(key, True)
    released = watcher.wait("KeyRelease", "state 0x0,", "(keysym 0xffbe, F1)")
    t.check("Ctrl lets go of F1 first", released)
    for key in (ALT_L, F1):
        local.viewer.key(key, True)
    t.check("Ctrl+Alt+F1 is F1", watcher.wait("KeyPress", "state 0xc,", "(keysym 0xffbe, F1)"))


def check_view(t, stack, screen, _):
    """Who may only look changes nothing."""
    looking, controlling = Local(stack, screen, "view"), Local(stack, screen, "control")
    watcher = Watcher(screen, f"{WIDTH}x{HEIGHT}+0+0")
    controlling.viewer.pointer(300, 10)
    watcher.wait("MotionNotify", "root:(300,10)")
    before = len(watcher.program.lines)
    for x in range(50, 150, 10):
        looking.viewer.pointer(x, 60, x % 8)
        type_text(looking.viewer, "view \u00e9")
    looking.viewer.capture()  # what was sent before the request has been handled
    keys = keyboard.keymap(screen)
    controlling.viewer.pointer(320, 20)
    t.check("control is seen", watcher.wait("MotionNotify", "root:(320,20)"))
    heard = [line for line in watcher.program.lines[before:] if re.match(r"\w+ event", line)]
    t.equal("nothing of the one who looks", [line.split()[0] for line in heard], ["MotionNotify"])
    t.equal("no key is borrowed for them", keyboard.keymap(screen), keys)


HELD = ((SHIFT_L, "Shift_L"), (ord("A"), "keysym 0x41, A"), (CONTROL_L, "Control_L"))


def hold(viewer, watcher):
    """Press keys and a button; return the problems."""
    viewer.pointer(200, 200)
    viewer.pointer(200, 200, 1)
    for key, _ in HELD:
        viewer.key(key, True)
    found = [problem for _, name in HELD for problem in watcher.wait("KeyPress", name)]
    return found + watcher.wait("ButtonPress", "button 1,")


def let_go(watcher):
    """Wait until all that hold() pressed is released; return the problems."""
    # The second is "A" or "a", as Shift goes up after or before it.
    names = ("Shift_L", "keycode 38 ", "Control_L")
    found = [problem for name in names for problem in watcher.wait("KeyRelease", name)]
    return found + watcher.wait("ButtonRelease", "button 1,")


def check_ends(t, stack, screen, folder):
    """At every end all keys and buttons go up."""
    watcher = Watcher(screen, f"{WIDTH}x{HEIGHT}+0+0")
    local = Local(stack, screen, "control")
    t.check("held by a viewer", hold(local.viewer, watcher))
    local.viewer.close()
    t.check("its connection is gone: all go up", let_go(watcher))
    watcher.program.lines.clear()
    second = Local(stack, screen, "control")
    t.check("held again", hold(second.viewer, watcher))
    t.equal("share is stopped", second.program.stop(), 0)
    t.check("all go up", let_go(watcher))
    watcher.program.lines.clear()
    check_killed(t, stack, screen, folder, watcher)


def check_killed(t, stack, screen, folder, watcher):
    """Kill the helper's program, and the relay, while keys are held."""
    for name in ("connect", "relay"):
        with contextlib.ExitStack() as inner:
            running = Session(inner, screen, folder / f"relay-{name}")
            t.check("held through a relay", hold(running.viewer, watcher))
            victim = running.connect if name == "connect" else running.relay
            victim.process.send_signal(signal.SIGKILL)
            t.check(f"kill -9 of the {victim.name}: all go up", let_go(watcher))
            t.equal("the desktop is still shared", running.share.process.poll(), None)
        watcher.program.lines.clear()


def check_guard(t, stack, screen, _):
    """Our own windows hear nothing of a viewer's clicks and keys."""
    probe = stack.enter_context(programs.Program([os.environ["GUARD_PROBE"]], env=screen.env))
    t.equal("the probe ends well", probe.wait_exit(), 0)
    wanted = ["own 1 1 1", "other 1 1 1", "own, guarded 0 0 0", "other, beside it 1 1 1"]
    wanted += ["own, pulled from 0 0 0", "other, pulled to 0 0 0"]
    t.equal("who heard button presses, releases and keys", probe.lines, wanted)


def main():
    t = tap.Tap()
    checks = (check_text, check_layout, check_keys, check_orders, check_view, check_guard)
    checks += (check_ends,)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number, check in enumerate(checks):
            with contextlib.ExitStack() as stack:
                screen = stack.enter_context(xserver.XServer(folder / f"{number}", WIDTH, HEIGHT))
                check(t, stack, screen, folder)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
