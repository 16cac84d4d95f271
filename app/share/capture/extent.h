/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_EXTENT_H
#define DS_APP_SHARE_EXTENT_H

#include "app/share/capture/band.h"
#include "app/share/move.h"

/*
 * Finds the rectangles of a band that really moved by a given way, by comparing their pixels. Not
 * all of them: a few rows of each part tell, and a wrong guess costs little. Pure; any thread.
 */
enum { DS_EXTENT_MOVES_MAX = 4 };

/**
 * Fill `moves` with those rectangles of `band` that save the most when they are moved by dx, dy
 * within the picture before the band's pixels are compared. They do not overlap, and are in an
 * order in which none overwrites what a later one moves, as far as there is one. Returns how many
 * there are: 0 when nothing is worth it. Adds the number of pixels that it looked at to `*looked`.
 */
size_t ds_extent_find(const struct ds_canvas *canvas, const struct ds_band *band, int dx, int dy,
        struct ds_move moves[static DS_EXTENT_MOVES_MAX], uint64_t *looked);

#endif
