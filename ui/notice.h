/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_NOTICE_H
#define DS_UI_NOTICE_H

#include <gtk/gtk.h>

/**
 * Show a title and a sentence (both borrowed, translated) above `parent` (borrowed), which goes on
 * meanwhile. Screen readers speak them. GTK's, until the person has read it.
 * Main thread, as all of ui/.
 */
void ds_notice_show(GtkWindow *parent, const char *title, const char *text);

#endif
