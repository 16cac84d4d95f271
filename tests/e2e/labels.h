/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LABELS_H
#define DS_TESTS_LABELS_H

#include <gtk/gtk.h>

/** Let the layout of a window that is on the screen settle. Runs the main loop. */
void labels_settle(GtkWidget *window);

/**
 * Print a line for each label and entry of a window (borrowed) that is not wholly to be read, with
 * what is wrong and the text, and at last one with the window's width and their number.
 */
void labels_print(GtkWidget *window);

/** Do to the first label and to the next what labels_print() must find, until the next layout. */
void labels_spoil(GtkWidget *window);

#endif
