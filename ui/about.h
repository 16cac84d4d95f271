/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_ABOUT_H
#define DS_UI_ABOUT_H

#include <gtk/gtk.h>

/**
 * Make the window that says what this program is, in `version` (borrowed), above `parent`
 * (borrowed), with which it goes. GTK's, until it is destroyed. Main thread, as all of ui/.
 */
GtkWindow *ds_about_new(GtkWindow *parent, const char *version);

#endif
