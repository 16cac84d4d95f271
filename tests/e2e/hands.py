# SPDX-License-Identifier: GPL-3.0-or-later
"""The helper's hands: keys and pointer on the picture do on the other desktop what they do here."""

import contextlib
import operator
import pathlib
import re
import tempfile

from deskside_test import programs, session, tap
from deskside_test.hands_on import BESIDE, HEIGHT, INSIDE, WAIT_S, WIDTH
from deskside_test.hands_on import Editor, Terminal, connect, run, wait_held

FOREIGN = "éßя€"  # not on a keyboard of the USA, which both have
TEXT = "nonce 4711 é ß я € {"
SHIFT_CODE, X_CODE = 50, 53  # X's, of every keyboard
BELOW_BAR = 110  # which xwd does not see as it is
# Of 255, and how many of the colours' values may be more off: the edges of letters.
JPEG_TOLERANCE, OFF_MAX = 48, 0.001


def give_keys(screen, characters):
    """Put characters on keys that mean nothing.

    Otherwise xdotool does so for a moment for each of them, and a slow program looks too late.
    """
    spare = re.findall(r"^keycode +(\d+) =\s*$", run(screen, "xmodmap", "-pke"), re.MULTILINE)
    for character, code in zip(characters, reversed(spare)):
        run(screen, "xmodmap", "-e", f"keycode {code} = U{ord(character):04X}")


def check_terminal(t, folder, helpee, helper, picture):
    """Type into a terminal, interrupt what it runs, end its input."""
    script = "trap ': > $out.int' INT; : > $out; until [ -e $out.int ]; do sleep 1; done;"
    script += "cat > $out; : > $out.done"
    terminal = Terminal(helpee, folder, "typed", script)
    terminal.wait()
    picture.click_into(helpee, "typed")
    helper.key("ctrl+c")
    terminal.wait(".int")
    picture.type(TEXT + "\n")
    helper.key("ctrl+d")
    terminal.wait(".done")
    t.equal("what is typed arrives in a terminal", terminal.wait(), TEXT + "\n")
    terminal.program.stop()


def check_editor(t, helpee, helper, picture):
    """Type, copy and paste in a GTK program, and open its menu."""
    editor = Editor(helpee, picture)
    picture.type(TEXT)
    t.check("what is typed arrives in a GTK program", editor.expect(text=TEXT))
    helper.key("ctrl+a", "ctrl+c", "End", "ctrl+v")
    t.check("Ctrl+A, Ctrl+C and Ctrl+V", editor.expect(text=TEXT + TEXT))
    helper.key("alt+f", "m")
    t.check("Alt+F opens a menu", editor.expect(chosen="Mark"))
    helper.key("ctrl+a", "BackSpace")
    t.check("all is deleted", editor.expect(text=""))
    run(helper.screen, "setxkbmap", "de")
    alt_gr, q, e, acute = 108, 24, 26, 21
    helper.xdo("keydown", alt_gr, "key", q, e, "keyup", alt_gr, "key", acute, e, "key", "shift+e")
    t.check("AltGr and dead keys of another layout", editor.expect(text="@€éE"))
    run(helper.screen, "setxkbmap", "us")
    editor.program.stop()


def hold(t, helpee, helper, picture):
    """Press Shift and the first button where another program hears them."""
    picture.point(*INSIDE, "keydown", SHIFT_CODE, "mousedown", 1)
    t.check("Shift and button 1 are held", wait_held(helpee.screen, [SHIFT_CODE], [1]))


def let_go(helper):
    """Let go of what hold() pressed, and of X."""
    helper.xdo("mouseup", 1, "keyup", SHIFT_CODE, "keyup", X_CODE)


def check_focus(t, folder, helpee, helper, picture):
    """Hold Shift and a button, and go to another window."""
    terminal = Terminal(helpee, folder, "still", ": > $out; sleep 60")
    terminal.wait()
    picture.click_into(helpee, "still")
    hold(t, helpee, helper, picture)
    other = helper.start(["xterm", "-title", "other", "-geometry", "20x3+900+700"])
    run(helper.screen, "xdotool", "search", "--sync", "--name", "^other$", "windowactivate", "--sync")
    t.check("another window has the keyboard: both go up", wait_held(helpee.screen, [], []))
    let_go(helper)
    other.stop()
    terminal.program.stop()


def check_taking_back(t, folder, helpee, helper, picture):
    """Take control back while keys are held, and give it again."""
    terminal = Terminal(helpee, folder, "taken", ": > $out; head -n 2 > $out; : > $out.done")
    terminal.wait()
    picture.click_into(helpee, "taken")
    picture.type("before\n")
    hold(t, helpee, helper, picture)
    helpee.press("Take Control Back", 0)
    t.check("control is taken back: they go up", wait_held(helpee.screen, [], []))
    helper.hear("^You only look now. Keys and clicks do nothing.$")
    helper.see("^You only look$")
    helper.xdo("mouseup", 1, "keydown", X_CODE)
    t.equal("who types is told why nothing happens", helper.hear("^You only look. (.+)$"),
            ["The other person can let you control."])
    picture.point(300, 300, "click", 1)
    helpee.press("Let Them Control…", 0)
    helpee.press("Let Them Control", 0)
    helper.hear("^You control the other computer now.$")
    let_go(helper)
    picture.click_into(helpee, "taken")
    picture.type("after\n")
    terminal.wait(".done")
    t.equal("between the two nothing arrives", terminal.wait(), "before\nafter\n")
    terminal.program.stop()


def views(helpee, helper, picture, x, y, width, height):
    """Return a part of the shared screen, and what the helper's window shows there."""
    area = (width, height)
    shown = helper.screen.screenshot().part(picture.left + x, picture.top + y, *area)
    return helpee.screen.screenshot().part(x, y, *area), shown


def check_picture(t, folder, helpee, helper, picture):
    """Drag a terminal and scroll it; compare the two screens."""
    terminal = Terminal(helpee, folder, "long", "seq 1000; : > $out; sleep 60")
    terminal.wait()
    picture.click_into(helpee, "long")
    whole = (helpee, helper, picture, 0, BELOW_BAR, WIDTH, HEIGHT - BELOW_BAR)
    before, _ = views(*whole)
    x, y = BESIDE[0] + 60, BESIDE[1] + 8  # on its title
    picture.point(x, y, "mousedown", 1)
    for step in range(10):
        picture.point(x, y + 20 * step)
    helper.xdo("mouseup", 1)
    text = (helpee, helper, picture, BESIDE[0] + 5, INSIDE[1] + 9 * 20 - 30, 150, 120)
    unscrolled, _ = views(*text)
    picture.point(INSIDE[0], INSIDE[1] + 9 * 20, "click", "--repeat", 5, 4)
    session.until(lambda: unscrolled != views(*text)[0], WAIT_S, "the terminal scrolls")
    with contextlib.suppress(programs.Failure):  # what differs is told below
        session.until(lambda: operator.eq(*views(*text)), WAIT_S, "the same text")
    shared, shown = views(*text)
    t.check("the scrolled text is the same in every pixel", shared.difference(shown))
    t.equal("another text is not", unscrolled == shown, False)
    shared, shown = views(*whole)
    off = shared.share_off(shown, JPEG_TOLERANCE)
    t.check("all is the same, within JPEG's tolerance", [] if off < OFF_MAX else [f"{off} is off"])
    t.equal("what was there before is not", before.share_off(shown, JPEG_TOLERANCE) > OFF_MAX, True)
    terminal.program.stop()


def check_cut(t, folder, relay, helpee, helper, picture):
    """Lose the connection while keys are held."""
    terminal = Terminal(helpee, folder, "cut", ": > $out; sleep 60")
    terminal.wait()
    picture.click_into(helpee, "cut")
    hold(t, helpee, helper, picture)
    relay.stop()
    t.check("the connection is lost: they go up", wait_held(helpee.screen, [], []))
    helper.hear("^Connection: Reconnecting$")
    let_go(helper)
    picture.point(*INSIDE, "click", 1)
    said = helper.hear("^Not connected at the moment. (.+)$")
    t.equal("who clicks is told why nothing happens", said, ["Keys and clicks do nothing."])


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        relay, helpee, helper, picture = connect(stack, folder)
        give_keys(helper.screen, FOREIGN)
        check_terminal(t, folder, helpee, helper, picture)
        check_editor(t, helpee, helper, picture)
        check_focus(t, folder, helpee, helper, picture)
        check_taking_back(t, folder, helpee, helper, picture)
        check_picture(t, folder, helpee, helper, picture)
        check_cut(t, folder, relay, helpee, helper, picture)
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
