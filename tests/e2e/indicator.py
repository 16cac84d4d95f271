# SPDX-License-Identifier: GPL-3.0-or-later
"""The path indicator in the viewer and in the bar: its states as the path comes and goes, its rows."""

import contextlib
import pathlib
import re
import signal
import tempfile

from deskside_test import person, programs, tap
from deskside_test.stage import Stage
from deskside_test.tap import unless

CODE = r"^(\d{4} \d{4} \d{4})$"
ADDRESS = r"\u2066127\.0\.0\.1:\d+\u2069"
ROWS = (
    ("Path", "Through the relay"),
    ("Round trip", r"\d+ ms"),
    ("This computer", ADDRESS),
    ("Other end", ADDRESS),
    ("Received", r"\S+\s\S+/s"),
    ("Sent", r"\S+\s\S+/s"),
    ("Encryption", "TLS 1.3"),
)


def connect(helpee, helper):
    """Go from Share to the picture."""
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    helper.press("Help Someone")
    helper.type_into("Code or link", code)
    helpee.press("Let Them Look")
    helper.becomes("The other screen", "focused")


def rows(who, window):
    """Open the details; return what is wrong with the rows, which are read from the top."""
    who.press("Connection: Relayed", window)
    who.see("^The relay carries the session. It cannot read it.$")
    who.see("^Direct connections are switched off on this computer[.] ")
    for heading, value in ROWS:
        who.see(f"^{heading}$")
        who.see(f"^{value}$")
    texts = who.everything()
    found = []
    for heading, value in ROWS:
        after = texts[texts.index(heading) :]
        other = next(text for text in after if text != heading)
        found += unless(re.fullmatch(value, other), f"{heading} is followed by {other!r}")
    who.press("Connection: Relayed", window)
    return found


def hear(state, *people):
    """Wait until everybody has heard of a state, and sees it."""
    for who in people:
        who.hear(f"^Connection: {state}$")
        who.becomes(f"Connection: {state}", "showing")


def main():
    t = tap.Tap()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        setting = Stage(stack, folder)
        helpee, helper = (
            stack.enter_context(person.Person(folder / name, *setting.through))
            for name in ("helpee", "helper")
        )
        connect(helpee, helper)
        t.check("the viewer's rows", rows(helper, 0))
        t.check("the bar's rows", rows(helpee, 1))
        setting.relay.process.send_signal(signal.SIGKILL)
        hear("Reconnecting", helpee, helper)
        t.check("the path is cut: both hear and see that", [])
        stack.enter_context(programs.relay(folder, "--listen", setting.address)[0])
        hear("Relayed", helpee, helper)
        t.check("the path is back: so is the word", [])
        helpee.press("Stop", 1)
        helper.see("^The person who shared ended the session.$")
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
