/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_KEYS_MENU_H
#define DS_APP_DESKTOP_KEYS_MENU_H

#include <gio/gio.h>

/*
 * The menu of keys that the helper's own desktop or window would take, and how they are pressed.
 * There is none that shows another console (Ctrl+Alt+F1) or ends the X server: the other side
 * refuses these, since the desktop that the helpee sees, and "Stop" with it, would be gone, while
 * nobody could come back from afar.
 */

/**
 * Make the menu: entries of the actions "keys.send", with a name for ds_keys_menu_chord(), and
 * "keys.grab", a switch. `reason` (borrowed, translated; NULL: none) says why they do nothing. Main
 * thread. Owned.
 */
GMenuModel *ds_keys_menu_new(const char *reason);

/** Return the keysyms to be pressed in this order, up to a 0; NULL for no name of the menu's. */
const guint *ds_keys_menu_chord(const char *name);

#endif
