# SPDX-License-Identifier: GPL-3.0-or-later
"""What the helper types on a keyboard of one layout arrives in a GTK program on another one."""

import contextlib
import pathlib
import tempfile

from deskside_test import tap
from deskside_test.hands_on import Editor, connect
from deskside_test.layouts import Typed, check_pairs


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        _, helpee, helper, picture = connect(stack, pathlib.Path(name))
        editor = Editor(helpee, picture, "quiet")
        check_pairs(t, "a GTK program", helper, helpee, Typed(lambda: helpee.text("Typed")))
        editor.program.stop()
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
