# SPDX-License-Identifier: GPL-3.0-or-later
"""The helper's hands: keys and pointer on the picture do on the other desktop what they do here."""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile

from deskside_test import person, programs, session, tap

HELPEE_SIZE, HELPER_SIZE = (800, 600), (1024, 768)
FOREIGN = "éßя€"  # not on a keyboard of the USA, which both have
TEXT = "nonce 4711 é ß я € {"


def run(screen, *command):
    """Run a program on a screen; return what it prints."""
    env = {**os.environ, **screen.env, "LC_ALL": "C.UTF-8"}
    words = [str(word) for word in command]
    return subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout


def xdotool(screen, *arguments):
    """Do something with the keyboard and the pointer of a screen."""
    run(screen, "xdotool", *arguments)


def give_keys(screen, characters):
    """Put characters on keys that mean nothing.

    Otherwise xdotool does so for a moment for each of them, and a slow program looks too late.
    """
    spare = re.findall(r"^keycode +(\d+) =\s*$", run(screen, "xmodmap", "-pke"), re.MULTILINE)
    for character, code in zip(characters, reversed(spare)):
        run(screen, "xmodmap", "-e", f"keycode {code} = U{ord(character):04X}")


class Picture:
    """Where the shared screen is on the helper's."""

    def __init__(self, helper):
        self.helper = helper
        x, y, width, height = helper.place("The other screen")
        across, down = HELPEE_SIZE
        self.scale = min(width / across, height / down)
        self.left = x + (width - across * self.scale) / 2
        self.top = y + (height - down * self.scale) / 2

    def place(self, x, y):
        """Return where on the helper's screen a pixel of the shared one is."""
        return round(self.left + (x + 0.5) * self.scale), round(self.top + (y + 0.5) * self.scale)

    def click(self, x, y):
        """Click on a pixel of the shared screen."""
        xdotool(self.helper.screen, "mousemove", *self.place(x, y), "click", 1)


def connect(stack, folder):
    """Go from Share to Let Them Control; return helpee, helper and the picture."""
    relay, where, pin = programs.relay(folder / "relay")
    through = ["--relay", where, "--relay-pin", pin]
    stack.enter_context(relay)
    sizes = [{"width": width, "height": height} for width, height in (HELPEE_SIZE, HELPER_SIZE)]
    helpee = stack.enter_context(person.Person(folder / "helpee", *through, **sizes[0]))
    helper = stack.enter_context(person.Person(folder / "helper", *through, **sizes[1]))
    for who in (helpee, helper):
        who.screen.start("openbox")
    give_keys(helper.screen, FOREIGN)
    helpee.press("Share My Screen")
    (code,) = helpee.see(r"^(\d{4} \d{4} \d{4})$")
    helper.press("Help Someone")
    helper.type_into("Code or link", code)
    helpee.press("Let Them Control")
    helper.see("^The other screen$")
    return helpee, helper, Picture(helper)


def check_terminal(t, folder, helpee, helper, picture):
    """Type into a terminal on the other desktop."""
    path = folder / "typed"
    command = f"cat > {path}; echo done > {path}.done"
    options = ["-u8", "-geometry", "60x10+20+400", "-e", "sh", "-c", command]
    helpee.screen.start("env", "LC_ALL=C.UTF-8", "xterm", *options)
    session.until(path.exists, 10.0, "the terminal")
    picture.click(100, 460)
    xdotool(helper.screen, "type", "--delay", 50, TEXT + "\n")
    xdotool(helper.screen, "key", "ctrl+d")
    session.until(pathlib.Path(f"{path}.done").exists, 10.0, "Ctrl+D")
    t.equal("what is typed arrives in a terminal", path.read_text(encoding="utf-8"), TEXT + "\n")


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        people = connect(stack, folder)
        check_terminal(t, folder, *people)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
