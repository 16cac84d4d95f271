/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_TILES_H
#define DS_APP_SHARE_TILES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds what really changed in a rectangle that may have: programs redraw much that stays as it
 * was. Pure; any thread.
 */
enum { DS_TILE_SIDE = 32 };

/* A freshly fetched rectangle, and the picture that it lies in. Strides count pixels. */
struct ds_tiles {
    uint32_t *old; /* the whole picture, 0x00RRGGBB */
    size_t old_stride;
    const uint32_t *fresh; /* the rectangle, 0xXXRRGGBB: X is anything */
    size_t fresh_stride;
    int x, y; /* where the rectangle lies in the picture */
    int width, height;
};

/**
 * Copy the tiles that differ, with 0 for X, into the picture and call `fn` for each run of them.
 * Tiles lie on the picture's grid of DS_TILE_SIDE pixels.
 */
void ds_tiles_update(const struct ds_tiles *tiles,
        void (*fn)(void *arg, int x, int y, int width, int height), void *arg);

#endif
