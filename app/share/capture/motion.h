/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_MOTION_H
#define DS_APP_SHARE_MOTION_H

#include "app/share/capture/band.h"
#include "app/share/move.h"

/*
 * Finds what was scrolled or dragged, so that a viewer can be told to move the pixels that it has
 * already. Nothing is looked at for small bands, and not every pixel of large ones: what it costs
 * is bounded. Pure; one thread at a time.
 */
struct ds_motion;

/** Called with each move, in the order in which a viewer has to do them; `move` is borrowed. */
typedef void (*ds_motion_fn)(void *arg, const struct ds_move *move);

/** Make one, with 300 KB of memory to work in. */
struct ds_motion *ds_motion_new(void);

/** Free it; NULL is fine. */
void ds_motion_free(struct ds_motion *motion);

/**
 * Move in the picture what was moved on the screen, and call `fn` for each move. What the bands
 * show otherwise stays to be found by comparing them (tiles.h), and a wrong guess costs no more
 * than that. Where little moved many times in a row, as in a film, most calls do not look.
 */
void ds_motion_apply(struct ds_motion *motion, const struct ds_canvas *canvas,
        const struct ds_band *bands, size_t count, ds_motion_fn fn, void *arg);

/** Return how many pixels it has looked at so far, to learn, probe and compare: for tests. */
uint64_t ds_motion_looked(const struct ds_motion *motion);

/** Do one move in the picture; its source may overlap. */
void ds_motion_move(const struct ds_canvas *canvas, const struct ds_move *move);

#endif
