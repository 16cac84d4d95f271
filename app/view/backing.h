/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_BACKING_H
#define DS_APP_VIEW_BACKING_H

#include "app/view/decoder_wire.h"

/*
 * The decoder child's own picture, of the layout of a ds_surface, and which of its tiles are newer
 * than what the parent has. So the child can decode on while the parent reads the surface, and what
 * is shown is a whole update and not half of the next one. All zero is empty.
 */
struct ds_backing {
    uint32_t *pixels;       /* owned; NULL where there are none */
    unsigned width, height; /* pixels */
    uint8_t *tiles;         /* owned; one each, 1 where it is new, row after row */
    size_t across, down;    /* tiles */
    bool is_new;            /* any of them */
};

/** Make a black picture of an allowed size, with nothing new. Returns 0 or DS_ERR_NOMEM. */
int ds_backing_init(struct ds_backing *backing, unsigned width, unsigned height) DS_MUST_CHECK;

/** Say that a rectangle inside of the picture was written. */
void ds_backing_mark(struct ds_backing *backing, const struct ds_rect *rect);

/**
 * Copy what is new to `pixels`, a picture of the same size. Returns how many rectangles that are,
 * in `rects`: they cover it, and may cover more. Nothing is new then.
 */
size_t ds_backing_copy(struct ds_backing *backing, uint32_t *pixels,
        struct ds_rect rects[static DS_DECODER_RECTS_MAX]);

/** Release the memory. The structure is empty then. */
void ds_backing_finish(struct ds_backing *backing);

#endif
