/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/tiles.h"

#include <stdbool.h>

enum { COLOURS = 0xffffff };

/* Compare and copy `width` pixels at once, so that the compiler can use vectors. */
static bool
update_row(uint32_t *old, const uint32_t *fresh, int width)
{
    uint32_t difference = 0;
    for (int i = 0; i < width; i++)
        difference |= (old[i] ^ fresh[i]) & COLOURS;
    if (difference == 0)
        return false;
    for (int i = 0; i < width; i++)
        old[i] = fresh[i] & COLOURS;
    return true;
}

/* Bring one tile up to date; x, y, width and height are the picture's pixels. */
static bool
update_tile(const struct ds_tiles *tiles, int x, int y, int width, int height)
{
    bool is_new = false;
    for (int row = y; row < y + height; row++) {
        uint32_t *old = tiles->old + (size_t)row * tiles->old_stride + (size_t)x;
        const uint32_t *fresh =
                tiles->fresh + (size_t)(row - tiles->y) * tiles->fresh_stride + (x - tiles->x);
        is_new = update_row(old, fresh, width) || is_new;
    }
    return is_new;
}

/* The first line of the grid after `at`, or `end` where that comes first. */
static int
next_line(int at, int end)
{
    int line = (at / DS_TILE_SIDE + 1) * DS_TILE_SIDE;
    return line < end ? line : end;
}

void
ds_tiles_update(const struct ds_tiles *tiles,
        void (*fn)(void *arg, int x, int y, int width, int height), void *arg)
{
    const int right = tiles->x + tiles->width, bottom = tiles->y + tiles->height;

    for (int y = tiles->y, y2; y < bottom; y = y2) {
        int run = -1; /* where the run of new tiles began */
        y2 = next_line(y, bottom);
        for (int x = tiles->x, x2; x < right; x = x2) {
            x2 = next_line(x, right);
            bool is_new = update_tile(tiles, x, y, x2 - x, y2 - y);
            if (is_new && run < 0)
                run = x;
            if (!is_new && run >= 0) {
                fn(arg, run, y, x - run, y2 - y);
                run = -1;
            }
        }
        if (run >= 0)
            fn(arg, run, y, right - run, y2 - y);
    }
}
