# SPDX-License-Identifier: GPL-3.0-or-later
"""Two monitors beside each other on either side: all of the shared ones is seen on one of the other's."""

import contextlib
import pathlib
import re
import subprocess
import tempfile

from deskside_test import person, pictures, programs, session, tap
from deskside_test.hands_on import WAIT_S, let_control, run
from deskside_test.watcher import Watcher

SCREEN = "The other screen"
SHARED = (640, 480)  # each monitor of the helpee's
OWN = (800, 600)  # and of the helper's
SCALE = OWN[0] / (2 * SHARED[0])
TOP = round((OWN[1] - SHARED[1] * SCALE) / 2)  # of the picture on a monitor
COLUMNS, ROWS, CELL = 4, 2, 64
PICTURES_AT = ((300, 330), (SHARED[0] + 300, 330))  # one on each monitor
PROBE_AT = (SHARED[0] + 60, 120)
TOLERANCE = 24  # of 255: the picture is scaled, and may have been a JPEG on the way
# On the helpee's screen: in both monitors, and at the edge that they share.
POINTS = ((20, 300), (SHARED[0] - 2, 300), (SHARED[0] + 2, 300), (2 * SHARED[0] - 20, 460))


def split(screen, width, height):
    """Have two monitors of this size beside each other."""
    size = f"{width}/{width // 4}x{height}/{height // 4}"
    run(screen, "xrandr", "--setmonitor", "one", f"{size}+0+0", "VNC-0")
    run(screen, "xrandr", "--setmonitor", "two", f"{size}+{width}+0", "none")


def has_manager(screen):
    """Say whether a window manager runs: only then this has an answer."""
    try:
        return bool(run(screen, "xdotool", "get_desktop"))
    except subprocess.CalledProcessError:
        return False


def start(stack, folder, through, size):
    """Have somebody sit at two monitors."""
    width, height = size
    desk = {"width": 2 * width, "height": height, "is_resizable": True}
    who = stack.enter_context(person.Person(folder, *through, **desk))
    split(who.screen, width, height)
    who.start(["openbox"])
    session.until(lambda: has_manager(who.screen), WAIT_S, "openbox")
    return who


def colour(picture, x, y):
    """Return the three numbers of a pixel."""
    at = (y * picture.width + x) * 3
    return picture.rgb[at : at + 3]


def there(left, x, y):
    """Return where a pixel of the shared screen is on the monitor that begins at `left`."""
    return round(left + (x + 0.5) * SCALE), round(TOP + (y + 0.5) * SCALE)


def place_of(screen):
    """Return where the only picture that was put on a screen is, inside of its frame."""
    found = []

    def look():
        with contextlib.suppress(subprocess.CalledProcessError):  # it is not there yet
            words = run(screen, "xwininfo", "-name", "xwud: picture")
            corners = (re.search(f"Absolute upper-left {axis}: +(-?[0-9]+)", words) for axis in "XY")
            found[:] = (int(corner[1]) for corner in corners)
        return found

    session.until(look, WAIT_S, "the picture's window")
    return found


def wrong_cells(shown, at, left, helper):
    """Yield which cells of a picture, shared at a place, are not to be seen there."""
    whole = helper.screen.screenshot()
    for cell in range(COLUMNS * ROWS):
        x, y = cell % COLUMNS * CELL + CELL // 2, cell // COLUMNS * CELL + CELL // 2
        wanted, seen = colour(shown, x, y), colour(whole, *there(left, at[0] + x, at[1] + y))
        if max(abs(one - two) for one, two in zip(wanted, seen)) > TOLERANCE:
            yield f"cell {cell}: {wanted.hex()} is shown as {seen.hex()}"


def check_picture(t, helpee, helper, left, seed):
    """Show a picture on each shared monitor."""
    for number, near in enumerate(PICTURES_AT):
        shown = pictures.cells(COLUMNS, ROWS, CELL, seed + number)
        helpee.screen.show(shown, *near)
        wrong = lambda shown=shown: list(wrong_cells(shown, place_of(helpee.screen), left, helper))
        with contextlib.suppress(programs.Failure):  # the cells are named below
            session.until(lambda: not wrong(), WAIT_S, "a picture")
        t.check(f"monitor {number} is seen from {left}", wrong())
        helpee.screen.stop_last()


def pointer(screen):
    """Return where the pointer is."""
    words = run(screen, "xdotool", "getmouselocation", "--shell")
    return tuple(int(number) for number in re.findall("[XY]=([0-9]+)", words))


def check_hands(t, helpee, helper, left):
    """Point at places on both shared monitors, and click on a program on the second."""
    for place in POINTS:
        helper.xdo("mousemove", *there(left, *place))
        near = lambda: all(abs(a - b) <= 2 for a, b in zip(pointer(helpee.screen), place))
        with contextlib.suppress(programs.Failure):
            session.until(near, WAIT_S, "the pointer")
        found = pointer(helpee.screen)
        t.check(f"the pointer at {place} from {left}", [] if near() else [f"it is at {found}"])
    watcher = Watcher(helpee.screen, f"200x100+{PROBE_AT[0]}+{PROBE_AT[1]}")
    helper.xdo("mousemove", *there(left, PROBE_AT[0] + 90, PROBE_AT[1] + 60), "click", 1)
    t.check("a click on the second monitor arrives", watcher.wait("ButtonPress", "button 1"))
    watcher.program.stop()


def check_bar(t, helper, left):
    """The bar comes down on the monitor that the picture fills, and goes."""
    middle = left + OWN[0] // 2
    helper.xdo("mousemove", middle, 0)
    helper.becomes("Disconnect", "showing")
    x, _, width, _ = helper.place("Disconnect")
    is_inside = left <= x and x + width <= left + OWN[0]
    t.check(f"the bar is on that monitor, at {left}", [] if is_inside else [f"{x}, {width}"])
    helper.xdo("mousemove", middle, OWN[1] // 2, "mousemove", middle, OWN[1] // 2 + 1)
    helper.miss("^Disconnect$")


def check_monitor(t, helpee, helper, left, seed):
    """Fill one of the helper's monitors."""
    (window,) = run(helper.screen, "xdotool", "search", "--onlyvisible", "--name", "Screen of").split()
    helper.xdo("windowmove", "--sync", window, left + 60, 60)
    before = helper.place(SCREEN)
    helper.xdo("mousemove", left + OWN[0] // 2, OWN[1] - 1)
    helper.key("shift+F11")
    whole = [left, 0, *OWN]
    with contextlib.suppress(programs.Failure):
        session.until(lambda: helper.place(SCREEN) == whole, WAIT_S, "a full screen")
    t.equal(f"the monitor at {left} is filled", helper.place(SCREEN), whole)
    check_picture(t, helpee, helper, left, seed)
    check_hands(t, helpee, helper, left)
    check_bar(t, helper, left)
    helper.key("shift+F11")
    with contextlib.suppress(programs.Failure):
        session.until(lambda: helper.place(SCREEN) == before, WAIT_S, "the window")
    t.equal("and the window is where it was", helper.place(SCREEN), before)


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        relay, where, pin = programs.relay(folder / "relay")
        stack.enter_context(relay)
        through = ["--relay", where, "--relay-pin", pin]
        helpee = start(stack, folder / "helpee", through, SHARED)
        helper = start(stack, folder / "helper", through, OWN)
        let_control(helpee, helper)
        for number, left in enumerate((0, OWN[0])):
            check_monitor(t, helpee, helper, left, seed + 2 * number)
        t.check("the helper's program ends well", helper.end())
        t.check("so does the helpee's", helpee.end())
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
