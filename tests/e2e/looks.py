# SPDX-License-Identifier: GPL-3.0-or-later
"""What each page looks and sounds like: all to be read, mirrored, crisp, with contrast, no noise."""

import collections
import re
import tempfile

from deskside_test import person, programs, session, tap
from deskside_test.widgets import Widgets

WIDTH, HEIGHT = 1000, 700
WAIT_S = 10.0
NARROW = 360  # pixels: a phone's
EDGE = 8  # pixels: a button's border and the ring of the focus
CONTRAST = 4.5  # WCAG 2.1, 1.4.3
SPELLED = "4, 8, 2, 1, 9, 1, 3, 0, 5, 7, 7, 6"
SIZES = {"": {}, ", large": {"GDK_DPI_SCALE": "1.5"}}
THEMES = {
    "light": {},
    "dark": {"HDY_DEBUG_COLOR_SCHEME": "prefer-dark"},
    "high contrast": {"HDY_DEBUG_HIGH_CONTRAST": "1"},
}
# Page, and the controls whose text stands on a colour of its own.
COLOURED = (
    ("start", ("Share My Screen", "Help Someone")),
    ("code", (SPELLED, "Stop")),
    ("consent", ("Decline",)),
    ("error", ("Try Again",)),
    ("sharing", ("Stop",)),
)
# Page, and two controls in a line, the first to be read first: in English and in Arabic.
LINES = (
    ("code", ("Copy Code", "Copy Link"), ("انسخ الرمز", "انسخ الرابط")),
    ("sharing", ("Let Them Control…", "Stop"), ("اسمح بالتحكم…", "أوقف")),
)


def troubles(lines):
    """Yield each label that is not wholly to be read, and each page that is too wide."""
    page = None
    for line in lines:
        if line.startswith("PAGE "):
            page = line[5:]
        elif line.startswith("WIDTH "):
            width, labels = map(int, re.findall(r"\d+", line))
            if width > NARROW and not page.startswith("bar"):
                yield f"{page}: {width} pixels wide"
            if labels == 0:
                yield f"{page}: no label"
        # Whose screen it is, is a name that may be long: that title alone is cut where it must be.
        elif ": " in line and not (page.startswith("viewer") and "Anna" in line):
            yield f"{page}: {line}"


def check_labels(t, desktop):
    """Show all pages on a window as narrow as a phone."""
    for language in ("en", "de", "ar"):
        for size, env in SIZES.items():
            with Widgets(desktop, "tour", NARROW, 600, language=language, env=env) as widgets:
                widgets.wait_line("^END$", 30.0)
                t.check(f"{language}{size}: all is to be read", troubles(widgets.lines))
                t.check(f"{language}{size}: ends well", widgets.end())
    with Widgets(desktop, "tour-spoiled", NARROW, 600) as widgets:
        widgets.wait_line("^END$")
        found = {line.split(": ")[1] for line in troubles(["PAGE spoiled", *widgets.lines])}
        t.equal("what is not to be read is found", found, {"shortened", "cut off"})


def check_mirrored(t, desktop):
    """Compare the order of two buttons in a line."""
    for page, english, arabic in LINES:
        for language, names in (("en", english), ("ar", arabic)):
            with Widgets(desktop, page, language=language):
                left, right = (desktop.place(name)[0] for name in names)
                t.equal(f"{page}: right to left in {language}", left > right, language == "ar")


def luminance(colour):
    """Return how bright a colour is, from 0 to 1 (WCAG 2.1, relative luminance)."""
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(picture):
    """Return the largest contrast of anything with the commonest colour, from 1 to 21."""
    rgb = picture.rgb
    colours = collections.Counter(zip(rgb[0::3], rgb[1::3], rgb[2::3]))
    ground = luminance(colours.most_common(1)[0][0])
    return max(
        (max(ground, one) + 0.05) / (min(ground, one) + 0.05) for one in map(luminance, colours)
    )


def contrast_on(desktop, name):
    """Return the contrast of a control's text, as it is on the screen now."""
    x, y, width, height = desktop.place(name)
    place = (x + EDGE, y + EDGE, width - 2 * EDGE, height - 2 * EDGE)
    return contrast(desktop.screen.screenshot().part(*place))


def check_contrast(t, desktop):
    """Look at the colours of what is to be read."""
    for theme, env in THEMES.items():
        for page, names in COLOURED:
            with Widgets(desktop, page, env=env):
                for name in names:
                    try:
                        session.until(
                            lambda name=name: contrast_on(desktop, name) >= CONTRAST, WAIT_S, name
                        )
                        faint = []
                    except programs.Failure:
                        faint = [f"{contrast_on(desktop, name):.1f} to 1"]
                    t.check(f"{theme}: {page}: contrast of {name}", faint)
    with Widgets(desktop, "code-lost"):
        session.until(lambda: 1.2 < contrast_on(desktop, SPELLED), WAIT_S, "the code")
        t.equal("a faint text is found", contrast_on(desktop, SPELLED) < CONTRAST, True)


def is_sharp(picture):
    """Say whether a picture has more in it than one of half the size that was blown up."""
    stride = picture.width * 3
    rows = [picture.rgb[at : at + stride] for at in range(0, len(picture.rgb), stride)]
    return any(one != two for one, two in zip(rows[0::2], rows[1::2]))


def check_sharp(t, desktop):
    """Show the bar at twice the size."""
    left = WIDTH // 2 - 100
    with Widgets(desktop, "bar"):
        desktop.see("^Stop$")
        session.until(
            lambda: is_sharp(desktop.screen.screenshot().part(left, 10, 200, 60)), WAIT_S, "bar"
        )
        once = desktop.screen.screenshot().part(left, 10, 200, 60)
    rows = [once.rgb[at : at + 600] for at in range(0, len(once.rgb), 600)]
    twice = type(once)(200, 120, b"".join(row + row for row in rows))
    t.equal("what was blown up is found", is_sharp(twice), False)
    with Widgets(desktop, "bar", env={"GDK_SCALE": "2"}):
        desktop.see("^Stop$")
        session.until(
            lambda: is_sharp(desktop.screen.screenshot().part(left, 20, 200, 120)), WAIT_S, "bar"
        )
        t.check("at twice the size it is sharp", [])


def check_quiet(t, desktop):
    """Hear each thing once, and the clock never."""
    for page, first, said, last in (
        ("consent", "1:..$", "Let Them See Your Screen?", "1:57$"),
        ("code", "14:0.$", "Three wrong codes were tried. This is a new one.", "14:57$"),
        ("error", "^Not Connected$", "Not Connected", "^Not Connected$"),
    ):
        with Widgets(desktop, page) as widgets:
            desktop.see(first)
            desktop.heard()
            widgets.next_state()
            desktop.see(last)
            heard = [text.partition("\n")[0] for text in desktop.heard()]
            t.equal(f"{page}: said once, and no more", heard, [said])
    with Widgets(desktop, "bar") as widgets:
        desktop.see("sees this screen")
        desktop.heard()
        widgets.next_state()
        desktop.see("controls this computer")
        t.equal("the bar leaves it to the window", desktop.heard(), [])


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name:
        with person.Desk(name, width=WIDTH, height=HEIGHT, manager="openbox") as desktop:
            check_labels(t, desktop)
            check_mirrored(t, desktop)
            check_contrast(t, desktop)
            check_sharp(t, desktop)
            check_quiet(t, desktop)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
