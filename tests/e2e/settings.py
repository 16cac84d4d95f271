# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences: what is set is used and stays, what is wrong is said, what is locked cannot be set."""

import os
import pathlib
import re
import subprocess

from deskside_test import person, session, tap
from deskside_test.stage import run_all
from deskside_test.tap import unless

CODE = r"^(\d{4} \d{4} \d{4})$"
RELAY, PIN, NAME = "Relay", "Relay’s Key (PIN)", "Your Name"
DIRECT = "Direct Connections"
MAPPING = "Ask the Router to Open a Port"
BAD_RELAY = "^This is no name of a computer[.]"
BAD_PIN = "^This is no relay’s key[.]"
OPEN = "^What you change counts from the next session on[.]$"


def desk(stage, name="helpee", **env):
    """Put somebody at a desktop with a window manager, the settings in a file of the stage's."""
    env = {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(stage.folder / "config"), **env}
    who = person.Person(stage.folder / name, manager="openbox", env=env)
    stage.stack.enter_context(who)
    who.see("^Share My Screen$")
    return who


def key(who, name):
    """Press a key as soon as a window has the keyboard."""
    session.until(lambda: who.ask("focused"), 20.0, "the keyboard")
    who.key(name)


def preferences(who):
    """Open them by the keyboard."""
    key(who, "ctrl+comma")
    who.becomes(RELAY, "focused")


def close(who):
    """Close them by the keyboard."""
    who.key("Escape")
    who.miss(OPEN)


def store(stage):
    """Return the path of the settings."""
    return stage.folder / "config/glib-2.0/settings/keyfile"


def stored(stage):
    """Return the text of the settings."""
    return store(stage).read_text(encoding="utf-8") if store(stage).exists() else ""


def used(stage):
    """The next code is dealt by the relay that was set, under the name that was set."""
    helpee = desk(stage)
    preferences(helpee)
    helpee.type_into(RELAY, stage.address)
    helpee.type_into(PIN, stage.pin.upper())
    helpee.type_into(NAME, " Ann Example ")
    close(helpee)
    helpee.press("Help Someone")
    helpee.see("^Ann Example$")
    helpee.press("Back")
    helpee.press("Share My Screen")
    (code,) = helpee.see(CODE)
    preferences(helpee)
    helpee.type_into(NAME, "Somebody Else")
    connect = stage.start("connect", code)
    helpee.see("^Let Them See Your Screen[?]$")
    helpee.miss(OPEN)  # nothing lies above the question
    helpee.press("Let Them Look")
    name = connect.wait_event("peer")["name"]
    found = unless(name == "Ann Example", f"the helper heard of {name!r}")
    return found + unless("Somebody Else" in stored(stage), "lost with the window")


def trusted(stage):
    """A relay with another key than the one that was set is not used."""
    helpee = desk(stage)
    preferences(helpee)
    helpee.type_into(RELAY, stage.address)
    helpee.type_into(PIN, "0" * 64)
    close(helpee)
    helpee.press("Share My Screen")
    helpee.see("^Nothing Is Shared$")
    preferences(helpee)
    helpee.type_into(PIN, "")
    close(helpee)  # on this machine it needs none
    helpee.press("Try Again")
    helpee.see(CODE)
    return []


def judged(stage):
    """What cannot be a relay or a key is said as it is typed, and not kept."""
    helpee = desk(stage)
    preferences(helpee)
    for text in ("two words", "https://relay.example/", "relay.example:0", "relay.example:443:1"):
        helpee.type_into(RELAY, text)
        helpee.see(BAD_RELAY)
        helpee.hear(BAD_RELAY)
        helpee.type_into(RELAY, "relay.example:")  # a port may come
        helpee.miss(BAD_RELAY)
    helpee.type_into(PIN, "0123456789g")
    helpee.see(BAD_PIN)
    helpee.type_into(PIN, "0123456789abcdef")  # more may come
    helpee.miss(BAD_PIN)
    helpee.focus(PIN)
    helpee.key("Return")  # that was all
    helpee.see(BAD_PIN)
    close(helpee)
    return unless("relay" not in stored(stage), f"kept: {stored(stage)!r}")


def switched(stage):
    """Direct connections are allowed, and the router is asked, until somebody switches it off."""
    helpee = desk(stage)
    preferences(helpee)
    found = []
    for switch, name, letter in ((DIRECT, "direct-connections", "d"), (MAPPING, "port-mapping", "t")):
        helpee.becomes(switch, "checked")
        helpee.focus(switch)
        helpee.key("space")
        session.until(lambda: f"{name}=false" in stored(stage), 10.0, f"{name} off")
        found += unless("checked" not in helpee.states(switch), f"{name} is on still")
        helpee.key(f"alt+{letter}")
        session.until(lambda: f"{name}=true" in stored(stage), 10.0, f"{name} on")
    return found


def ended(who):
    """Return what is wrong with the end of somebody's program."""
    status, words = who.app.wait_exit(20.0), who.app.stderr()
    return unless(status == 0 and not words, f"status {status}, {words!r}")


def extent(who):
    """Return how far apart two things are, which only the size of the window changes."""
    (left, top, *_), (right, bottom, *_) = who.place("Main menu"), who.place("Share My Screen")
    return left - right, top - bottom


def kept(stage):
    """What was set, and how large the window was, is the same the next time."""
    who = desk(stage, "first")
    before = extent(who)
    who.xdo("search", "--onlyvisible", "--name", "^Deskside$", "windowsize", 900, 700)
    session.until(lambda: extent(who) != before, 10.0, "another size")
    preferences(who)
    who.type_into(RELAY, stage.address)
    who.key("Escape")
    who.miss(OPEN)
    after = extent(who)
    key(who, "ctrl+q")
    found = ended(who)
    who = desk(stage, "second")
    found += unless(extent(who) == after, f"{extent(who)}, and it was {after}")
    who.press("Share My Screen")
    who.see(CODE)
    return found


def lock(stage, settings, *keys):
    """Have an administrator set this and lock these keys by dconf; return the environment of it."""
    site = stage.folder / "site.d"
    (site / "locks").mkdir(parents=True)
    text = f"[org/deskside/Deskside]\n{settings}"
    (site / "10-deskside").write_text(text, encoding="utf-8")
    locks = "".join(f"/org/deskside/Deskside/{key}\n" for key in keys)
    (site / "locks/deskside").write_text(locks, encoding="utf-8")
    subprocess.run(["dconf", "compile", stage.folder / "site", site], check=True)
    profile = stage.folder / "profile"
    profile.write_text(f"user-db:user\nfile-db:{stage.folder / 'site'}\n", encoding="utf-8")
    return {"GSETTINGS_BACKEND": "dconf", "DCONF_PROFILE": str(profile)}


def locked(stage):
    """What an administrator set and locked by dconf is shown, and cannot be changed."""
    settings = "relay='relay.example'\ndirect-connections=false\n"
    helpee = desk(stage, **lock(stage, settings, "relay", "direct-connections"))
    key(helpee, "ctrl+comma")
    helpee.holds(RELAY, "relay.example")
    helpee.see("^Your administrator has set this[.]$")
    helpee.see("everything goes over the relay. Your administrator has set this[.]$")
    found = unless("sensitive" not in helpee.states(RELAY), "it can be changed")
    found += unless(not {"sensitive", "checked"} & set(helpee.states(DIRECT)), "direct can be")
    return found + unless("sensitive" in helpee.states(NAME), "the name cannot be changed")


def locked_off(stage):
    """Who has no say in it is not asked to allow direct connections; who has is."""
    settings = f"relay='{stage.address}'\nrelay-pin='{stage.pin}'\ndirect-connections=false\n"
    env = lock(stage, settings, "direct-connections")
    person.write_settings(stage.folder / "config", *settings.splitlines())
    for name, setting, words in (
        ("free", {}, "^Direct connections are switched off on this computer. Switch direct "),
        ("locked", env, "^Your administrator has switched direct connections off "),
    ):
        helpee = desk(stage, name, **setting)
        helpee.press("Share My Screen")
        connect = stage.start("connect", helpee.see(CODE)[0], "--direct", "auto")
        helpee.press("Let Them Look")
        connect.wait_event("peer")
        helpee.press("Connection: Relayed", 0)
        helpee.see(words)
    return []


def nonsense(stage):
    """A key that makes no sense leaves no relay at all, and is told."""
    store(stage).parent.mkdir(parents=True)
    text = f"[org/deskside/Deskside]\nrelay='{stage.address}'\nrelay-pin='123'\n"
    store(stage).write_text(text, encoding="utf-8")
    helpee = desk(stage)
    helpee.see("^The Relay in Your Settings Cannot Be Used$")
    helpee.see(BAD_PIN)
    helpee.press("OK")
    helpee.miss(BAD_PIN)
    preferences(helpee)
    helpee.see(BAD_PIN)
    helpee.type_into(PIN, stage.pin)
    helpee.miss(BAD_PIN)
    close(helpee)
    helpee.press("Share My Screen")
    helpee.see(CODE)
    return []


def unset(stage):
    """Without the schema everything works by default, and one line says so."""
    desktop = stage.stack.enter_context(person.Desk(stage.folder / "desk"))
    command = [os.environ["DESKSIDE"], "--new-instance", *stage.through]
    app = desktop.start(command, env={"GSETTINGS_SCHEMA_DIR": ""})
    desktop.press("Share My Screen")
    desktop.see(CODE)
    app.process.terminate()
    found = unless(app.wait_exit(20.0) == 0, "it did not end well")
    lines = app.stderr().splitlines()
    return found + unless(len(lines) == 1 and "org.deskside.Deskside" in lines[0], lines)


def older(stage, *lacking):
    """Compile the schema without these keys, as an older version had it; return its folder."""
    name = "org.deskside.Deskside.gschema.xml"
    folder = stage.folder / "schemas"
    folder.mkdir()
    text = (pathlib.Path(__file__).parents[2] / "data" / name).read_text(encoding="utf-8")
    for key in lacking:
        text, count = re.subn(rf'<key name="{key}".*?</key>', "", text, flags=re.DOTALL)
        if count != 1:
            raise LookupError(f"{key} is in {name} {count} times")
    (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["glib-compile-schemas", "--strict", folder], check=True)
    return str(folder)


def complaints(who, *keys):
    """End the program; return what is wrong with that, and with its words: a line for each key."""
    who.app.process.terminate()
    status, lines = who.app.wait_exit(20.0), who.app.stderr().splitlines()
    is_told = len(lines) == len(keys) and all(f" {key}:" in line for key, line in zip(keys, lines))
    return unless(status == 0, f"status {status}") + unless(is_told, lines)


def outdated(stage):
    """An installed schema without the newest key: it is told, and all else counts."""
    store(stage).parent.mkdir(parents=True)
    text = f"[org/deskside/Deskside]\nrelay='{stage.address}'\nrelay-pin='{stage.pin}'\n"
    store(stage).write_text(text, encoding="utf-8")
    helpee = desk(stage, GSETTINGS_SCHEMA_DIR=older(stage, "quality"))
    helpee.press("Share My Screen")
    helpee.see(CODE)
    return complaints(helpee, "quality")


def bare(stage):
    """A schema without any key: everything works by default, and nothing can be set."""
    keys = ("relay", "relay-pin", "name", "direct-connections", "quality")
    keys += ("window-size", "window-maximized")
    helpee = desk(stage, GSETTINGS_SCHEMA_DIR=older(stage, *keys))
    key(helpee, "ctrl+comma")
    helpee.see(OPEN)
    names = (RELAY, PIN, NAME, DIRECT)
    found = [f"{name} can be set" for name in names if "sensitive" in helpee.states(name)]
    close(helpee)
    helpee.press("Share My Screen")
    helpee.see(CODE)
    return found + complaints(helpee, *keys)


def main():
    t = tap.Tap()
    checks = [used, trusted, judged, switched, kept, locked, locked_off, nonsense, unset]
    run_all(t, [*checks, outdated, bare])
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
