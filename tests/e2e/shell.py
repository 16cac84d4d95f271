# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes it an application: its menu, its windows, the command line, a second start, the files."""

import configparser
import os
import pathlib
import re
import subprocess

from deskside_test import local, person, programs, proxy, session, tap
from deskside_test.stage import run_all
from deskside_test.tap import unless

CODE = r"^(\d{4} \d{4} \d{4})$"
NO_RELAY = (
    "This computer is in a network. What that looks like from outside could not be seen without a "
    "relay."
)
HINT = "^What you change counts from the next session on[.]$"
ASKED = "^Connect over"
BUSY = "^One Session at a Time$"
LANGUAGES = ("C", "de", "ar")
CONTROLS = 5  # of the preferences
EXIT_S = 20.0


def desk(stage, *options, **more):
    """Put somebody at a desktop with Deskside on it, and a window manager for the keyboard."""
    who = person.Person(stage.folder / "desk", *options, manager="openbox", **more)
    stage.stack.enter_context(who)
    return who


def ended(app):
    """Return what is wrong with the end of a program that was not in any trouble."""
    status, words = app.wait_exit(EXIT_S), app.stderr()
    return unless(status == 0 and not words, f"status {status}, {words!r}")


def choose(who, number):
    """Open the menu and choose its entry, all by the keyboard."""
    who.key("F10")
    who.becomes("Preferences", "focused")
    who.key(*["Down"] * number, "Return")


def left(who, control, sight):
    """See a window that is opening, and leave it by the keyboard as soon as it has that."""
    who.see(sight)
    who.becomes(control, "focused")
    who.key("Escape")
    who.miss(sight)
    who.becomes("Share My Screen", "focused")


def menu(stage):
    """Each entry of the menu is reached by the keyboard alone, and each window left."""
    who = desk(stage)
    who.becomes("Share My Screen", "focused")
    windows = (
        (0, "ctrl+comma", "Relay", HINT),
        (1, None, NO_RELAY, "^Check Again$"),
        (2, "ctrl+question", "Search", "^Leave the picture with the keyboard$"),
        (3, None, "Close", "GNU General Public"),
    )
    for number, key, control, sight in windows:
        choose(who, number)
        left(who, control, sight)
        if key:
            who.key(key)
            left(who, control, sight)
    choose(who, 4)
    return ended(who.app)


def names(stage):
    """In each language every control of the preferences has a name of its own."""
    found, seen = [], set()
    for language in LANGUAGES:
        with person.Person(stage.folder / language, manager="openbox", language=language) as who:
            session.until(lambda: who.ask("focused"), EXIT_S, "a window with the keyboard")
            who.key("ctrl+comma")
            session.until(lambda: len(who.controls()) == 2, EXIT_S, "preferences")
            controls = tuple(name for _, name in who.controls()[1])
            found += unless(len(set(controls)) == CONTROLS and all(controls), f"{language}: {controls}")
            seen.add(controls)
    return found + unless(len(seen) == len(LANGUAGES), f"not translated: {seen}")


def usage(stage):
    """A command line that makes no sense: status 2 and one sentence, and no window."""
    lines = [
        ["hello"],
        ["4821"],
        ["482191305776", "482191305776"],
        ["--share", "--help-someone"],
        ["--share", "482191305776"],
        ["--relay-pin", "0" * 64],
        ["--relay", "two words"],
        ["--relay", "r", "--relay-pin", "12"],
        ["--dance"],
    ]
    found = []
    for line in lines:
        with programs.Program([os.environ["DESKSIDE"], *line], env={"DISPLAY": ""}) as program:
            status, words = program.wait_exit(), program.stderr()
        if status != 2 or len(words.strip().splitlines()) != 1:
            found.append(f"{line}: status {status}, {words!r}")
    with programs.Program([os.environ["DESKSIDE"], "--help"], env={"DISPLAY": ""}) as program:
        status = program.wait_exit()
    wanted = ("  deskside [OPTION", "CODE|LINK", "--share", "--help-someone", "list of processes")
    found += [f"--help lacks {word}" for word in wanted if word not in "\n".join(program.lines)]
    return found + unless(status == 0, f"--help: status {status}")


def second(stage):
    """A link connects; another start hands its own to the window, which tells what comes first."""
    who = stage.stack.enter_context(person.Desk(stage.folder / "desk", manager="openbox"))
    shared = stage.stack.enter_context(person.Desk(stage.folder / "shared"))
    share = stage.start("share", "--display", shared.screen.display, env=shared.env)
    code = share.wait_event("code")
    deskside = os.environ["DESKSIDE"]
    first = who.start([deskside, *stage.through, code["link"]])
    who.see("^The other screen$")
    shown = pathlib.Path(f"/proc/{first.process.pid}/cmdline").read_bytes().decode()
    found = unless(code["code"] not in shown, "ps shows the code")
    _, other = stage.share()
    for options in ([other], [f"deskside://{stage.address}/{other}"], ["--share"]):
        found += ended(who.start([deskside, *options]))
        who.see(BUSY)
        who.press("OK")
        who.miss(BUSY)
    who.becomes("Disconnect", "sensitive")
    share.process.terminate()
    who.see("^The Session Has Ended$")
    found += ended(who.start([deskside, "--help-someone"]))
    who.see("^Type the Code$")
    found += ended(who.start([deskside, "deskside://relay.example/4821"]))
    who.see("^A part of this link is missing")
    found += ended(who.start([deskside, "--share"]))
    who.see(CODE)
    found += ended(who.start([deskside, "--share"]))
    found += unless(not any(map(re.compile(BUSY).search, who.everything())), "refused what it does")
    first.process.terminate()
    return found + ended(first)


def overtaken(stage):
    """A question that waits is withdrawn when another start asks for something else."""
    who = stage.stack.enter_context(person.Desk(stage.folder / "desk", manager="openbox"))
    link = f"deskside://{stage.address}/482191305778"
    deskside = os.environ["DESKSIDE"]
    first = who.start([deskside, link])
    who.see(ASKED)
    found = ended(who.start([deskside, link.replace(stage.address, "relay.example")]))
    who.see("^Connect over .relay[.]example")
    found += ended(who.start([deskside, "--share", *stage.through]))
    who.see(CODE)
    who.miss(ASKED)
    who.press("Stop")
    who.see("^Help Someone$")
    first.process.terminate()
    return found + ended(first)


def reopened(stage):
    """A window that was closed says goodbye first; one that is wanted again meanwhile stays."""
    who = stage.stack.enter_context(person.Desk(stage.folder / "desk", manager="openbox"))
    shared = stage.stack.enter_context(person.Desk(stage.folder / "shared"))
    share = stage.start("share", "--display", shared.screen.display, env=shared.env)
    between = stage.stack.enter_context(proxy.Proxy(stage.address))
    through = ["--relay", between.address, "--relay-pin", stage.pin]
    command = [os.environ["DESKSIDE"], *through]
    first = who.start([*command, share.wait_event("code")["code"]])
    who.see("^The other screen$")
    between.silence()
    who.key("ctrl+q")
    who.miss("^The other screen$")
    found = ended(who.start(command))
    who.see("^Share My Screen$")
    first.process.terminate()
    return found + ended(first)


def press(viewer, x, y, width, height):
    """Click in the middle of a place, type an x; return when the server has heard it."""
    for buttons in (0, 1, 0):
        viewer.pointer(x + width // 2, y + height // 2, buttons)
    for down in (True, False):
        viewer.key(ord("x"), down)
    viewer.capture()


def guarded(stage):
    """Who controls can press and type nothing in our menu and our other windows."""
    running = local.Window(stage.stack, stage.folder / "session", manager="openbox")
    helpee, viewer = running.helpee, running.viewer
    helpee.see("^Take Control Back$")
    helpee.press("Main menu")
    press(viewer, *helpee.place("Quit"))
    helpee.press("Preferences")
    helpee.becomes("Relay", "focused")
    press(viewer, *helpee.place("Your Name"))
    found = unless(helpee.text("Your Name") == "", "the helper has typed")
    helpee.click("Your Name")
    helpee.key("x")
    helpee.holds("Your Name", "x")
    press(viewer, *helpee.place("Your Name"))
    found += unless(helpee.text("Your Name") == "x", "the helper has typed there, too")
    helpee.see("^Take Control Back$")
    return found


def installed(stage):
    """What is installed is all there, and what the desktop file starts is a program."""
    build = pathlib.Path(os.environ["DESKSIDE"]).parents[2]
    command = ["meson", "install", "--quiet", "--no-rebuild", "-C", build]
    env = {**os.environ, "DESTDIR": str(stage.folder)}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    found = unless(run.returncode == 0, run.stdout, run.stderr)
    files = {str(path.relative_to(stage.folder)) for path in stage.folder.rglob("*")}
    name = "org.deskside.Deskside"
    wanted = [
        "bin/deskside",
        "bin/deskside-cli",
        "bin/deskside-relay",
        f"share/applications/{name}.desktop",
        f"share/glib-2.0/schemas/{name}.gschema.xml",
        f"share/icons/hicolor/scalable/apps/{name}.svg",
        f"share/icons/hicolor/symbolic/apps/{name}-symbolic.svg",
        "share/locale/ar/LC_MESSAGES/deskside.mo",
        "share/locale/de/LC_MESSAGES/deskside.mo",
        "share/man/man1/deskside.1",
        "share/man/man1/deskside-cli.1",
        "share/man/man8/deskside-relay.8",
        f"share/metainfo/{name}.metainfo.xml",
    ]
    found += [f"{path} is missing" for path in wanted if f"usr/local/{path}" not in files]
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(stage.folder / f"usr/local/share/applications/{name}.desktop", encoding="utf-8")
    for section in entry.sections():
        program = stage.folder / "usr/local/bin" / entry[section]["Exec"].split()[0]
        found += unless(os.access(program, os.X_OK), f"{section}: {program} is no program")
    return found + unless(len(entry.sections()) == 3, f"sections: {entry.sections()}")


def main():
    t = tap.Tap()
    run_all(t, [menu, names, usage, second, overtaken, reopened, guarded, installed])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
