# SPDX-License-Identifier: GPL-3.0-or-later
"""Two windows: one person shares, the other one types the code and sees the screen."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import threading

from deskside_test import local, person, pictures, programs, session, tap, xserver

COLUMNS, ROWS = 8, 6
CELL = 64  # pixels
TOP = 200  # below the bar, which stays above everything
TOLERANCE = 16  # of 255: the picture is scaled, and may have been a JPEG on the way
SIZES = (1024, 768), (1600, 1200), (800, 600)


def colour(picture, x, y):
    """Return the three numbers of a pixel."""
    at = (y * picture.width + x) * 3
    return picture.rgb[at : at + 3]


def wrong_cells(shown, helper):
    """Yield which cells the helper's viewer does not show as they are on the shared screen."""
    x, y, width, height = helper.place("The other screen")
    whole = helper.screen.screenshot()
    screen_width, screen_height = helper.shared_size
    scale = min(width / screen_width, height / screen_height, 1)
    left = x + (width - screen_width * scale) / 2
    top = y + (height - screen_height * scale) / 2
    for row in range(ROWS):
        for column in range(COLUMNS):
            at = (column * CELL + CELL // 2, row * CELL + CELL // 2)
            wanted = colour(shown, *at)
            seen = colour(whole, int(left + at[0] * scale), int(top + (at[1] + TOP) * scale))
            if max(abs(one - two) for one, two in zip(wanted, seen)) > TOLERANCE:
                yield f"cell {column}, {row}: {wanted.hex()} is shown as {seen.hex()}"


def draw(t, screen, helper, name, seed):
    """Draw on a shared screen; the helper must see it."""
    shown = pictures.cells(COLUMNS, ROWS, CELL, seed)
    screen.show(shown, 0, TOP)
    with contextlib.suppress(programs.Failure):  # the cells are named below
        session.until(lambda: not list(wrong_cells(shown, helper)), 10.0, "the picture")
    t.check(f"the helper sees {name}", wrong_cells(shown, helper))


def check_picture(t, helpee, helper, seed):
    """Draw on one screen, look at the other."""
    for number in range(2):
        draw(t, helpee.screen, helper, f"picture {number + 1}", seed + number)
    other = list(wrong_cells(pictures.cells(COLUMNS, ROWS, CELL, seed + 2), helper))
    t.equal("another picture would be found wrong", len(other) > COLUMNS * ROWS / 2, True)


def check_end(t, **people):
    """Close each window from outside; nobody complains, nothing leaks."""
    for name, who in people.items():
        t.check(f"the {name}'s program ends well, without a complaint", who.end())


def connect(helpee, helper):
    """Go from Share to the picture; return the code."""
    helpee.press("Share My Screen")
    (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
    helper.press("Help Someone")
    helper.type_into("Code or link", code)
    helpee.see("Let Them See Your Screen")
    helpee.press("Let Them Look")
    helper.see("^The other screen$")
    return code


def check_sharing(t, folder, seed):
    """From Share to Stop."""
    relay, where, pin = programs.relay(folder / "relay")
    through = ["--relay", where, "--relay-pin", pin]
    with contextlib.ExitStack() as stack:
        stack.enter_context(relay)
        helpee = stack.enter_context(person.Person(folder / "helpee", *through))
        helper = stack.enter_context(person.Person(folder / "helper", *through))
        helper.shared_size = (helpee.screen.screenshot().width, helpee.screen.screenshot().height)
        connect(helpee, helper)
        check_picture(t, helpee, helper, seed)
        t.equal("the path is named", helper.see("^Connection: (.+)$"), ["Relayed"])
        helpee.press("Stop")
        helper.press("Back")
        t.equal("the helper is back", bool(helper.see("^Share My Screen$")), True)
        t.equal("the helpee is back", bool(helpee.see("^Share My Screen$")), True)
        connect(helpee, helper)
        helper.press("Disconnect")
        helpee.press("Back")
        helper.press("Help Someone")
        t.equal("a code that has served is forgotten", helper.text("Code or link"), "")
        check_end(t, helpee=helpee, helper=helper)


def click(viewer, x, y):
    """Press and release the first button; return when the server has heard it."""
    for buttons in (0, 1, 0):
        viewer.pointer(x, y, buttons)
    viewer.capture()


def check_guard(t, folder):
    """Who controls can press what is on the screen, but for our own buttons."""
    with contextlib.ExitStack() as stack:
        running = local.Window(stack, folder)
        helpee, connect, viewer = running.helpee, running.connect, running.viewer
        helpee.see("^Take Control Back$")
        x, y, width, height = helpee.place("Stop")
        click(viewer, x + width // 2, y + height // 2)
        t.equal("a helper cannot press Stop", bool(helpee.see("^Take Control Back$")), True)
        helpee.press("Take Control Back")
        helpee.see("^Let Them Control…$")
        t.equal("control was taken back", connect.wait_event("level")["level"], "view")
        helpee.press("Stop")
        t.equal("the helpee can", connect.wait_event("closed")["reason"], "peer-stopped")


def fumble(viewer):
    """Type what is slow to type, as fast as it goes, and move the pointer on with each key."""
    for number in range(20000):
        keysym = 0x01002600 + number % 500  # on no layout: the X server gets a new keymap each time
        viewer.key(keysym, True)
        viewer.key(keysym, False)
        viewer.pointer(number % 1000, number // 1000)


def check_flood(t, folder):
    """Control ends when it is taken back, whatever is still to be done."""
    with contextlib.ExitStack() as stack:
        running = local.Window(stack, folder)
        helpee, viewer = running.helpee, running.viewer
        helpee.see("^Take Control Back$")
        env = {**os.environ, **helpee.screen.env}
        look = ["xdotool", "getmouselocation"]
        place = lambda: subprocess.check_output(look, env=env).split()[:2]
        start = place()
        typist = threading.Thread(target=fumble, args=(viewer,))
        typist.start()
        session.until(lambda: place() != start, 20.0, "the pointer to move")
        helpee.press("Take Control Back", 0)
        helpee.see("sees this screen$")
        at_the_end = place()
        typist.join()
        viewer.capture()
        t.equal("nothing is done after control was taken back", place(), at_the_end)


def check_sizes(t, folder, seed):
    """The shared screen gets other sizes: the helper's window goes on, and shows all of it."""
    relay, where, pin = programs.relay(folder / "relay")
    through = ["--relay", where, "--relay-pin", pin]
    with contextlib.ExitStack() as stack:
        stack.enter_context(relay)
        screen = xserver.XServer(folder / "screen", *SIZES[-1], is_resizable=True)
        stack.enter_context(screen)
        share = programs.cli("share", "--display", screen.display, *through, env=screen.env)
        code = stack.enter_context(share).wait_event("code")["code"]
        helper = stack.enter_context(person.Person(folder / "helper", *through))
        helper.press("Help Someone")
        helper.type_into("Code or link", code)
        helper.see("^The other screen$")
        for number, size in enumerate(SIZES):
            resize = ["xrandr", "--size", "x".join(map(str, size))]
            subprocess.run(resize, env={**os.environ, **screen.env}, check=True)
            helper.shared_size = size
            draw(t, screen, helper, f"a screen of {size}", seed + number)
        helper.press("Disconnect")
        t.equal("share ends well", share.wait_exit(), 0)
        check_end(t, helper=helper)


def main():
    t = tap.Tap()
    seed = session.seed()
    with tempfile.TemporaryDirectory() as name:
        check_sharing(t, pathlib.Path(name, "sharing"), seed)
        check_guard(t, pathlib.Path(name, "guard"))
        check_flood(t, pathlib.Path(name, "flood"))
        check_sizes(t, pathlib.Path(name, "sizes"), seed)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
