/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/tiles.h"

/* Bring one tile up to date; x, y, width and height are the picture's pixels. */
static bool
update_tile(const struct ds_canvas *canvas, const struct ds_band *band, int x, int y, int width,
        int height)
{
    bool is_new = false;
    for (int row = y; row < y + height; row++) {
        uint32_t *old = ds_canvas_at(canvas, x, row);
        const uint32_t *fresh = ds_band_at(band, x, row);
        if (!ds_pixels_differ(old, fresh, width))
            continue;
        for (int i = 0; i < width; i++)
            old[i] = fresh[i] & DS_COLOURS;
        is_new = true;
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
ds_tiles_update(
        const struct ds_canvas *canvas, const struct ds_band *band, ds_tiles_fn fn, void *arg)
{
    const int right = band->x + band->width, bottom = band->y + band->height;

    for (int y = band->y, y2; y < bottom; y = y2) {
        int run = -1; /* where the run of new tiles began */
        y2 = next_line(y, bottom);
        for (int x = band->x, x2; x < right; x = x2) {
            x2 = next_line(x, right);
            bool is_new = update_tile(canvas, band, x, y, x2 - x, y2 - y);
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
