/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_ANNOUNCE_H
#define DS_UI_ANNOUNCE_H

#include <gtk/gtk.h>

/**
 * Have assistive technology say `text` (borrowed, translated) on behalf of `widget`, wherever the
 * focus is. A popup window says nothing: it never has the focus, and another window says the same.
 * Main thread.
 */
void ds_announce(GtkWidget *widget, const char *text);

/** The same for what the person has just done with `widget`: no other window says that. */
void ds_announce_done(GtkWidget *widget, const char *text);

#endif
