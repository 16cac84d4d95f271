# SPDX-License-Identifier: GPL-3.0-or-later
"""Each page of the window with sample data: by accessible actions, by keyboard and by pointer."""

import re
import tempfile
import time

from deskside_test import person, pictures, session, tap
from deskside_test.widgets import Widgets

WIDTH, HEIGHT = 1000, 700
WAIT_S = 10.0
GUARD_S = 0.7  # of ui/share/consent_page.c
SETTLE_S = 2.0  # of ui/path/path_indicator.c
HINT = "Shift[+]F12"  # is in it, whatever the language
COPIED = "The report has been copied."
SPELLED = "4, 8, 2, 1, 9, 1, 3, 0, 5, 7, 7, 6"
NEW_CODE = "Three wrong codes were tried. This is a new one."
PAGES = (
    "start code code-lost entry consent consent-control busy error sharing sharing-control viewer"
).split()
# What stands on a page besides its controls.
TEXTS = (
    ("start", "One person shares the screen, the other one helps."),
    ("code", "Read This Code to Your Helper"),
    ("consent", "Let Them See Your Screen?"),
    ("busy", "Connecting…"),
    ("error", "The relay cannot be reached. Check the network & the relay’s name, and try again."),
)
# Page, control, and the line that the program prints when the control does what it does.
ACTIONS = (
    ("start", "Share My Screen", "share"),
    ("start", "Help Someone", "help"),
    ("code", "Stop", "stop"),
    ("consent", "Decline", "answered 0"),
    ("consent", "Let Them Look", "answered 2"),
    ("consent", "Let Them Control", "answered 3"),
    ("busy", "Cancel", "cancel"),
    ("error", "Try Again", "try-again"),
    ("error", "Back", "back"),
    ("sharing", "Let Them Control…", "give-control"),
    ("sharing-control", "Take Control Back", "take-back"),
    ("sharing", "Stop", "stop"),
    ("viewer", "Disconnect", "disconnect"),
    ("bar", "Let Them Control…", "give-control"),
    ("bar-control", "Take Control Back", "take-back"),
    ("bar", "Stop", "stop"),
)


def check_names(t, desktop):
    """Look at the names of every page's controls in three languages."""
    for page in PAGES:
        english = set()
        for language in ("en", "de", "ar"):
            with Widgets(desktop, page, language=language) as widgets:
                desktop.see(".")
                (controls,) = desktop.controls()
                t.check(f"{page} in {language}: names", person.unclear(controls))
                names = {name for _, name in controls if re.search("[A-Za-z]{3}", name)}
                english = english or names
                kept = english & names if language != "en" else set()
                t.check(f"{page} in {language}: translated", sorted(kept))
                t.check(f"{page} in {language}: ends well", widgets.end())


def check_texts(t, desktop):
    """Read what is no control: the titles and sentences are in the tree too."""
    for page, text in TEXTS:
        with Widgets(desktop, page):
            t.equal(f"{page}: text", desktop.see(f"^{re.escape(text)}$"), [text])


def check_actions(t, desktop):
    """Do what each control does as assistive technology does it."""
    for page, control, line in ACTIONS:
        with Widgets(desktop, page) as widgets:
            desktop.press(control)
            widgets.wait_line(f"^{line}$")
            t.check(f"{page}: {control}", widgets.end())


def check_announcements(t, desktop):
    """Hear what happens without anybody's doing."""
    with Widgets(desktop, "code") as widgets:
        desktop.becomes(SPELLED, "focused")
        widgets.next_state()
        desktop.hear(NEW_CODE)
        desktop.becomes("1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2", "focused")
        desktop.press("Copy Code")
        desktop.hear("^The code has been copied.$")
    with Widgets(desktop, "sharing") as widgets:
        desktop.becomes("Stop", "focused")
        widgets.next_state()
        desktop.hear("^\u200e“\u2068Anna\u2069” controls this computer$")
        widgets.next_state()
        desktop.hear("^Connection: Reconnecting$")
        widgets.next_state()
        desktop.hear("^Connection: Relayed$")
        widgets.next_state()
        desktop.hear("^Connection: Direct$")
    with Widgets(desktop, "code-short") as widgets:
        widgets.wait_line("^expired$")
    t.check("what happens is announced", [])


def flap(desktop, widgets):
    """Go through all states and one more; say whether that was too fast for any to last."""
    start = time.monotonic()
    desktop.heard()
    for _ in range(4):
        widgets.next_state()
    return time.monotonic() - start < SETTLE_S


def check_flapping(t, desktop):
    """Hear of the path that lasts, and of none before it."""
    with Widgets(desktop, "viewer") as widgets:
        desktop.becomes("Connection: Relayed", "showing")
        while not flap(desktop, widgets):
            pass  # this machine is too slow at the moment
        said = []
        session.until(lambda: said.extend(desktop.heard()) or said, WAIT_S, "a word")
        path = desktop.see("^(Connection: .+)$")
        t.equal("what did not last is not said", said, path)
        t.equal("and nobody lost the keyboard", desktop.focused(), "The other screen")


def check_report(t, desktop):
    """Copy a report by keyboard from the window, by pointer from the bar."""
    for page, path in (("viewer", "Relayed"), ("sharing", "Direct")):
        with Widgets(desktop, page) as widgets:
            desktop.focus(f"Connection: {path}")
            desktop.becomes(f"Connection: {path}", "focused")
            desktop.key("space")
            if page == "sharing":
                desktop.becomes("Copy Report", "showing")
                desktop.key("alt+r")
            else:
                desktop.becomes("Copy Report", "focused")
                desktop.key("space")
            desktop.hear(f"^{COPIED}$")
            t.equal(f"{page}: the report", desktop.clipboard(), "Deskside\nPath: relay\n")
            desktop.miss(f"^{COPIED}$")  # it has been read
            t.check(f"{page}: ends well", widgets.end())
    with Widgets(desktop, "bar") as widgets:
        desktop.click("Connection: Direct")
        desktop.click("Copy Report")
        desktop.see(f"^{COPIED}$")
        t.equal("bar: the report", desktop.clipboard(), "Deskside\nPath: relay\n")
        t.check("bar: ends well", widgets.end())


def check_entry(t, desktop):
    """Type a code, correct it, and paste one from a message into whatever has the focus."""
    with Widgets(desktop, "entry") as widgets:
        desktop.becomes("Code or link", "focused")
        desktop.xdo("type", "48219")
        desktop.holds("Code or link", "4821 9")
        desktop.key("BackSpace", "BackSpace")
        desktop.holds("Code or link", "482")
        desktop.xdo("type", "19130577")
        desktop.key("Return")
        desktop.hear("^Digits are missing. Type the whole code.$")
        desktop.xdo("type", "0")
        desktop.hear("^This code was mistyped. Compare the digits and type them again.$")
        desktop.key("BackSpace")
        desktop.xdo("type", "7")
        widgets.wait_line("^complete 4821 9130 5777 as Bob$")
        desktop.press("Connect")
        widgets.wait_line("^complete 4821 9130 5777 as Bob$")
        desktop.key("Home", "Right", "Right", "Right", "Right", "Delete")
        desktop.holds("Code or link", "4821 1305 777")
        t.check("a code is typed and corrected", [])
        desktop.key("Tab", "ctrl+a")
        desktop.xdo("type", "It is 4821-9130-5777, Bob.")
        desktop.key("ctrl+a", "ctrl+c")
        desktop.focus("Back")
        desktop.becomes("Back", "focused")
        desktop.key("ctrl+v")
        widgets.wait_line("^complete 4821 9130 5777 as It is 4821-9130-5777, Bob.$")
        desktop.key("Escape")
        desktop.becomes("Share My Screen", "focused")
        desktop.key("ctrl+v")
        widgets.wait_line("^complete 4821 9130 5777")
        t.check("a pasted code is found anywhere", widgets.end())


def is_guarded(desktop, widgets):
    """Ask anew; say whether a grant is out of reach just then. None: this machine is too slow."""
    for _ in range(10):
        start = time.monotonic()
        widgets.next_state()
        is_enabled = "sensitive" in desktop.states("Let Them Look")
        if time.monotonic() - start < GUARD_S:
            return not is_enabled
    return None


def check_consent(t, desktop):
    """Try to say yes by mistake; say no by key, by time; say yes on purpose."""
    with Widgets(desktop, "consent") as widgets:
        desktop.becomes("Decline", "focused")
        t.equal("at first nothing can be granted", is_guarded(desktop, widgets), True)
        desktop.becomes("Let Them Look", "sensitive")
        desktop.key("Tab", "Return", "KP_Enter", "Tab", "Return")
        desktop.becomes("Let Them Control", "focused")
        desktop.key("space")
        t.equal("Enter never grants, space does", widgets.wait_line("^answered (.)$")[1], "3")
        t.check("that was all", widgets.end())
        t.equal("once", [line for line in widgets.lines if "answered" in line], ["answered 3"])
    for how, page, keys, answer in (
        ("Enter declines", "consent", ["Return"], "0"),
        ("Escape declines", "consent", ["Escape"], "0"),
        ("time declines", "consent-short", [], "1"),
    ):
        with Widgets(desktop, page) as widgets:
            desktop.becomes("Decline", "focused")
            if keys:
                desktop.key(*keys)
            t.equal(how, widgets.wait_line("^answered (.)$")[1], answer)


def check_keyboard(t, desktop):
    """Reach what is needed by keyboard alone."""
    with Widgets(desktop, "start") as widgets:
        desktop.becomes("Share My Screen", "focused")
        desktop.key("Return")
        widgets.wait_line("^share$")
        desktop.key("alt+h")
        desktop.becomes("Code or link", "focused")
        desktop.key("Escape")
        desktop.becomes("Share My Screen", "focused")
        desktop.key("Tab", "space")
        desktop.becomes("Code or link", "focused")
    with Widgets(desktop, "sharing") as widgets:
        desktop.becomes("Stop", "focused")
        desktop.key("alt+F4")
        widgets.wait_line("^stop$")
        desktop.key("Return")
        widgets.wait_line("^stop$")
    with Widgets(desktop, "busy") as widgets:
        desktop.becomes("Cancel", "focused")
        desktop.key("Escape")
        widgets.wait_line("^cancel$")
    t.check("the keyboard is enough", [])


def check_viewer(t, desktop):
    """Point, scroll and type on the picture; leave it with a key held."""
    with Widgets(desktop, "viewer", 800, 600) as widgets:
        desktop.becomes("The other screen", "focused")
        desktop.click("The other screen")
        at = "(199|200) (149|150)"
        widgets.wait_line(f"^moved {at}$")
        widgets.wait_line(f"^button 1 1 {at}$")
        widgets.wait_line(f"^button 1 0 {at}$")
        desktop.xdo("click", 5)
        widgets.wait_line(f"^scrolled 0 1 {at}$")
        desktop.becomes("The other screen", "focused")
        desktop.xdo("keydown", "shift", "keydown", "a", "keyup", "shift", "keyup", "a")
        for line in ("Shift_L 1", "A 1", "Shift_L 0", "A 0"):
            t.equal(f"key {line}", widgets.wait_line("^key (.*)$")[1], line)
        desktop.key("alt+d", "F10", "Tab", "Escape")
        for line in ("Alt_L", "d", "F10", "Tab", "Escape"):
            widgets.wait_line(f"^key {line} 1$")
        t.equal("no key was ours", desktop.focused(), "The other screen")
        desktop.xdo("keydown", "ctrl", "mousedown", 1)
        widgets.wait_line("^button 1 1")
        desktop.focus("Disconnect")
        widgets.wait_line("^key Control_L 0$")
        widgets.wait_line("^button 1 0")
        desktop.xdo("keyup", "ctrl", "mouseup", 1)
        desktop.focus("The other screen")
        desktop.becomes("The other screen", "focused")
        desktop.key("shift+F12")
        desktop.becomes("Full screen", "focused")
        t.check("what is held is released", widgets.end())
    with Widgets(desktop, "viewer-look", 800, 600) as widgets:
        desktop.becomes("The other screen", "focused")
        desktop.click("The other screen")
        widgets.wait_line("^refused$")
        desktop.becomes("The other screen", "focused")
        desktop.key("a")
        widgets.wait_line("^refused$")
        desktop.key("Tab")
        session.until(lambda: desktop.focused() != "The other screen", WAIT_S, "Tab to leave")
        sent = [line for line in widgets.lines if line not in ("READY",)]
        t.equal("who looks sends nothing, and is told so", sent, ["refused", "refused"])


def sample_picture():
    """Return what tests/e2e/widgets.c draws."""
    rgb = bytearray()
    for y in range(300):
        for x in range(400):
            rgb += bytes((x * 255 // 400, y * 255 // 300, (x // 8 + y // 8) % 2 * 128))
    return pictures.Picture(400, 300, rgb)


def check_full_screen(t, desktop):
    """Fill the screen with the picture; the bar is above it, and its Stop is where it seems."""
    with Widgets(desktop, "viewer") as viewer, Widgets(desktop, "bar") as bar:
        desktop.xdo("search", "--name", "Screen of", "windowactivate", "--sync")
        desktop.focus("The other screen")
        desktop.becomes("The other screen", "focused")
        desktop.key("shift+F11")
        width, height = HEIGHT * 400 // 300, HEIGHT
        left = (WIDTH - width) // 2
        corner = sample_picture().rgb[-3:]

        def fills():
            shot = desktop.screen.screenshot()
            pixel = shot.part(left + width - 1, height - 1, 1, 1).rgb
            return all(abs(a - b) < 12 for a, b in zip(pixel, corner))

        session.until(fills, WAIT_S, "full screen")
        desktop.click("Stop")
        bar.wait_line("^stop$")
        t.check("the bar is above a full-screen window", bar.end())
        desktop.key("shift+F11")
        session.until(lambda: not fills(), WAIT_S, "no full screen")
        t.check("and the window comes back", viewer.end())


def bar_places(desktop):
    """Return the places of the controls of the bar, by name."""
    (controls,) = desktop.controls()
    return {name: desktop.place(name) for _, name in controls if name != desktop.focused()}


def covered(desktop):
    """Return which controls of the bar the hint is not below of."""
    _, top, _, _ = desktop.spot(HINT)
    places = bar_places(desktop)
    return [f"{name!r} at {place}, the hint at {top}" for name, place in places.items() if top < place[1] + place[3]]


def check_hint(t, desktop):
    """What is said over a full screen stands below the bar, in both directions of writing."""
    for language in ("en", "ar"):
        with Widgets(desktop, "viewer-hint", language=language) as viewer:
            desktop.xdo("search", "--onlyvisible", "--class", "widgets", "windowactivate", "--sync")
            session.until(desktop.focused, WAIT_S, "the picture to have the keyboard")
            desktop.xdo("mousemove", WIDTH // 2, HEIGHT // 2)
            desktop.key("shift+F11")
            whole = [0, 0, WIDTH, HEIGHT]
            session.until(lambda: desktop.place(desktop.focused()) == whole, WAIT_S, "full screen")
            desktop.xdo("mousemove", WIDTH // 2, 0)
            session.until(lambda: len(bar_places(desktop)) > 2, WAIT_S, "the bar")
            viewer.next_state()
            t.check(f"{language}: the hint stands below the bar", covered(desktop))
            t.check(f"{language}: ends well", viewer.end())


def check_workspaces(t, desktop):
    """Go to another workspace: the window stays behind, the bar comes along, and its Stop works."""
    with Widgets(desktop, "start"), Widgets(desktop, "bar") as bar:
        x, y, width, height = desktop.place("Share My Screen")
        button = desktop.screen.screenshot().part(x, y, width, height)
        desktop.xdo("set_num_desktops", 2)
        desktop.xdo("set_desktop", 1)
        session.until(
            lambda: desktop.screen.screenshot().part(x, y, width, height) != button,
            WAIT_S,
            "the window to stay behind",
        )
        desktop.click("Stop")
        bar.wait_line("^stop$")
        desktop.xdo("set_desktop", 0)
        t.check("the bar is on every workspace", bar.end())


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name:
        size = {"width": WIDTH, "height": HEIGHT}
        with person.Desk(name, manager="openbox", is_still=True, **size) as desktop:
            check_names(t, desktop)
            check_texts(t, desktop)
            check_actions(t, desktop)
            check_announcements(t, desktop)
            check_flapping(t, desktop)
            check_report(t, desktop)
            check_entry(t, desktop)
            check_consent(t, desktop)
            check_keyboard(t, desktop)
            check_viewer(t, desktop)
            check_full_screen(t, desktop)
            check_hint(t, desktop)
            check_workspaces(t, desktop)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
