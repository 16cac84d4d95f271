/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_VIEW_MENU_H
#define DS_APP_DESKTOP_VIEW_MENU_H

#include <gio/gio.h>

#include "ui/window.h"

/* What the main menu offers while the other screen is shown: how sharp that is, and figures. */
struct ds_view_menu;

/**
 * Have it in `menu` (referenced), at its top, while the viewer of `window` (borrowed) is in sight.
 * Where `settings` is NULL there is nothing to choose. Main thread, as below. Owned.
 */
struct ds_view_menu *ds_view_menu_new(DsWindow *window, GMenu *menu, GSettings *settings);

/** Take it out and free it; NULL is fine. The window lives still. */
void ds_view_menu_free(struct ds_view_menu *menu);

#endif
