/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_WINDOW_SIZE_H
#define DS_APP_DESKTOP_WINDOW_SIZE_H

#include <gtk/gtk.h>

/**
 * Give a window that is not shown yet the size that it had the last time, and keep the size it has
 * whenever it is taken from the screen. `settings` (referenced) may be NULL: nothing is kept then.
 * Main thread.
 */
void ds_window_size_keep(GtkWindow *window, GSettings *settings);

#endif
