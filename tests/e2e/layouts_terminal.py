# SPDX-License-Identifier: GPL-3.0-or-later
"""What the helper types on a keyboard of one layout arrives in a terminal on a desktop of another."""

import contextlib
import pathlib
import tempfile

from deskside_test import tap
from deskside_test.hands_on import Terminal, connect
from deskside_test.layouts import Typed, check_pairs


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        _, helpee, helper, picture = connect(stack, folder)
        terminal = Terminal(helpee, folder, "typed", ": > $out; cat > $out")
        terminal.wait()
        picture.click_into(helpee, "typed")
        check_pairs(t, "a terminal", helper, helpee, Typed(terminal.wait))
        terminal.program.stop()
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
