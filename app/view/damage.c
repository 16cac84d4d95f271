/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/damage.h"

#include <stdlib.h>
#include <string.h>

enum { TILE_SIDE = 64 }; /* pixels */

struct list {
    struct ds_rect *rects;
    size_t count;
};

int
ds_damage_init(struct ds_damage *damage, unsigned width, unsigned height)
{
    *damage = (struct ds_damage){.width = width,
            .height = height,
            .across = (width + TILE_SIDE - 1) / TILE_SIDE,
            .down = (height + TILE_SIDE - 1) / TILE_SIDE};
    damage->tiles = calloc(damage->across, damage->down);
    return damage->tiles != NULL ? DS_OK : DS_ERR_NOMEM;
}

void
ds_damage_mark(struct ds_damage *damage, const struct ds_rect *rect)
{
    size_t left = rect->x / TILE_SIDE, right = (rect->x + rect->width - 1U) / TILE_SIDE;
    size_t top = rect->y / TILE_SIDE, bottom = (rect->y + rect->height - 1U) / TILE_SIDE;

    for (size_t row = top; row <= bottom; row++)
        memset(damage->tiles + row * damage->across + left, 1, right - left + 1);
    damage->is_new = true;
}

/* Make one cover the other, too. */
static void
cover(struct ds_rect *rect, const struct ds_rect *other)
{
    unsigned right = rect->x + rect->width, bottom = rect->y + rect->height;

    if (other->x + other->width > right)
        right = other->x + other->width;
    if (other->y + other->height > bottom)
        bottom = other->y + other->height;
    if (other->x < rect->x)
        rect->x = other->x;
    if (other->y < rect->y)
        rect->y = other->y;
    rect->width = (uint16_t)(right - rect->x);
    rect->height = (uint16_t)(bottom - rect->y);
}

/* Add a run of tiles, below the same run of the row above, say. */
static void
add(struct list *list, const struct ds_rect *run)
{
    for (size_t i = 0; i < list->count; i++) {
        struct ds_rect *rect = &list->rects[i];
        if (rect->x == run->x && rect->width == run->width && rect->y + rect->height == run->y) {
            rect->height = (uint16_t)(rect->height + run->height);
            return;
        }
    }
    if (list->count == DS_DECODER_RECTS_MAX)
        cover(&list->rects[list->count - 1], run);
    else
        list->rects[list->count++] = *run;
}

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Return the run of new tiles from `*at` on, in pixels; empty at the end of the row. */
static struct ds_rect
next_run(const struct ds_damage *damage, size_t row, size_t *at)
{
    const uint8_t *tiles = damage->tiles + row * damage->across;
    size_t first, end;

    for (first = *at; first < damage->across && !tiles[first]; first++)
        ;
    for (end = first; end < damage->across && tiles[end]; end++)
        ;
    *at = end;
    unsigned left = (unsigned)first * TILE_SIDE, top = (unsigned)row * TILE_SIDE;
    return (struct ds_rect){.x = (uint16_t)left,
            .y = (uint16_t)top,
            .width = (uint16_t)(least((unsigned)end * TILE_SIDE, damage->width) -
                                least(left, damage->width)),
            .height = (uint16_t)least(TILE_SIDE, damage->height - top)};
}

static void
add_row(const struct ds_damage *damage, size_t row, struct list *list)
{
    struct ds_rect run;
    size_t at = 0;

    while ((run = next_run(damage, row, &at)).width > 0)
        add(list, &run);
}

size_t
ds_damage_take(struct ds_damage *damage, struct ds_rect rects[static DS_DECODER_RECTS_MAX])
{
    struct list list = {.rects = rects};

    if (!damage->is_new)
        return 0;
    for (size_t row = 0; row < damage->down; row++)
        add_row(damage, row, &list);
    memset(damage->tiles, 0, damage->across * damage->down);
    damage->is_new = false;
    return list.count;
}

void
ds_damage_finish(struct ds_damage *damage)
{
    free(damage->tiles);
    *damage = (struct ds_damage){0};
}
