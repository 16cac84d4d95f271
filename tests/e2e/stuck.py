# SPDX-License-Identifier: GPL-3.0-or-later
"""However the helper's hands go away while they hold modifiers and keys, nothing stays down."""

import contextlib
import pathlib
import tempfile

from deskside_test import tap
from deskside_test.hands_on import WIDTH, Terminal, connect, meet, run, wait_held

CONTROL, SHIFT, ALT, SUPER = 37, 50, 64, 133  # X's keycodes
D, TAB, X = 40, 23, 53
MODIFIERS = (SHIFT, CONTROL, SUPER)


class Setting:
    """Two people, and a program on the helpee's screen that hears the keys."""

    def __init__(self, stack, folder):
        _, self.helpee, self.helper, self.picture = connect(stack, folder)
        self.terminal = Terminal(self.helpee, folder, "heard", ": > $out; sleep 600")
        self.terminal.wait()
        self.other = self.helper.start(["xterm", "-title", "other", "-geometry", "20x3+900+700"])
        run(self.helper.screen, "xdotool", "search", "--sync", "--name", "^other$")

    def hold(self, *keys):
        """Have the helper press keys, and wait until just they are down on the other side."""
        title = ["--name", "Screen of"]
        run(self.helper.screen, "xdotool", "search", *title, "windowactivate", "--sync")
        self.picture.click_into(self.helpee, "heard")
        self.helper.xdo(*(word for key in keys for word in ("keydown", key)))
        return wait_held(self.helpee.screen, keys)

    def let_go(self, *keys):
        """Have the helper let go of keys, wherever they are heard now."""
        self.helper.xdo(*(word for key in reversed(keys) for word in ("keyup", key)))

    def is_free(self):
        """Wait until nothing is down on the helpee's screen; return the problems."""
        return wait_held(self.helpee.screen, ())

    def meet_again(self):
        """Begin another session."""
        self.picture = meet(self.helpee, self.helper)


def lost_focus(setting):
    """Another window of the helper's comes up."""
    run(setting.helper.screen, "xdotool", "search", "--name", "^other$", "windowactivate", "--sync")


def switched(setting):
    """The helper's own desktop takes Alt+Tab, whose Alt went to the other side."""
    setting.helper.xdo("key", TAB)


def shown_desktop(setting):
    """The helper's own desktop takes Super+D."""
    setting.helper.xdo("key", D)


def taken_back(setting):
    """The helpee takes control back, and gives it again."""
    setting.helpee.press("Take Control Back", 0)
    setting.helper.hear("^You only look now. Keys and clicks do nothing.$")


def left(setting):
    """The helper goes to the window's own controls."""
    setting.helper.focus("Disconnect")


def disconnected(setting):
    """The helper ends the session."""
    setting.helper.press("Disconnect")


def stopped(setting):
    """The helpee ends the session."""
    setting.helpee.press("Stop")


def closed(setting):
    """The helper closes the window."""
    picture = setting.picture
    setting.helper.xdo("mousemove", picture.left + WIDTH - 22, picture.top - 23, "click", 1)


def check(t, setting, keys, cause):
    """Hold keys until something happens."""
    words = cause.__doc__.rstrip(".")
    t.check(f"{len(keys)} keys are held", setting.hold(*keys))
    cause(setting)
    t.check(f"{words}: all are up", setting.is_free())
    setting.let_go(*keys)
    t.check("and stay up", setting.is_free())


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        setting = Setting(stack, pathlib.Path(name))
        check(t, setting, (*MODIFIERS, X), lost_focus)
        check(t, setting, (ALT,), switched)
        check(t, setting, (SUPER,), shown_desktop)
        check(t, setting, MODIFIERS, left)
        check(t, setting, (*MODIFIERS, X), taken_back)
        setting.helpee.press("Let Them Control…", 0)
        setting.helpee.press("Let Them Control", 0)
        setting.helper.hear("^You control the other computer now.$")
        check(t, setting, MODIFIERS, disconnected)
        setting.helpee.press("Back")
        setting.meet_again()
        check(t, setting, MODIFIERS, stopped)
        setting.helper.press("Back")
        setting.meet_again()
        check(t, setting, (*MODIFIERS, X), closed)
        t.equal("the window's program has ended", setting.helper.app.wait_exit(20.0), 0)
        t.check("the helpee's ends well", setting.helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
