/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/refine.h"

#include <glib.h>

enum {
    SOON_US = 500000,  /* a change so soon after the last one belongs to it */
    CHANGES_FEW = 4,   /* more make a tile restless */
    CHANGES_MAX = 255, /* where the count stays */
};

/* Tiles, from and to (not included). */
struct span {
    int left, right, top, bottom;
};

void
ds_refine_init(struct ds_refine *refine, int width, int height)
{
    refine->width = width;
    refine->height = height;
    refine->columns = (width + DS_REFINE_SIDE - 1) / DS_REFINE_SIDE;
    refine->rows = (height + DS_REFINE_SIDE - 1) / DS_REFINE_SIDE;
    refine->tiles = g_new0(struct ds_refine_tile, (gsize)refine->columns * refine->rows);
    refine->lossy = 0;
}

void
ds_refine_finish(struct ds_refine *refine)
{
    g_free(refine->tiles);
    refine->tiles = NULL;
}

static struct ds_refine_tile *
tile_at(const struct ds_refine *refine, int column, int row)
{
    return &refine->tiles[(size_t)row * refine->columns + column];
}

static struct span
tiles_of(const struct ds_refine_rect *rect)
{
    return (struct span){
            .left = rect->x / DS_REFINE_SIDE,
            .right = (rect->x + rect->width + DS_REFINE_SIDE - 1) / DS_REFINE_SIDE,
            .top = rect->y / DS_REFINE_SIDE,
            .bottom = (rect->y + rect->height + DS_REFINE_SIDE - 1) / DS_REFINE_SIDE,
    };
}

/* The pixels of a row's tiles, as far as they are on the screen. */
static struct ds_refine_rect
rect_of(const struct ds_refine *refine, int left, int right, int row)
{
    struct ds_refine_rect rect = {.x = left * DS_REFINE_SIDE, .y = row * DS_REFINE_SIDE};
    rect.width = MIN(right * DS_REFINE_SIDE, refine->width) - rect.x;
    rect.height = MIN(rect.y + DS_REFINE_SIDE, refine->height) - rect.y;
    return rect;
}

static bool
contains(const struct ds_refine_rect *outer, const struct ds_refine_rect *inner)
{
    return inner->x >= outer->x && inner->y >= outer->y &&
           inner->x + inner->width <= outer->x + outer->width &&
           inner->y + inner->height <= outer->y + outer->height;
}

static void
set_lossy(struct ds_refine *refine, struct ds_refine_tile *tile, bool is_lossy)
{
    refine->lossy += (size_t)is_lossy - (size_t)tile->is_lossy;
    tile->is_lossy = is_lossy;
}

static void
touch(struct ds_refine_tile *tile, uint64_t now_us)
{
    if (now_us > tile->changed_us + SOON_US)
        tile->changes = 0;
    else if (tile->changes < CHANGES_MAX)
        tile->changes++;
    tile->changed_us = MAX(tile->changed_us, now_us);
}

void
ds_refine_sent(
        struct ds_refine *refine, const struct ds_refine_rect *rect, bool is_lossy, uint64_t now_us)
{
    struct span span = tiles_of(rect);
    for (int row = span.top; row < span.bottom; row++)
        for (int column = span.left; column < span.right; column++) {
            struct ds_refine_tile *tile = tile_at(refine, column, row);
            struct ds_refine_rect whole = rect_of(refine, column, column + 1, row);
            if (is_lossy)
                touch(tile, now_us);
            if (is_lossy || contains(rect, &whole))
                set_lossy(refine, tile, is_lossy);
        }
}

/* Was any of these pixels held with loss? Parts that are off the screen were not. */
static bool
is_lossy_there(const struct ds_refine *refine, const struct ds_refine_rect *rect)
{
    struct span span = tiles_of(rect);
    for (int row = MAX(span.top, 0); row < MIN(span.bottom, refine->rows); row++)
        for (int column = MAX(span.left, 0); column < MIN(span.right, refine->columns); column++)
            if (tile_at(refine, column, row)->is_lossy)
                return true;
    return false;
}

/* What the tile holds where `to` covers it comes from elsewhere. */
static void
move_tile(struct ds_refine *refine, const struct ds_refine_rect *to, int dx, int dy, int column,
        int row, uint64_t now_us)
{
    struct ds_refine_tile *tile = tile_at(refine, column, row);
    struct ds_refine_rect whole = rect_of(refine, column, column + 1, row), from;

    from.x = MAX(whole.x, to->x);
    from.y = MAX(whole.y, to->y);
    from.width = MIN(whole.x + whole.width, to->x + to->width) - from.x;
    from.height = MIN(whole.y + whole.height, to->y + to->height) - from.y;
    from.x -= dx;
    from.y -= dy;
    bool is_lossy = is_lossy_there(refine, &from);
    if (is_lossy)
        touch(tile, now_us);
    if (is_lossy || contains(to, &whole))
        set_lossy(refine, tile, is_lossy);
}

void
ds_refine_moved(
        struct ds_refine *refine, const struct ds_refine_rect *to, int dx, int dy, uint64_t now_us)
{
    struct span span = tiles_of(to);
    int rows = span.bottom - span.top, columns = span.right - span.left;

    if (refine->lossy == 0)
        return;
    /* As in memmove(): what is read must not have been written yet. */
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            move_tile(refine, to, dx, dy, dx > 0 ? span.right - 1 - j : span.left + j,
                    dy > 0 ? span.bottom - 1 - i : span.top + i, now_us);
}

bool
ds_refine_is_restless(const struct ds_refine *refine, int column, int row, uint64_t now_us)
{
    const struct ds_refine_tile *tile = tile_at(refine, column, row);
    return tile->changes > CHANGES_FEW && now_us <= tile->changed_us + SOON_US;
}

static uint64_t
due_us(const struct ds_refine_tile *tile)
{
    return tile->changed_us +
           (tile->changes > CHANGES_FEW ? DS_REFINE_RESTLESS_US : DS_REFINE_REST_US);
}

/* The lossy tile that is due first; NULL when there is none. */
static struct ds_refine_tile *
find_first(const struct ds_refine *refine)
{
    struct ds_refine_tile *first = NULL;
    size_t count = (size_t)refine->columns * refine->rows, seen = 0;
    for (size_t i = 0; i < count && seen < refine->lossy; i++) {
        struct ds_refine_tile *tile = &refine->tiles[i];
        if (!tile->is_lossy)
            continue;
        seen++;
        if (first == NULL || due_us(tile) < due_us(first))
            first = tile;
    }
    return first;
}

uint64_t
ds_refine_next_us(const struct ds_refine *refine)
{
    const struct ds_refine_tile *first = refine->lossy > 0 ? find_first(refine) : NULL;
    return first != NULL ? due_us(first) : UINT64_MAX;
}

static bool
is_due(const struct ds_refine_tile *tile, uint64_t now_us)
{
    return tile->is_lossy && due_us(tile) <= now_us;
}

bool
ds_refine_take(
        struct ds_refine *refine, uint64_t now_us, int tiles_max, struct ds_refine_rect *rect)
{
    struct ds_refine_tile *first = refine->lossy > 0 ? find_first(refine) : NULL;
    if (first == NULL || !is_due(first, now_us))
        return false;
    int at = (int)(first - refine->tiles);
    int row = at / refine->columns, left = at % refine->columns, right = left;
    while (right < refine->columns && right - left < tiles_max &&
            is_due(tile_at(refine, right, row), now_us))
        set_lossy(refine, tile_at(refine, right++, row), false);
    *rect = rect_of(refine, left, right, row);
    return true;
}
