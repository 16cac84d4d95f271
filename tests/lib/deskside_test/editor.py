# SPDX-License-Identifier: GPL-3.0-or-later
"""A small GTK editor with a menu, which says on stdout what it holds: a line of JSON each.

"shown": true, as soon as it is there; {"text": ...} after each change; {"chosen": "Mark"} when that
was chosen in its menu. Started with the word "quiet" it does not tell its text: a screen reader sees
that, as what "Typed" holds.
"""

import json
import sys

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # pylint: disable=wrong-import-position


def say(**words):
    """Print one line."""
    print(json.dumps(words), flush=True)


def menu_bar():
    """Return a menu bar with one menu of one item; Alt+F opens it, and then M chooses."""
    item = Gtk.MenuItem.new_with_mnemonic("_Mark")
    item.connect("activate", lambda _: say(chosen="Mark"))
    menu = Gtk.Menu()
    menu.append(item)
    head = Gtk.MenuItem.new_with_mnemonic("_File")
    head.set_submenu(menu)
    bar = Gtk.MenuBar()
    bar.append(head)
    return bar


def main():
    view = Gtk.TextView()
    view.get_accessible().set_name("Typed")
    if sys.argv[1:] != ["quiet"]:
        view.get_buffer().connect("changed", lambda text: say(text=text.props.text))
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
    box.pack_start(menu_bar(), False, False, 0)
    box.pack_start(view, True, True, 0)
    window = Gtk.Window(title="Editor")
    window.set_default_size(200, 120)
    window.add(box)
    window.connect("map-event", lambda *_: say(shown=True))
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main()
