# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the text on the display's clipboard."""

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # pylint: disable=wrong-import-position


def main():
    print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text() or "", end="")


if __name__ == "__main__":
    main()
