# SPDX-License-Identifier: GPL-3.0-or-later
"""The helper's picture: exact, scaled as it should be, and in the quality that was chosen."""

import contextlib
import pathlib
import re
import tempfile
import time

from deskside_test import fake_desktop, person, pictures, programs, session, tap
from deskside_test.tap import unless

WIDTH, HEIGHT = 640, 480
WAIT_S = 20.0
REST_S, LOOK_S = 0.5, 0.05  # a program that makes frame after frame sleeps 1/60 s at most
FIGURES = (24, HEIGHT - 64, 120, 40)  # a part of them, in the lower left corner
CODE = "Code or link"
SCREEN = "The other screen"
QUALITIES = range(-32, -22)  # RFC 6143, 7.8: the levels 0 to 9
# Number of lists that were sent until then, name in the menu, its value, and the levels asked for.
CHOICES = (
    (2, "Sharpest", "sharpest", []),
    (3, "Fastest", "fastest", [-30]),
    (4, "Automatic", "automatic", [-24]),
)


class Setting:
    """A relay, and sessions through it with a desktop that is none."""

    def __init__(self, stack, folder):
        self._stack, self.folder = stack, folder
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        self.through = ["--relay", where, "--relay-pin", pin]

    def share(self, picture):
        """Share a picture; return the desktop that shows it, and the code."""
        desktop = self._stack.enter_context(fake_desktop.Desktop(picture))
        running = programs.cli("share", "--vnc", desktop.address, *self.through)
        return desktop, self._stack.enter_context(running).wait_event("code")["code"]

    def look(self, name, picture, **desk):
        """Have somebody look at it; return that person, and the desktop."""
        desktop, code = self.share(picture)
        folder = self.folder / name
        folder.mkdir()
        helper = person.Person(folder, *self.through, manager="openbox", **desk)
        self._stack.enter_context(helper)
        helper.press("Help Someone")
        helper.type_into(CODE, code)
        helper.becomes(SCREEN, "focused")
        return helper, desktop


def levels(encodings):
    """Return the levels of quality in a list of encodings."""
    return [one for one in encodings or () if one in QUALITIES]


def full_screen(helper):
    """Have the picture fill the screen, which has room for WIDTH x HEIGHT of GTK's pixels."""
    helper.key("shift+F11")
    whole = [0, 0, WIDTH, HEIGHT]
    session.until(lambda: helper.place(SCREEN) == whole, WAIT_S, "a full screen")
    helper.xdo("mousemove", WIDTH // 2, HEIGHT // 2)


def is_shown(helper, wanted):
    """Wait until the screen shows this; return how it differs."""
    found = []

    def look():
        found[:] = helper.screen.screenshot().difference(wanted)
        return not found

    with contextlib.suppress(programs.Failure):
        session.until(look, WAIT_S, "the picture")
    return found


def changed(picture, place, seed):
    """Return the picture with something new at x, y, width, height."""
    x, y, width, height = place
    patch, rgb = pictures.noise(width, height, seed), bytearray(picture.rgb)
    for row in range(height):
        at = ((y + row) * picture.width + x) * 3
        rgb[at : at + width * 3] = patch.rgb[row * width * 3 : (row + 1) * width * 3]
    return pictures.Picture(picture.width, picture.height, rgb)


def change(desktop, places, seed):
    """Change all these places of the desktop in one update."""
    for number, place in enumerate(places):
        desktop.picture = changed(desktop.picture, place, seed + number)
    desktop.change(*places)


def halved(picture):
    """Return it in half of its size: each pixel the mean of four."""
    rgb, stride = bytearray(), picture.width * 3
    for y in range(0, picture.height, 2):
        one = picture.rgb[y * stride : (y + 1) * stride]
        two = picture.rgb[(y + 1) * stride : (y + 2) * stride]
        for at in range(0, stride, 6):
            for c in range(at, at + 3):
                rgb.append((one[c] + one[c + 3] + two[c] + two[c + 3] + 2) // 4)
    return pictures.Picture(picture.width // 2, picture.height // 2, rgb)


PLACES = (
    ((0, 0, 1, 1),),
    ((WIDTH - 1, HEIGHT - 1, 1, 1), (3, 5, 70, 9), (200, 100, 301, 203)),
    ((0, 0, WIDTH, HEIGHT),),
    ((63, 63, 2, 2), (64, 200, 64, 64)),
)
NO_SHARED_MEMORY = {"server_options": ("-extension", "MIT-SHM")}


def is_lent(helper):
    """Say whether the X server itself reads the memory that the picture lies in."""
    server = helper.screen.server.process.pid
    maps = pathlib.Path(f"/proc/{server}/maps").read_text(encoding="utf-8")
    return "memfd:deskside-picture" in maps


def check_exact(t, setting, seed):
    """At its own size each pixel is what was sent, also after parts of it changed."""
    for name, density, screen in (
        ("ordinary", 1, {}),
        ("twice the density", 2, {}),
        ("without shared memory", 1, NO_SHARED_MEMORY),
    ):
        width, height = density * WIDTH, density * HEIGHT
        picture = pictures.noise(width, height, seed)
        env = {"GDK_SCALE": str(density)}
        helper, desktop = setting.look(name, picture, width=width, height=height, env=env, **screen)
        full_screen(helper)
        t.check(f"{name}: exact", is_shown(helper, picture))
        for number, places in enumerate(PLACES):
            change(desktop, places, seed + number)
            t.check(f"{name}: exact after change {number}", is_shown(helper, desktop.picture))
        t.equal(f"{name}: the server takes the pixels by itself", is_lent(helper), not screen)
        helper.key("shift+F11")
        session.until(lambda: not is_lent(helper), WAIT_S, "a smaller picture, which is ours")
        t.check(f"{name}: ends well", helper.end())


def squares(picture, times):
    """Return it so many times as large: each pixel a square."""
    rgb, stride = bytearray(), picture.width * 3
    for y in range(picture.height):
        row = picture.rgb[y * stride : (y + 1) * stride]
        rgb += b"".join(row[at : at + 3] * times for at in range(0, stride, 3)) * times
    return pictures.Picture(picture.width * times, picture.height * times, rgb)


def check_twice(t, setting, seed):
    """At twice its size each pixel is four of its colour, also after parts changed."""
    for name, screen in (("twice", {}), ("twice without shared memory", NO_SHARED_MEMORY)):
        picture = pictures.noise(WIDTH // 2, HEIGHT // 2, seed)
        helper, desktop = setting.look(name, picture, width=WIDTH, height=HEIGHT, **screen)
        full_screen(helper)
        t.check(f"{name}: squares", is_shown(helper, squares(picture, 2)))
        change(desktop, ((0, 0, 1, 1), (101, 55, 63, 9), (319, 239, 1, 1)), seed)
        t.check(f"{name}: squares after a change", is_shown(helper, squares(desktop.picture, 2)))
        t.check(f"{name}: ends well", helper.end())


def check_half(t, setting, seed):
    """At half of the size each pixel is the mean of four, also after parts changed."""
    picture = pictures.noise(2 * WIDTH, 2 * HEIGHT, seed)
    helper, desktop = setting.look("half", picture, width=WIDTH, height=HEIGHT)
    full_screen(helper)
    t.check("half: the mean", is_shown(helper, halved(desktop.picture)))
    for number, places in enumerate(PLACES):
        change(desktop, places, seed + number)
        wanted = halved(desktop.picture)
        t.check(f"half: the mean after change {number}", is_shown(helper, wanted))
    t.check("half: ends well", helper.end())


def check_over(t, setting, seed):
    """What lies over the picture stays to be seen while the picture changes."""
    picture, top = pictures.noise(WIDTH, HEIGHT, seed), (0, 0, WIDTH, 100)
    helper, desktop = setting.look("over", picture, width=WIDTH, height=HEIGHT)
    full_screen(helper)
    helper.key("shift+F9")
    helper.see("^Pictures a second$")
    for number in range(3):
        change(desktop, ((0, 0, WIDTH, HEIGHT),), seed + number)
        wanted, shown = desktop.picture, []

        def is_new(wanted=wanted, shown=shown):
            shown[:] = [helper.screen.screenshot()]
            return not shown[0].part(*top).difference(wanted.part(*top))

        session.until(is_new, WAIT_S, "the new picture")
        off = shown[0].part(*FIGURES).share_off(wanted.part(*FIGURES), 0)
        t.check(f"over change {number} are the figures", unless(off > 0.9, f"{off:.2f} of them"))
    helper.key("shift+F9")
    t.check("without them all is the picture", is_shown(helper, desktop.picture))
    t.check("over: ends well", helper.end())


def has_rested(helper, meanwhile=lambda: None):
    """Look for REST_S whether the window's thread sleeps through."""

    def switches():
        pid = helper.app.process.pid
        status = pathlib.Path(f"/proc/{pid}/task/{pid}/status").read_text(encoding="utf-8")
        return re.findall(r"ctxt_switches:\s+(\d+)", status)

    before, end = switches(), time.monotonic() + REST_S
    while time.monotonic() < end:
        meanwhile()
        time.sleep(LOOK_S)
    return switches() == before


def check_rest(t, setting, seed):
    """While nothing changes the window makes no frames."""
    helper, desktop = setting.look("rest", pictures.noise(64, 48, seed))
    session.until(lambda: has_rested(helper), WAIT_S, "a window that rests")
    t.check("it rests", [])
    moves = has_rested(helper, lambda: desktop.change((0, 0, 1, 1)))
    t.equal("it does not while the picture moves", moves, False)
    t.check("rest: ends well", helper.end())


def choose(helper, name):
    """Choose something in the menu, which stays open for another choice, and close it."""
    helper.press("Main menu")
    helper.press(name)
    helper.key("Escape")
    helper.miss("^Fastest$")


def is_kept(setting, line):
    """Wait until a line is in the settings; return what is there in its place."""
    path = setting.folder / "quality/home/glib-2.0/settings/keyfile"
    with contextlib.suppress(programs.Failure):
        session.until(lambda: line in path.read_text(encoding="utf-8"), WAIT_S, line)
    kept = path.read_text(encoding="utf-8")
    return unless(line in kept, kept)


def check_quality(t, setting, seed):
    """The menu's choice is asked for at once, is kept, and counts from the next session's start."""
    picture = pictures.noise(64, 48, seed)
    helper, desktop = setting.look("quality", picture)
    t.equal("automatic at first", levels(desktop.asked(1)), [-24])
    for count, name, value, wanted in CHOICES:
        choose(helper, name)
        t.equal(f"{name} is asked for", levels(desktop.asked(count)), wanted)
        t.check(f"{name} is kept", is_kept(setting, f"quality='{value}'"))
    t.equal("only once is all of the picture asked for anew", desktop.requests.count(False), 2)
    choose(helper, "Sharpest")
    desktop.asked(5)
    helper.press("Disconnect")
    helper.press("Help Someone")
    again, code = setting.share(picture)
    helper.type_into(CODE, code)
    helper.becomes(SCREEN, "focused")
    t.equal("the next session begins with it", levels(again.asked(1)), [])
    t.check("quality: ends well", helper.end())


def check_figures(t, setting, seed):
    """They are asked for by key or menu, tell what comes, and nobody is talked to about them."""
    helper, desktop = setting.look("figures", pictures.noise(64, 48, seed))
    helper.heard()
    helper.key("shift+F9")
    helper.see("^Pictures a second$")
    for places, moved, words in (
        (((0, 0, 64, 48),), None, "^100 % exact, 0 % photo, 0 % moved$"),
        (((0, 0, 1, 1),), (0, 0, 63, 48), "^0 % exact, 0 % photo, 100 % moved$"),
    ):
        said = None
        while said is None:  # once a second, and what is seen is what came in the last one
            desktop.change(*places)
            if moved:
                desktop.copy(moved, (1, 0))
            with contextlib.suppress(programs.Failure):
                session.until(lambda words=words: matches(helper, words), 0.2, words)
                said = words
        t.check(f"it says {words}", [])
    while not matches(helper, "^[1-9][0-9]*$"):
        desktop.change((0, 0, 1, 1))
    t.check("it says how many pictures", [])
    for words in ("^at least [0-9]+ ms, [0-9]+ of it to decode$", "[0-9](.[kM]B| bytes)"):
        helper.see(words)
        t.check(f"it says {words}", [])
    helper.see("^Through the relay, [0-9]+ ms$")
    t.check("it says the path", [])
    t.equal("it announces nothing", helper.heard(), [])
    choose(helper, "Figures")
    helper.miss("^Pictures a second$")
    t.check("figures: ends well", helper.end())


def matches(helper, words):
    """Say whether something in sight matches now."""
    return any(re.search(words, text) for text in helper.everything())


def main():
    t = tap.Tap()
    seed = session.seed()
    for check in (
        check_exact,
        check_twice,
        check_half,
        check_over,
        check_rest,
        check_quality,
        check_figures,
    ):
        with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
            check(t, Setting(stack, pathlib.Path(name)), seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
