# SPDX-License-Identifier: GPL-3.0-or-later
"""Check Network: what the page says is what netcheck says, to eyes, ears and keyboard alike."""

import os
import re

from deskside_test import person, programs, session, tap
from deskside_test.stage import run_all
from deskside_test.tap import unless

ENTRY, AGAIN, COPY = "Check Network…", "Check Again", "Copy Report"
BUSY = "^The network is being checked[.]"
OPEN = "^Check Network$"
CODE = r"^(\d{4} \d{4} \d{4})$"
CHECK_S = 20.0
# Each check has ports of its own, and measures anew; the second says which one this is.
CHANGING = {"event", "t", "observed", "rtt_ms"}


def desk(stage, *options, settings=(person.RELAY_ONLY,)):
    """Put somebody at a desktop with a window manager."""
    folder = stage.folder / "desk"
    who = person.Person(folder, *options, manager="openbox", settings=settings)
    stage.stack.enter_context(who)
    who.see("^Share My Screen$")
    return who


def open_page(who):
    """Choose it in the main menu."""
    who.press("Main menu")
    who.press(ENTRY)
    who.hear(BUSY)


def step(who, key):
    """Press a key that gives the keyboard to something else."""
    before = who.focused()
    who.key(key)
    session.until(lambda: who.focused() not in (before, None), 10.0, f"what comes after {before!r}")


def silent(stage):
    """Return options for a relay that takes connections and never says a word."""
    return ["--relay", stage.vnc, "--relay-pin", "0" * 64]


def page(who):
    """Return the sentences on the page once they are there: the first is on the network."""
    who.becomes(AGAIN, "sensitive")
    lists = [controls for controls in who.controls() if ["push-button", AGAIN] in controls]
    return [name for role, name in lists[0] if role in ("label", "list-item")]


def plain(sentence):
    """Return a sentence without its numbers, which differ from check to check."""
    return re.sub(r"[0-9]+", "#", sentence)


def netcheck(stage, *options):
    """Return what deskside-cli says of the same network: {name: word}, and its sentences."""
    with programs.cli("netcheck", *stage.through, *options) as cli:
        words = cli.wait_event("netcheck", CHECK_S)
    command = [os.environ["DESKSIDE_CLI"], "netcheck", *stage.through, *options]
    with programs.Program(command, env={"LANGUAGE": "C"}) as cli:
        cli.wait_exit(CHECK_S)
    return words, [line.removeprefix("- ") for line in cli.lines]


def same(stage):
    """The page has all sentences of deskside-cli, and the report all words of --json."""
    who = desk(stage, *stage.through)
    open_page(who)
    shown = page(who)
    (announced,) = who.hear("^(.+)$")
    who.press(COPY)
    who.hear("^The report has been copied[.]$")
    report = dict(re.findall(r"^  (\w+): (.*)$", who.clipboard(), re.MULTILINE))
    words, sentences = netcheck(stage)
    wanted = {name: str(word) for name, word in words.items() if name not in CHANGING}
    got = {name: word for name, word in report.items() if name not in CHANGING}
    found = unless(got == wanted, f"the report has {got}, wanted {wanted}")
    lines = {plain(line) for line in sentences if not line.endswith("change:")}
    found += unless({plain(line) for line in shown} == lines, f"shown {shown}, wanted {sentences}")
    found += unless(announced == shown[0], f"heard {announced!r}, and not {shown[0]!r}")
    return found + who.end()


def reached(stage):
    """All of it is reached and done by the keyboard alone."""
    who = desk(stage, *stage.through)
    session.until(lambda: who.ask("focused"), 20.0, "the keyboard")
    who.key("F10")
    session.until(lambda: who.focused() == "Preferences", 10.0, "the menu")
    step(who, "Down")
    who.key("Return")
    who.hear(BUSY)
    first, *others = page(who)
    found = unless(who.focused() == first, f"{who.focused()!r} has the keyboard")
    passed = []
    while who.focused() != COPY and len(passed) < 2 * len(others):
        step(who, "Down" if passed else "Tab")
        passed.append(who.focused())
    found += unless(passed == [*others, COPY], f"passed {passed}, wanted {others}")
    who.key("alt+a")
    who.hear(BUSY)
    page(who)
    who.hear(f"^{re.escape(first)}$")
    who.key("Escape")
    who.miss(OPEN)
    return found + who.end()


def one(stage):
    """Who asks twice sees the check that runs; it ends with its window, and leaves nothing."""
    who = desk(stage, *silent(stage))
    open_page(who)
    who.press("Main menu", 0)
    who.press(ENTRY)
    who.see(OPEN)
    found = unless(len(who.controls()) == 2, f"windows: {who.controls()}")
    found += unless(not any(re.search(BUSY, line) for line in who.heard()), "it began anew")
    who.key("Escape")
    who.miss(OPEN)
    open_page(who)
    return found + who.end()  # while it runs


def failed(stage):
    """A relay that does not answer is told, within the time that a check may take."""
    who = desk(stage, *silent(stage))
    open_page(who)
    shown = page(who)
    return unless(any("relay" in line for line in shown), shown) + who.end()


def nowhere(stage):
    """Without a relay the page says so, and what to do."""
    who = desk(stage)
    open_page(who)
    shown = page(who)
    told = any(line.startswith("No relay is set.") for line in shown)
    return unless(told, shown) + who.end()


def relayed(stage):
    """While the relay carries a session the page is a button away, for who shares too."""
    who = desk(stage, *stage.through)
    who.press("Share My Screen")
    connect = stage.start("connect", who.see(CODE)[0], "--direct", "auto")
    who.press("Let Them Look")
    connect.wait_event("peer")
    who.press("Connection: Relayed", 1)
    who.press(ENTRY, 1)
    who.see(OPEN)
    page(who)
    connect.stop()
    return who.end()


def viewed(stage):
    """... and for who helps."""
    shared = stage.stack.enter_context(person.Desk(stage.folder / "shared"))
    display = shared.screen.display
    share = stage.start("share", "--display", display, *programs.RELAY_ONLY, env=shared.env)
    code = share.wait_event("code")["code"]
    who = desk(stage, *stage.through, settings=())
    who.press("Help Someone")
    who.type_into("Code or link", code)
    who.press("Connection: Relayed")
    who.press(ENTRY)
    who.see(OPEN)
    page(who)
    share.stop()
    return who.end()


def main():
    t = tap.Tap()
    run_all(t, [same, reached, one, failed, nowhere, relayed, viewed])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
