/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_MENU_H
#define DS_APP_DESKTOP_MENU_H

#include <gio/gio.h>

#include "ui/window.h"

/* The window's main menu: its entries, their keys and the windows that they open, each once. */
struct ds_menu;

/**
 * Put the menu into `window` (borrowed, with an action "check-network", of an application with an
 * action "quit"). Preferences cannot be chosen where `settings` (referenced) is NULL. Main thread,
 * as all below. Owned.
 */
struct ds_menu *ds_menu_new(DsWindow *window, GSettings *settings);

/** Close the menu's windows and free it; NULL is fine. The window lives still. */
void ds_menu_free(struct ds_menu *menu);

#endif
