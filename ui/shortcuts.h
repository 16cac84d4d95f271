/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_SHORTCUTS_H
#define DS_UI_SHORTCUTS_H

#include <gtk/gtk.h>

/**
 * Make the window that lists the keyboard's shortcuts, above `parent` (borrowed). It is GTK's: to
 * close it hides it, and nobody destroys it. Main thread, as all of ui/.
 */
GtkWindow *ds_shortcuts_new(GtkWindow *parent);

#endif
