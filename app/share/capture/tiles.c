/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/tiles.h"

#include "net/base/limits.h"

static bool
row_differs(const struct ds_canvas *canvas, const struct ds_band *band, int y)
{
    return ds_pixels_differ(
            ds_canvas_at(canvas, band->x, y), ds_band_at(band, band->x, y), band->width);
}

bool
ds_tiles_trim(const struct ds_canvas *canvas, struct ds_band *band)
{
    while (band->height > 0 && !row_differs(canvas, band, band->y)) {
        band->fresh += band->width;
        band->y++;
        band->height--;
    }
    while (band->height > 0 && !row_differs(canvas, band, band->y + band->height - 1))
        band->height--;
    return band->height > 0;
}

enum { COLUMNS_MAX = DS_SCREEN_SIDE_MAX / DS_TILE_SIDE + 1 };

/* What differs in one row of tiles. */
struct finding {
    bool is_new[COLUMNS_MAX]; /* of the band's tiles, from the left */
    int top, bottom;          /* the first row that differs, and the one below the last */
};

/* The first line of the grid after `at`, or `end` where that comes first. */
static int
next_line(int at, int end)
{
    int line = (at / DS_TILE_SIDE + 1) * DS_TILE_SIDE;
    return line < end ? line : end;
}

/* Bring one row of pixels up to date, all of it: memory is read in its order. */
static void
update_pixels(
        const struct ds_canvas *canvas, const struct ds_band *band, int y, struct finding *finding)
{
    const int end = band->x + band->width;
    bool *is_new = finding->is_new;
    for (int x = band->x, right; x < end; x = right, is_new++) {
        uint32_t *old = ds_canvas_at(canvas, x, y);
        const uint32_t *fresh = ds_band_at(band, x, y);
        right = next_line(x, end);
        if (!ds_pixels_differ(old, fresh, right - x))
            continue;
        for (int i = 0; i < right - x; i++)
            old[i] = fresh[i] & DS_COLOURS;
        *is_new = true;
        if (finding->bottom == 0)
            finding->top = y;
        finding->bottom = y + 1;
    }
}

/* All runs have the same rows of pixels, so that a region of them stays simple. */
static void
tell_runs(const struct finding *finding, const struct ds_band *band, ds_tiles_fn fn, void *arg)
{
    const int end = band->x + band->width;
    const bool *is_new = finding->is_new;
    int run = -1; /* where the run of new tiles began */
    for (int x = band->x; x < end; x = next_line(x, end), is_new++) {
        if (*is_new && run < 0)
            run = x;
        if (!*is_new && run >= 0) {
            fn(arg, run, finding->top, x - run, finding->bottom - finding->top);
            run = -1;
        }
    }
    if (run >= 0)
        fn(arg, run, finding->top, end - run, finding->bottom - finding->top);
}

void
ds_tiles_update(
        const struct ds_canvas *canvas, const struct ds_band *band, ds_tiles_fn fn, void *arg)
{
    const int end = band->y + band->height;

    for (int y = band->y, bottom; y < end; y = bottom) {
        struct finding finding = {0};
        bottom = next_line(y, end);
        for (int row = y; row < bottom; row++)
            update_pixels(canvas, band, row, &finding);
        if (finding.bottom > 0)
            tell_runs(&finding, band, fn, arg);
    }
}
