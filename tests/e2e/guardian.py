# SPDX-License-Identifier: GPL-3.0-or-later
"""However the sharing program ends, nothing stays held, and every key means what it meant."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from deskside_test import keyboard, local, programs, session, tap, xserver
from deskside_test.tap import unless

WIDTH, HEIGHT = 640, 480
PATIENCE_S = 10.0
STOP_S = 6.0  # a frozen X server is waited for, but not for long
NOTHING = ([], 0)


class Hands:
    """What a viewer holds on a screen, and what the screen was before."""

    def __init__(self, screen):
        self.screen = screen
        self.before = keyboard.keymap(screen)

    def hold(self, viewer):
        """Hold Shift, a letter, one that the layout lacks, and a button; return the problems."""
        corner = (viewer.width - 1, viewer.height - 1)  # no window of ours is there
        viewer.pointer(*corner)
        viewer.pointer(*corner, 1)
        for key in (keyboard.SHIFT_L, ord("A"), keyboard.YA):
            viewer.key(key, True)

        def is_held():
            keys, buttons = keyboard.held(self.screen)
            return len(keys) == 3 and buttons != 0

        with contextlib.suppress(programs.Failure):
            session.until(is_held, PATIENCE_S, "all held")
        found = unless(is_held(), "held:", keyboard.held(self.screen))
        return found + unless(keyboard.keymap(self.screen) != self.before, "no key is borrowed")

    def wait_free(self):
        """Wait until nothing is held; return the problems."""
        with contextlib.suppress(programs.Failure):
            session.until(lambda: keyboard.held(self.screen) == NOTHING, PATIENCE_S, "nothing held")
        found = keyboard.held(self.screen)
        return unless(found == NOTHING, "held:", found)

    def wait_before(self):
        """Wait until all is as it was; return the problems."""
        is_before = lambda: keyboard.keymap(self.screen) == self.before
        with contextlib.suppress(programs.Failure):
            session.until(is_before, PATIENCE_S, "the keymap")
        return self.wait_free() + unless(is_before(), "the keymap is another one")


def children(program):
    """Return the arguments of each child of a program, by its id."""
    pid = program.process.pid
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        ids = pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
        for child in ids.split():
            line = pathlib.Path(f"/proc/{child}/cmdline").read_bytes()
            found[int(child)] = line.decode().split("\0")
    return found


def guardian_of(program):
    """Return the process id of a program's guardian."""
    (pid,) = [pid for pid, words in children(program).items() if "--guardian" in words]
    return pid


def is_over(pid):
    """Say whether a process has ended; nobody but init reaps an orphan, and it may be slow."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def wait_over(pid):
    """Wait until a process has ended; return the problems."""
    with contextlib.suppress(programs.Failure):
        session.until(lambda: is_over(pid), PATIENCE_S, "the guardian's end")
    return unless(is_over(pid), "the guardian is there still")


def check_killed(t, stack, screen, _):
    """Kill `share --local`, with an uneasy guardian; then stop it, which leaves it nothing to do."""
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
        name = signal.Signals(number).name
        hands = Hands(screen)
        running = local.Local(stack, screen, "control")
        guardian = guardian_of(running.program)
        t.check(f"{name}: held while it lives", hands.hold(running.viewer))
        for mild in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(guardian, mild)
        running.program.process.send_signal(number)
        # It returns when nobody has the program's standard output open any more.
        running.program.wait_exit()
        t.check(f"{name}: all is as it was", hands.wait_before())
        t.check(f"{name}: the guardian is gone", wait_over(guardian))
    t.equal("a clean stop has nothing to say", running.program.stderr(), "")


def check_early(t, stack, screen, _):
    """Kill it before anybody looked, and after all was let go of: the guardian goes with it."""
    hands = Hands(screen)
    options = ["--display", screen.display, "--local", "127.0.0.1:0"]
    early = stack.enter_context(programs.cli("share", *options, env=screen.env))
    early.wait_event("listening")
    guardian = guardian_of(early)
    early.process.send_signal(signal.SIGKILL)
    early.wait_exit()
    t.check("killed at once: the guardian is gone", wait_over(guardian))
    running = local.Local(stack, screen, "control")
    guardian = guardian_of(running.program)
    t.check("held", hands.hold(running.viewer))
    running.viewer.close()
    t.check("let go of", hands.wait_free())
    running.program.process.send_signal(signal.SIGKILL)
    running.program.wait_exit()
    t.check("the borrowed key is given back", hands.wait_before())
    t.check("and the guardian is gone", wait_over(guardian))


def check_relayed(t, stack, screen, folder):
    """Kill either side of a session through a relay."""
    for victim in ("share", "connect"):
        hands = Hands(screen)
        running = local.Session(stack, screen, folder / victim)
        share, connect = running.share, running.connect
        t.check(f"{victim}: held while it lives", hands.hold(running.viewer))
        killed = share if victim == "share" else connect
        killed.process.send_signal(signal.SIGKILL)
        killed.wait_exit()
        t.check(f"{victim} is killed: nothing is held", hands.wait_free())
        if victim == "share":
            connect.process.send_signal(signal.SIGKILL)  # it would look for the other one
        else:
            t.equal("the desktop is still shared", share.process.poll(), None)
            share.process.terminate()  # the keys are borrowed for as long as somebody may come
            t.equal("share ends well", share.wait_exit(), 0)
        t.check(f"{victim} was killed: every key is as it was", hands.wait_before())


def check_frozen(t, stack, screen, _):
    """Stop while the X server hears nothing: it ends all the same, and X11 catches up later."""
    hands = Hands(screen)
    running = local.Local(stack, screen, "control")
    guardian = guardian_of(running.program)
    t.check("held before the X server freezes", hands.hold(running.viewer))
    server = screen.server.process
    server.send_signal(signal.SIGSTOP)
    try:
        running.viewer.key(ord("b"), True)
        begun = time.monotonic()
        running.program.process.terminate()
        status = running.program.wait_exit()
        took_s = time.monotonic() - begun
    finally:
        server.send_signal(signal.SIGCONT)
    t.equal("a stop ends well", status, 0)
    t.check("and soon", unless(took_s < STOP_S, f"{took_s:.1f} s"))
    t.check("when the X server goes on, nothing is held", hands.wait_before())
    t.check("and the guardian is gone", wait_over(guardian))


def check_gone(t, stack, screen, _):
    """The X server dies: so does what guards it."""
    hands = Hands(screen)
    running = local.Local(stack, screen, "control")
    guardian = guardian_of(running.program)
    t.check("held before the X server dies", hands.hold(running.viewer))
    screen.server.process.send_signal(signal.SIGKILL)
    t.equal("it is told", running.program.wait_event("closed")["reason"], "no-screen")
    t.equal("as a failure", running.program.wait_exit(), 1)
    t.check("the guardian is gone", wait_over(guardian))


def check_usage(t, stack, screen, _):
    """A person cannot be the guardian."""
    cli = stack.enter_context(programs.cli("--guardian", as_json=False, env=screen.env))
    t.equal("--guardian is nobody's to use", cli.wait_exit(), 2)
    t.equal("and says so", cli.stderr(), "--guardian is for Deskside's own use.\n")


def focus_elsewhere(screen):
    """Give the keyboard to a window that is not ours, since there is no window manager to do it."""
    screen.start("xterm", "-geometry", "20x5-0-0", "-e", "sleep", "1000")
    focus = "xdotool search --sync --onlyvisible --class xterm windowfocus --sync".split()
    subprocess.run(focus, env={**os.environ, **screen.env}, check=True, timeout=PATIENCE_S)


def check_window(t, folder):
    """The window: a lost path lets go of everything at once, a killed program too."""
    for victim in ("relay", "window"):
        with contextlib.ExitStack() as stack:
            running = local.Window(stack, folder / victim)
            app, screen = running.helpee.app, running.helpee.screen
            hands = Hands(screen)
            focus_elsewhere(screen)
            t.check(f"{victim}: held by a helper", hands.hold(running.viewer))
            if victim == "relay":
                running.relay.process.send_signal(signal.SIGKILL)
                t.check("the path is lost: nothing is held", hands.wait_free())
                t.equal("the window is there", app.process.poll(), None)
            guardian = guardian_of(app)
            app.process.send_signal(signal.SIGKILL)
            running.connect.process.send_signal(signal.SIGKILL)  # it would look for the other one
            app.wait_exit()
            t.check(f"{victim}: all is as it was when the window is killed", hands.wait_before())
            t.check(f"{victim}: the guardian is gone", wait_over(guardian))


def main():
    t = tap.Tap()
    checks = (check_killed, check_early, check_relayed, check_frozen, check_gone, check_usage)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for check in checks:
            with contextlib.ExitStack() as stack:
                where = folder / check.__name__
                screen = stack.enter_context(xserver.XServer(where, WIDTH, HEIGHT))
                check(t, stack, screen, where)
        check_window(t, folder)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
