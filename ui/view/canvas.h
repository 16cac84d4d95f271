/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_CANVAS_H
#define DS_UI_VIEW_CANVAS_H

#include <gdk/gdk.h>

#include "ui/view/fit.h"
#include "ui/view/mirror.h"

/*
 * Draws a picture onto an area, as large as fits, in pixels of the device: each pixel unchanged
 * where it is as large as the area or a whole number of times smaller, else scaled. What is drawn
 * is a copy, so that the picture is read only where it changed, and only when it is told: by the X
 * server where that can. All zero is empty. Main thread.
 */
struct ds_canvas {
    GdkScreen *screen;        /* borrowed; NULL: no server is asked to keep anything */
    cairo_surface_t *picture; /* a reference; NULL: none */
    int memory;               /* the file that its pixels lie in, borrowed; -1: none */
    struct ds_mirror *mirror; /* owned; NULL: the copy is ours */
    cairo_surface_t *copy;    /* owned, the picture's size or the fit's; NULL: not made yet */
    cairo_region_t *stale;    /* of `copy`, in its pixels; owned, as long as that is there */
    struct ds_fit fit;        /* of the picture on the area */
    int width, height;        /* of the area */
};

/**
 * Show another image surface of RGB24 (of which a reference is taken), or none. Its pixels may
 * change at any time. `memory` is the file of memory that they lie in, from its beginning, of a
 * size that cannot change: it is open as long as the surface is there; or -1.
 */
void ds_canvas_set_picture(struct ds_canvas *canvas, cairo_surface_t *picture, int memory);

/** Set the size of the area in pixels of the device; below 1: nothing is to be drawn. */
void ds_canvas_set_area(struct ds_canvas *canvas, int width, int height);

/**
 * Take in that a rectangle of the picture changed; `rect` is turned from pixels of the picture into
 * those of the area that have to be drawn again. The fit must not be empty.
 */
void ds_canvas_damage(struct ds_canvas *canvas, cairo_rectangle_int_t *rect);

/**
 * Read what changed: nothing of it is read any more when this returns. Drawing does the same; but
 * while nothing is drawn nobody needs it. Returns FALSE where there is no memory, or nothing to be
 * drawn.
 */
gboolean ds_canvas_read(struct ds_canvas *canvas);

/** Draw; the units of `cr` are pixels of the area. What is beside the picture is left as it is. */
void ds_canvas_draw(struct ds_canvas *canvas, cairo_t *cr);

/** Give up the picture and free what is kept. It is empty then. */
void ds_canvas_finish(struct ds_canvas *canvas);

#endif
