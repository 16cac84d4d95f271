# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that the helper's own desktop takes: sent by the menu, or all of them, with a way out."""

import contextlib
import os
import pathlib
import tempfile
import time

from deskside_test import programs, session, tap
from deskside_test.hands_on import BESIDE, WAIT_S, Terminal, active, connect, run
from deskside_test.watcher import Watcher

MENU = {
    "Ctrl+Alt+Delete": ("state 0xc,", "Delete)"),
    "Super Key": ("state 0x0,", "Super_L)"),
    "Ctrl+Esc": ("state 0x4,", "Escape)"),
    "Shift+F9": ("state 0x1,", "F9)"),
    "Shift+F11": ("state 0x1,", "F11)"),
    "Shift+F12": ("state 0x1,", "F12)"),
}
LOOKS = "You only look. The other person can let you control."
TAKEN = "^All keys go to the other computer. Shift[+]F12 comes back.$"
FILLED = "^All keys go to the other computer. Shift[+]F12, or the pointer at the upper edge, shows the bar.$"
WAY_OUT = "^Shift[+]F12, or the pointer at the upper edge, shows the bar.$"
REFUSED = "^Some keys stay on this computer, (.+)$"
TRIES, TRY_S = 5, 3.0
STAYS_S = 1.0  # the bar goes within a quarter of that
HASTY = 3
ALT, SHIFT, SUPER, TAB, F11, F12 = 64, 50, 133, 23, 95, 96  # X's keycodes


def choose(helper, name):
    """Choose an entry of the menu of keys."""
    helper.press("Send Keys")
    helper.press(name)
    helper.becomes("The other screen", "focused")


def tap_key(helper, code, *modifiers):
    """Press a key with modifiers, as a person does, by keycodes."""
    downs = [word for modifier in modifiers for word in ("keydown", modifier)]
    ups = [word for modifier in reversed(modifiers) for word in ("keyup", modifier)]
    helper.xdo(*downs, "key", code, *ups)


def activate(who, title):
    """Bring a window up on somebody's screen."""
    run(who.screen, "xdotool", "search", "--sync", "--name", title, "windowactivate", "--sync")


def switches(helper, who, before):
    """Have the helper press Alt+Tab until another window has somebody's keyboard.

    A window manager may come too late to see Alt go up. Return the problems.
    """
    has_switched = lambda: active(who.screen) not in (None, before)
    for _ in range(TRIES):
        tap_key(helper, TAB, ALT)
        with contextlib.suppress(programs.Failure):
            session.until(has_switched, TRY_S, "another window")
            return []
    return [f"{before} has the keyboard still"]


def check_menu(t, helpee, helper, picture):
    """Send each entry of the menu; then look only."""
    watcher = Watcher(helpee.screen, f"200x120+{BESIDE[0]}+{BESIDE[1]}")
    picture.click_into(helpee, "Event Tester")
    for name, words in MENU.items():
        choose(helper, name)
        t.check(f"{name} arrives", watcher.wait("KeyPress", *words))
        t.check(f"{name} is let go of", watcher.wait("KeyRelease", words[1]))
    watcher.program.stop()
    helpee.press("Take Control Back", 0)
    helper.hear("^You only look now. Keys and clicks do nothing.$")
    helper.press("Send Keys")
    helper.see(f"^{LOOKS}$")
    t.equal("who looks cannot send", "sensitive" in helper.states("Ctrl+Alt+Delete"), False)
    t.equal("nor take all keys", "sensitive" in helper.states("Send All Keys"), False)
    helper.press("Send Keys")
    helpee.press("Let Them Control…", 0)
    helpee.press("Let Them Control", 0)
    helper.hear("^You control the other computer now.$")


def start_two(helpee, folder):
    """Start two terminals on the helpee's screen; the second is above and has the keyboard."""
    for name in ("one", "two"):
        Terminal(helpee, folder, name, ": > $out; sleep 300").wait()
        activate(helpee, f"^{name}$")


def check_grab(t, helpee, helper):
    """Take all keys by the menu, and come back by Shift+F12."""
    other = helper.start(["xterm", "-title", "other", "-geometry", "20x3+900+700"])
    run(helper.screen, "xdotool", "search", "--sync", "--name", "^other$")
    activate(helpee, "^two$")
    activate(helper, "Screen of")
    ours = active(helper.screen)
    choose(helper, "Send All Keys")
    helper.hear(TAKEN)
    t.check("Alt+Tab is for the other desktop", switches(helper, helpee, "two"))
    t.equal("and not for this one", active(helper.screen), ours)
    tap_key(helper, F12, SHIFT)
    helper.becomes("Full screen", "focused")
    t.check("after Shift+F12 it is for this one", switches(helper, helper, ours))
    helper.miss(TAKEN)  # what is said still is not said again
    activate(helper, "Screen of")
    helper.focus("The other screen")
    helper.hear(TAKEN)
    choose(helper, "Send All Keys")
    t.check("and when it is switched off", switches(helper, helper, ours))
    other.stop()


def check_refused(t, helper):
    """Ask for all keys while another program holds the keyboard."""
    activate(helper, "Screen of")
    helper.focus("The other screen")
    helper.becomes("The other screen", "focused")
    holder = helper.start([os.environ["GRAB_PROBE"]])
    holder.wait_line("^GRABBED$")
    helper.press("Send Keys")
    helper.press("Send All Keys")
    said = helper.hear(REFUSED)
    t.equal("who cannot have them is told", len(said), 1)
    holder.stop()
    choose(helper, "Send All Keys")


def fill_screen(helper, said):
    """Go to the full screen, in which the bar is hidden and the way to it is said."""
    helper.xdo("mousemove", 640, 480)
    tap_key(helper, F11, SHIFT)
    helper.hear(said)
    helper.miss("^Send Keys$")


def walk_to(helper, name):
    """Go to a control by Tab, which is there as soon as something of the bar has the keyboard."""
    while helper.focused() != name:
        helper.key("Tab")


def is_down(place):
    """Say whether a button of the bar has come so far down that its middle can be pointed at."""
    _, y, _, height = place
    return y + height // 4 >= 0


def check_menu_of_bar(t, helper):
    """A menu of the bar is opened by the pointer, and left by Escape: the bar stays where that is."""
    helper.xdo("mousemove", 640, 0)
    session.until(lambda: is_down(helper.place("Main menu")), WAIT_S, "the bar")
    helper.click("Main menu")
    helper.see("^Fastest$")
    while helper.focused() != "The other screen":
        helper.key("Escape")
    helper.miss("^Fastest$")
    end_s = time.monotonic() + STAYS_S
    while time.monotonic() < end_s and "Send Keys" in helper.everything():
        pass
    t.equal("the bar stays under the pointer", "Send Keys" in helper.everything(), True)
    helper.xdo("mousemove", 640, 480, "mousemove", 640, 481)
    helper.miss("^Send Keys$")


def check_bar(t, helpee, helper):
    """In full screen the bar comes to the pointer and to the keyboard, with all that is in it."""
    watcher = Watcher(helpee.screen, f"200x120+{BESIDE[0]}+{BESIDE[1]}")
    activate(helpee, "Event Tester")
    helper.xdo("mousemove", 640, 0)
    for name in ("Send Keys", "Main menu", "Disconnect"):
        helper.becomes(name, "showing")
    helper.xdo("mousemove", 640, 480, "mousemove", 640, 481)  # X tells of a motion in one window
    helper.miss("^Send Keys$")
    t.check("the bar comes to the pointer, and goes", [])
    check_menu_of_bar(t, helper)
    tap_key(helper, F12, SHIFT)
    helper.becomes("Full screen", "focused")
    walk_to(helper, "Send Keys")
    helper.key("space")
    helper.becomes("Super Key", "sensitive")
    helper.press("Super Key")
    t.check("the menu of keys works there", watcher.wait("KeyRelease", "Super_L)"))
    helper.becomes("The other screen", "focused")
    helper.miss("^Send Keys$")
    tap_key(helper, F12, SHIFT)
    helper.becomes("Full screen", "focused")
    helper.key("F10")
    helper.see("^Fastest$")
    helper.key("Escape")
    helper.miss("^Fastest$")
    helper.key("Escape")
    helper.becomes("The other screen", "focused")
    helper.miss("^Send Keys$")
    t.check("so does the main menu, and Escape goes back", [])
    watcher.program.stop()


def check_full_screen(t, helpee, helper):
    """In full screen all keys are sent from the start, and no more when it ends."""
    ours = active(helper.screen)
    activate(helpee, "^one$")  # so that Alt+Tab leads there, and not to a window of our own
    activate(helpee, "^two$")
    fill_screen(helper, FILLED)
    t.check("full screen: Alt+Tab is for the other desktop", switches(helper, helpee, "two"))
    check_bar(t, helpee, helper)
    tap_key(helper, F11, SHIFT)
    helper.becomes("The other screen", "focused")
    t.equal("the window is what it was", active(helper.screen), ours)
    helpee.press("Take Control Back", 0)
    helper.hear("^You only look now. Keys and clicks do nothing.$")
    fill_screen(helper, WAY_OUT)
    helper.key("F10")
    helper.see("^Fastest$")
    t.check("who only looks has the bar, too", [])
    helper.key("Escape")
    helper.miss("^Fastest$")
    tap_key(helper, F11, SHIFT)
    helper.see("^You only look$")


def check_haste(t, helper):
    """Whoever lets go of Shift+F12 before the bar is there has it all the same."""
    for _ in range(HASTY):
        helper.focus("The other screen")
        helper.xdo("key", "--delay", 0, "shift+F11")
        helper.miss("^Full screen$")
        helper.xdo("key", "--delay", 0, "shift+F12")
        helper.becomes("Full screen", "focused")
        helper.press("Full screen")
        helper.becomes("The other screen", "focused")
    t.check("the bar comes to who is hasty", [])


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        _, helpee, helper, picture = connect(stack, folder)
        check_menu(t, helpee, helper, picture)
        start_two(helpee, folder)
        check_grab(t, helpee, helper)
        check_refused(t, helper)
        check_full_screen(t, helpee, helper)
        check_haste(t, helper)
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
