# SPDX-License-Identifier: GPL-3.0-or-later
"""A moving picture, and an eye that says when it moved.

`python3 -m deskside_test.flicker show` fills a window, "Flicker", with one colour after the other.
`... flicker watch X Y` prints `CHANGE seconds`, of CLOCK_MONOTONIC, whenever the colour at that place
of the screen has become another one.
"""

import itertools
import sys
import time

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # pylint: disable=wrong-import-position

SIZE = 200  # pixels each way
FRAME_MS = 40
LOOK_MS = 5
COLOURS = (0xFF0000FF, 0x0000FFFF, 0x00FF00FF)
UNLIKE = 64  # of 255: what JPEG leaves is less, and another colour is more


def show():
    """Show the window, at the upper left corner, for ever."""
    colours = itertools.cycle(COLOURS)
    picture = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, SIZE, SIZE)
    image = Gtk.Image()

    def move():
        picture.fill(next(colours))
        image.set_from_pixbuf(picture)
        return True

    window = Gtk.Window(type=Gtk.WindowType.POPUP)  # no window manager has a say in its place
    window.set_title("Flicker")
    window.add(image)
    move()
    window.show_all()
    GLib.timeout_add(FRAME_MS, move)
    Gtk.main()


def watch(x, y):
    """Look at one pixel for ever."""
    root = Gdk.get_default_root_window()
    last = [(0, 0, 0)]

    def look():
        seen = tuple(Gdk.pixbuf_get_from_window(root, x, y, 1, 1).get_pixels()[:3])
        if max(abs(a - b) for a, b in zip(seen, last[0])) >= UNLIKE:
            last[0] = seen
            print(f"CHANGE {time.monotonic():.3f}", flush=True)
        return True

    GLib.timeout_add(LOOK_MS, look)
    GLib.MainLoop().run()


if __name__ == "__main__":
    if sys.argv[1] == "show":
        show()
    else:
        watch(int(sys.argv[2]), int(sys.argv[3]))
