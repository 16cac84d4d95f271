/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_SCENERY_H
#define DS_TESTS_LIB_SCENERY_H

#include "app/share/capture/band.h"

/* What people look at, painted without a font or a file: each kind is an endless document. */
enum scenery {
    SCENERY_TERMINAL, /* 6 x 13 pixels a character, two colours; many lines begin alike */
    SCENERY_PAGE,     /* anti-aliased text, 20 pixels a line, with photos beside it */
    SCENERY_PHOTO,    /* soft shapes under the noise of a camera */
    SCENERY_STRIPES,  /* the same line every 4 pixels */
    SCENERY_BRICKS,   /* the same 32 x 16 pixels everywhere */
    SCENERY_PLAIN,
    SCENERY_KINDS,
};

struct scenery_rect {
    int x, y, width, height; /* pixels */
};

/** Return the pixel x, y of a document, 0x00RRGGBB. */
uint32_t scenery_pixel(enum scenery kind, int x, int y);

/** Paint the part of a document that begins at from_x, from_y into `rect`, cut to the canvas. */
void scenery_paint(const struct ds_canvas *canvas, const struct scenery_rect *rect,
        enum scenery kind, int from_x, int from_y);

/** Paint a window: a frame, a title bar with text, and a document, from its beginning. */
void scenery_window(
        const struct ds_canvas *canvas, const struct scenery_rect *rect, enum scenery kind);

#endif
