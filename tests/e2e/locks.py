# SPDX-License-Identifier: GPL-3.0-or-later
"""Caps Lock and Num Lock: what is typed is what the helper's own locks make of it.

The helpee's stay as they are, and what they are makes no difference.
"""

import contextlib
import itertools
import pathlib
import re
import tempfile

from deskside_test import session, tap
from deskside_test.hands_on import WAIT_S, Editor, connect, run

LOCKS = {"Caps Lock": 66, "Num Lock": 77}  # X's keycodes
SHIFT, A, B, DIGIT_1, END = 50, 38, 56, 10, 115
PAD_4, PAD_6 = 83, 85
# What the keys below type, without and with each of the helper's locks.
TEXTS = {
    (False, False): "aA1ba",
    (True, False): "Aa1BA",
    (False, True): "aA1b4a",
    (True, True): "Aa1B4A",
}


def locks(who):
    """Return which of LOCKS are on, as somebody's X server says."""
    words = run(who.screen, "xset", "q")
    return {name: re.search(rf"{name}: +(on|off)", words)[1] == "on" for name in LOCKS}


def set_locks(who, *wanted):
    """Press what changes somebody's locks to these, on their own keyboard."""
    target = dict(zip(LOCKS, wanted))
    for name, is_on in locks(who).items():
        if is_on != target[name]:
            who.xdo("key", LOCKS[name])
    session.until(lambda: locks(who) == target, WAIT_S, str(target))


def check(t, helpee, helper, editor, mine, theirs):
    """Type letters, a digit and on the keypad, with the locks of both sides as they are said."""
    name = f"helper's Caps {mine[0]}, Num {mine[1]}; helpee's {theirs[0]}, {theirs[1]}"
    set_locks(helper, *mine)
    set_locks(helpee, *theirs)
    helper.xdo("key", A, "keydown", SHIFT, "key", A, "keyup", SHIFT, "key", DIGIT_1)
    helper.xdo("key", B, "key", PAD_4, "key", END, "key", A)
    t.check(name, editor.expect(text=TEXTS[mine]))
    t.equal("the helper's stay", tuple(locks(helper).values()), mine)
    t.equal("the helpee's stay", tuple(locks(helpee).values()), theirs)
    helper.key("ctrl+a", "BackSpace")
    editor.expect(text="")


def check_arrows(t, helper, editor):
    """Without Num Lock the keypad has arrows."""
    set_locks(helper, False, False)
    helper.xdo("key", A, "key", PAD_4, "key", B, "key", PAD_6, "key", DIGIT_1)
    t.check("arrows of the keypad", editor.expect(text="ba1"))


def main():
    t = tap.Tap()
    states = list(itertools.product((False, True), repeat=2))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        _, helpee, helper, picture = connect(stack, pathlib.Path(name))
        editor = Editor(helpee, picture)
        for mine, theirs in itertools.product(states, states):
            check(t, helpee, helper, editor, mine, theirs)
        for is_on in (False, True):
            set_locks(helpee, False, is_on)
            check_arrows(t, helper, editor)
            helper.key("ctrl+a", "BackSpace")
            editor.expect(text="")
        editor.program.stop()
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
