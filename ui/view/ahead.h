/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_AHEAD_H
#define DS_UI_VIEW_AHEAD_H

#include <gtk/gtk.h>

/*
 * Draws a widget ahead of the frame clock: that one has the whole window drawn, from its background
 * on, into a picture of its own and from there to the screen, and no sooner than its next tick.
 */

/**
 * Return what draws onto the screen, in the units of a widget that has a window of its own, and
 * within what of `region` nothing lies over, which is taken out of it: the rest is GTK's. It is the
 * caller's, to be destroyed before anything else is drawn. Returns NULL, and leaves the region as
 * it is, where only GTK can draw any of it: the window is changing its page or has round corners,
 * or the display is not X11. Main thread.
 */
cairo_t *ds_ahead_begin(GtkWidget *widget, cairo_region_t *region);

#endif
