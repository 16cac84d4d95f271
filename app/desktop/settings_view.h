/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_SETTINGS_VIEW_H
#define DS_APP_DESKTOP_SETTINGS_VIEW_H

#include <gtk/gtk.h>

/**
 * Make the window that shows `settings` (referenced) and changes them, above `parent` (borrowed).
 * GTK's, until it is destroyed. Main thread.
 */
GtkWindow *ds_settings_view_new(GtkWindow *parent, GSettings *settings);

#endif
