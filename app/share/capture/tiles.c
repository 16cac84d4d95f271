/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/tiles.h"

#include <glib.h>

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

enum { RUNS_MAX = DS_SCREEN_SIDE_MAX / DS_TILE_SIDE / 2 + 1 };

/* From the first row that differs to the last one, which is not included; 0 and 0: none does. */
struct rows {
    int top, bottom;
};

/*
 * What differs in one row of tiles: runs of neighbours, all of them with the same rows of pixels,
 * so that a region of them stays simple.
 */
struct finding {
    struct rows rows;
    size_t count;
    struct {
        int left, right;
    } runs[RUNS_MAX];
};

/* Bring one tile up to date. */
static struct rows
update_tile(const struct ds_canvas *canvas, const struct ds_band *band, int x, int y, int width,
        int height)
{
    struct rows rows = {0};
    for (int row = y; row < y + height; row++) {
        uint32_t *old = ds_canvas_at(canvas, x, row);
        const uint32_t *fresh = ds_band_at(band, x, row);
        if (!ds_pixels_differ(old, fresh, width))
            continue;
        for (int i = 0; i < width; i++)
            old[i] = fresh[i] & DS_COLOURS;
        if (rows.bottom == 0)
            rows.top = row;
        rows.bottom = row + 1;
    }
    return rows;
}

/* The first line of the grid after `at`, or `end` where that comes first. */
static int
next_line(int at, int end)
{
    int line = (at / DS_TILE_SIDE + 1) * DS_TILE_SIDE;
    return line < end ? line : end;
}

static void
add_tile(struct finding *finding, int left, int right, const struct rows *rows)
{
    if (finding->count == 0)
        finding->rows = *rows;
    if (finding->count == 0 || finding->runs[finding->count - 1].right != left)
        finding->runs[finding->count++].left = left;
    finding->runs[finding->count - 1].right = right;
    finding->rows.top = MIN(finding->rows.top, rows->top);
    finding->rows.bottom = MAX(finding->rows.bottom, rows->bottom);
}

/* The tiles from y to bottom - 1. */
static void
update_row(const struct ds_canvas *canvas, const struct ds_band *band, int y, int bottom,
        struct finding *finding)
{
    const int end = band->x + band->width;
    finding->count = 0;
    for (int x = band->x, right; x < end; x = right) {
        right = next_line(x, end);
        struct rows rows = update_tile(canvas, band, x, y, right - x, bottom - y);
        if (rows.bottom > 0)
            add_tile(finding, x, right, &rows);
    }
}

void
ds_tiles_update(
        const struct ds_canvas *canvas, const struct ds_band *band, ds_tiles_fn fn, void *arg)
{
    const int end = band->y + band->height;
    struct finding found;

    for (int y = band->y, bottom; y < end; y = bottom) {
        bottom = next_line(y, end);
        update_row(canvas, band, y, bottom, &found);
        for (size_t i = 0; i < found.count; i++)
            fn(arg, found.runs[i].left, found.rows.top, found.runs[i].right - found.runs[i].left,
                    found.rows.bottom - found.rows.top);
    }
}
