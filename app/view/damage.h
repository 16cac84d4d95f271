/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_DAMAGE_H
#define DS_APP_VIEW_DAMAGE_H

#include "app/view/decoder_wire.h"

/*
 * Which tiles of a picture are newer than what its reader has: thousands of small rectangles that
 * were written become a few that are told. All zero is empty.
 */
struct ds_damage {
    unsigned width, height; /* of the picture, pixels */
    uint8_t *tiles;         /* owned; one each, 1 where it is new, row after row */
    size_t across, down;    /* tiles */
    bool is_new;            /* any of them */
};

/** Begin for a picture of an allowed size, with nothing new. Returns 0 or DS_ERR_NOMEM. */
int ds_damage_init(struct ds_damage *damage, unsigned width, unsigned height) DS_MUST_CHECK;

/** Say that a rectangle inside of the picture was written. */
void ds_damage_mark(struct ds_damage *damage, const struct ds_rect *rect);

/**
 * Return how many rectangles, in `rects`, cover all that is new; they may cover more. Nothing is
 * new then.
 */
size_t ds_damage_take(struct ds_damage *damage, struct ds_rect rects[static DS_DECODER_RECTS_MAX]);

/** Release the memory. The structure is empty then. */
void ds_damage_finish(struct ds_damage *damage);

#endif
