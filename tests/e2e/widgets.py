# SPDX-License-Identifier: GPL-3.0-or-later
"""Each page of the window with sample data: by accessible actions, by keyboard and by pointer."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from deskside_test import accessibility, pictures, programs, tap, xserver

WIDTH, HEIGHT = 1000, 700
GUARD_S = 0.7  # of ui/share/consent_page.c
SPELLED = "4, 8, 2, 1, 9, 1, 3, 0, 5, 7, 7, 6"
NEW_CODE = "Three wrong codes were tried. This is a new one."
PAGES = (
    "start code code-lost entry consent consent-control busy error sharing sharing-control viewer"
).split()
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


class Widgets(programs.Program):
    """The program that shows one page; its end must leave nothing behind."""

    def __init__(self, desktop, *arguments, language="en"):
        env = {
            **desktop.env,
            "LANGUAGE": language,
            "DESKSIDE_LOCALEDIR": os.environ["DESKSIDE_LOCALEDIR"],
        }
        super().__init__([os.environ["WIDGETS"], *map(str, arguments)], "widgets", env)
        self.wait_line("^READY$")

    def next_state(self):
        """Ask for the next state of what is shown."""
        self.process.send_signal(signal.SIGUSR1)
        self.wait_line("^STEP")

    def end(self):
        """Let it end; return what is wrong with how it does."""
        status = self.stop()
        complaints = self.stderr().strip()
        return [f"status {status}"] * (status != 0) + complaints.splitlines()


def xdo(*arguments):
    """Make real events by XTEST."""
    subprocess.run(["xdotool", *map(str, arguments)], check=True, capture_output=True)


def key(*keys):
    """Press and release keys, one after the other."""
    xdo("key", *keys)


def nameless_and_doubled(controls):
    """Yield the controls whose name says nothing, or not which one it is."""
    names = [name for _, name in controls]
    for role, name in controls:
        if not name or not name.strip():
            yield f"a control ({role.value_nick}) without a name"
        elif names.count(name) > 1:
            yield f"{name!r} is the name of {names.count(name)} controls"


def check_names(t, desktop):
    """Look at the names of every page's controls in three languages."""
    for page in PAGES:
        english = set()
        for language in ("en", "de", "ar"):
            with Widgets(desktop, page, language=language) as widgets:
                controls = desktop.until(desktop.controls, "controls")
                t.check(f"{page} in {language}: names", nameless_and_doubled(controls))
                names = {name for _, name in controls if re.search("[A-Za-z]{3}", name)}
                english = english or names
                kept = english & names if language != "en" else set()
                t.check(f"{page} in {language}: translated", sorted(kept))
                t.check(f"{page} in {language}: ends well", widgets.end())


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
        t.equal("the code is spelled", desktop.find(SPELLED).get_name(), SPELLED)
        widgets.next_state()
        desktop.announced(NEW_CODE)
        spelled = "1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2"
        t.equal("so is the next one", desktop.find(spelled).get_name(), spelled)
        desktop.press("Copy Code")
        desktop.announced("The code has been copied.")
    with Widgets(desktop, "sharing") as widgets:
        desktop.focus_comes_to("Stop")
        widgets.next_state()
        desktop.announced("\u200e“\u2068Anna\u2069” controls this computer")
        widgets.next_state()
        desktop.announced("Connection: Reconnecting")
        widgets.next_state()
        desktop.announced("Connection: Relayed")
        widgets.next_state()
        desktop.announced("Connection: Direct")
    with Widgets(desktop, "code-short") as widgets:
        widgets.wait_line("^expired$")
    t.check("what happens is announced", [])


def check_entry(t, desktop):
    """Type a code, correct it, and paste one from a message into whatever has the focus."""
    with Widgets(desktop, "entry") as widgets:
        desktop.focus_comes_to("Code or link")
        xdo("type", "48219")
        entry = desktop.find("Code or link")
        desktop.until(lambda: entry.get_text(0, -1) == "4821 9", "groups")
        key("BackSpace", "BackSpace")
        desktop.until(lambda: entry.get_text(0, -1) == "482", "a digit less")
        xdo("type", "19130577")
        key("Return")
        desktop.announced("Digits are missing. Type the whole code.")
        xdo("type", "0")
        desktop.announced("This code was mistyped. Compare the digits and type them again.")
        key("BackSpace")
        xdo("type", "7")
        widgets.wait_line("^complete 4821 9130 5777 as Bob$")
        desktop.press("Connect")
        widgets.wait_line("^complete 4821 9130 5777 as Bob$")
        key("Home", "Right", "Right", "Right", "Right", "Delete")
        desktop.until(lambda: entry.get_text(0, -1) == "4821 1305 777", "the digit behind the gap")
        t.check("a code is typed and corrected", [])
        key("Tab", "ctrl+a")
        xdo("type", "It is 4821-9130-5777, Bob.")
        key("ctrl+a", "ctrl+c")
        desktop.find("Back").grab_focus()
        desktop.focus_comes_to("Back")
        key("ctrl+v")
        widgets.wait_line("^complete 4821 9130 5777 as It is 4821-9130-5777, Bob.$")
        key("Escape")
        desktop.focus_comes_to("Share My Screen")
        key("ctrl+v")
        widgets.wait_line("^complete 4821 9130 5777")
        t.check("a pasted code is found anywhere", widgets.end())


def is_guarded(desktop, widgets):
    """Ask anew; say whether a grant is out of reach just then. None: this machine is too slow."""
    look = desktop.find("Let Them Look")
    for _ in range(10):
        start = time.monotonic()
        widgets.next_state()
        is_enabled = accessibility.is_enabled(look)
        if time.monotonic() - start < GUARD_S:
            return not is_enabled
    return None


def check_consent(t, desktop):
    """Try to say yes by mistake; say no by key, by time; say yes on purpose."""
    with Widgets(desktop, "consent") as widgets:
        desktop.focus_comes_to("Decline")
        t.equal("at first nothing can be granted", is_guarded(desktop, widgets), True)
        desktop.find("Let Them Look")
        key("Tab", "Return", "KP_Enter", "Tab", "Return")
        desktop.focus_comes_to("Let Them Control")
        key("space")
        t.equal("Enter never grants, space does", widgets.wait_line("^answered (.)$")[1], "3")
        t.check("that was all", widgets.end())
        t.equal("once", [line for line in widgets.lines if "answered" in line], ["answered 3"])
    for how, page, keys, answer in (
        ("Enter declines", "consent", ["Return"], "0"),
        ("Escape declines", "consent", ["Escape"], "0"),
        ("time declines", "consent-short", [], "1"),
    ):
        with Widgets(desktop, page) as widgets:
            desktop.focus_comes_to("Decline")
            if keys:
                key(*keys)
            t.equal(how, widgets.wait_line("^answered (.)$")[1], answer)


def check_keyboard(t, desktop):
    """Reach what is needed by keyboard alone."""
    with Widgets(desktop, "start") as widgets:
        desktop.focus_comes_to("Share My Screen")
        key("Return")
        widgets.wait_line("^share$")
        key("alt+h")
        desktop.focus_comes_to("Code or link")
        key("Escape")
        desktop.focus_comes_to("Share My Screen")
        key("Tab", "space")
        desktop.focus_comes_to("Code or link")
    with Widgets(desktop, "sharing") as widgets:
        desktop.focus_comes_to("Stop")
        key("alt+F4")
        widgets.wait_line("^stop$")
        key("Return")
        widgets.wait_line("^stop$")
    with Widgets(desktop, "busy") as widgets:
        desktop.focus_comes_to("Cancel")
        key("Escape")
        widgets.wait_line("^cancel$")
    t.check("the keyboard is enough", [])


def check_viewer(t, desktop):
    """Point, scroll and type on the picture; leave it with a key held."""
    with Widgets(desktop, "viewer", 800, 600) as widgets:
        box = desktop.find("The other screen").get_extents(accessibility.Atspi.CoordType.SCREEN)
        middle = (box.x + box.width // 2, box.y + box.height // 2)
        xdo("mousemove", *middle, "click", 1)
        at = "(199|200) (149|150)"
        widgets.wait_line(f"^moved {at}$")
        widgets.wait_line(f"^button 1 1 {at}$")
        widgets.wait_line(f"^button 1 0 {at}$")
        xdo("click", 5)
        widgets.wait_line(f"^scrolled 0 1 {at}$")
        desktop.focus_comes_to("The other screen")
        xdo("keydown", "shift", "keydown", "a", "keyup", "shift", "keyup", "a")
        for line in ("Shift_L 1", "A 1", "Shift_L 0", "A 0"):
            t.equal(f"key {line}", widgets.wait_line("^key (.*)$")[1], line)
        key("alt+d", "F10", "Tab", "Escape")
        for line in ("Alt_L", "d", "F10", "Tab", "Escape"):
            widgets.wait_line(f"^key {line} 1$")
        t.equal("no key was ours", desktop.focused(), "The other screen")
        xdo("keydown", "ctrl", "mousedown", 1)
        widgets.wait_line("^button 1 1")
        desktop.find("Disconnect").grab_focus()
        widgets.wait_line("^key Control_L 0$")
        widgets.wait_line("^button 1 0")
        xdo("keyup", "ctrl", "mouseup", 1)
        desktop.find("The other screen").grab_focus()
        desktop.focus_comes_to("The other screen")
        key("shift+F12")
        desktop.focus_comes_to("Full screen")
        t.check("what is held is released", widgets.end())
    with Widgets(desktop, "viewer-look", 800, 600) as widgets:
        xdo("mousemove", *desktop.centre("The other screen"), "click", 1)
        key("a", "Tab")
        desktop.until(lambda: desktop.focused() != "The other screen", "Tab to leave")
        sent = [line for line in widgets.lines if line not in ("READY",)]
        t.equal("who looks sends nothing", sent, [])


def sample_picture():
    """Return what tests/e2e/widgets.c draws."""
    rgb = bytearray()
    for y in range(300):
        for x in range(400):
            rgb += bytes((x * 255 // 400, y * 255 // 300, (x // 8 + y // 8) % 2 * 128))
    return pictures.Picture(400, 300, rgb)


def check_full_screen(t, desktop, screen):
    """Fill the screen with the picture; the bar is above it, and its Stop is where it seems."""
    with Widgets(desktop, "viewer") as viewer, Widgets(desktop, "bar") as bar:
        desktop.find("The other screen").grab_focus()
        xdo("search", "--name", "Screen of", "windowactivate", "--sync")
        key("shift+F11")
        width, height = HEIGHT * 400 // 300, HEIGHT
        left = (WIDTH - width) // 2
        corner = sample_picture().rgb[-3:]

        def fills():
            shot = screen.screenshot()
            pixel = shot.part(left + width - 1, height - 1, 1, 1).rgb
            return all(abs(a - b) < 12 for a, b in zip(pixel, corner))

        desktop.until(fills, "full screen")
        xdo("mousemove", *desktop.centre("Stop"), "click", 1)
        bar.wait_line("^stop$")
        t.check("the bar is above a full-screen window", bar.end())
        key("shift+F11")
        desktop.until(lambda: not fills(), "no full screen")
        t.check("and the window comes back", viewer.end())


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with xserver.XServer(folder, WIDTH, HEIGHT) as screen:
            with accessibility.Desktop(screen, folder) as desktop:
                screen.start("openbox")
                check_names(t, desktop)
                check_actions(t, desktop)
                check_announcements(t, desktop)
                check_entry(t, desktop)
                check_consent(t, desktop)
                check_keyboard(t, desktop)
                check_viewer(t, desktop)
                check_full_screen(t, desktop, screen)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
