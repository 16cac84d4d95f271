/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_VIEWER_H
#define DS_UI_VIEW_VIEWER_H

#include <gtk/gtk.h>

#include "ui/view/keyboard.h"

/*
 * The picture of the other screen, as large as fits, and what the person does to it. Places are
 * pixels of the picture, inside of it. While it only shows (ds_viewer_set_view_only()), and
 * without a picture, nothing is emitted but "refused". Whatever was pressed is released when the
 * focus leaves. The keys are its keyboard's. Signals:
 *   "moved" (int x, int y)
 *   "button" (uint button, gboolean pressed, int x, int y): X's numbers: 1 left, 2 middle, 3 right
 *   "scrolled" (int steps_x, int steps_y, int x, int y): positive to the right and down
 *   "refused" (): a click on the picture, while it only shows
 */
#define DS_TYPE_VIEWER (ds_viewer_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsViewer, ds_viewer, DS, VIEWER, GtkDrawingArea)

/** A pointer's shape. */
typedef struct {
    int width, height;     /* pixels */
    int hot_x, hot_y;      /* inside of it */
    const guint32 *pixels; /* 0xAARRGGBB in native order, premultiplied; rows without padding */
} DsPointerShape;

/**
 * Show an image surface (RGB24 or ARGB32), of which a reference is taken; NULL shows none. Its
 * pixels may change at any time; ds_viewer_damage() says that they did. They must stay mapped until
 * another surface is set. `memory` is the file of memory that they lie in, as
 * ds_canvas_set_picture() has it; or -1.
 */
void ds_viewer_set_picture(DsViewer *self, cairo_surface_t *surface, int memory);

/**
 * Draw these pixels of the picture again. They have been read when this returns, and may be written
 * again: what is drawn later is what they are now. Of what is hidden nothing is read before it is
 * to be seen.
 */
void ds_viewer_damage(DsViewer *self, const cairo_region_t *damage);

/** Show the other side's pointer as the local one; `shape` is copied, NULL: the usual arrow. */
void ds_viewer_set_pointer(DsViewer *self, const DsPointerShape *shape);

/** Say whether the person may only look. What is pressed is released first. */
void ds_viewer_set_view_only(DsViewer *self, gboolean is_view_only);

/** Say what (borrowed) lies over the upper edge at times: hints stand below it. Once. */
void ds_viewer_set_bar(DsViewer *self, GtkWidget *bar);

/** Show and announce a sentence over the picture for a moment (borrowed, translated). */
void ds_viewer_show_hint(DsViewer *self, const char *text);

/** Return what its keys do; borrowed. */
DsKeyboard *ds_viewer_get_keyboard(DsViewer *self);

#endif
