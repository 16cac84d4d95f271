/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_TILES_H
#define DS_APP_SHARE_TILES_H

#include "app/share/capture/band.h"

/*
 * Finds what really changed in a rectangle that may have: programs redraw much that stays as it
 * was. Pure; any thread.
 */
enum { DS_TILE_SIDE = 32 };

/** Called with each rectangle of pixels that has become another one. */
typedef void (*ds_tiles_fn)(void *arg, int x, int y, int width, int height);

/**
 * Take off the rows at the top and at the bottom of `band` that show what the picture shows. What
 * is left of it points into the same pixels. Returns false when nothing is.
 */
bool ds_tiles_trim(const struct ds_canvas *canvas, struct ds_band *band);

/**
 * Copy the tiles of `band` that differ, with 0 for X, into the picture and call `fn` for each run
 * of them, with the rows from the first to the last one that differs in that row of tiles. Tiles
 * lie on the picture's grid of DS_TILE_SIDE pixels.
 */
void ds_tiles_update(
        const struct ds_canvas *canvas, const struct ds_band *band, ds_tiles_fn fn, void *arg);

#endif
