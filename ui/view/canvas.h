/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_CANVAS_H
#define DS_UI_VIEW_CANVAS_H

#include <cairo.h>

#include "ui/view/fit.h"

/*
 * Draws a picture onto an area, as large as fits, in pixels of the device: each pixel unchanged
 * where it is as large as the area or a whole number of times smaller, else scaled once and kept,
 * so that only what changed is scaled again. All zero is empty. Main thread.
 */
struct ds_canvas {
    cairo_surface_t *picture; /* a reference; NULL: none */
    cairo_surface_t *scaled;  /* owned; NULL: not needed, or not made yet */
    cairo_region_t *stale;    /* of `scaled`, in its pixels; owned, as long as that is there */
    struct ds_fit fit;        /* of the picture on the area */
    int width, height;        /* of the area */
};

/**
 * Show another image surface of RGB24 (of which a reference is taken), or none. Its pixels may
 * change at any time.
 */
void ds_canvas_set_picture(struct ds_canvas *canvas, cairo_surface_t *picture);

/** Set the size of the area in pixels of the device; below 1: nothing is to be drawn. */
void ds_canvas_set_area(struct ds_canvas *canvas, int width, int height);

/**
 * Take in that a rectangle of the picture changed; `rect` is turned from pixels of the picture into
 * those of the area that have to be drawn again. The fit must not be empty.
 */
void ds_canvas_damage(struct ds_canvas *canvas, cairo_rectangle_int_t *rect);

/** Draw; the units of `cr` are pixels of the area. What is beside the picture is left as it is. */
void ds_canvas_draw(struct ds_canvas *canvas, cairo_t *cr);

/** Give up the picture and free what is kept. It is empty then. */
void ds_canvas_finish(struct ds_canvas *canvas);

#endif
