/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/anchors.h"

#include <string.h>

#include <glib.h>

enum {
    RUN = 32,             /* pixels of an anchor */
    LEARNT_ROWS = 8,      /* one row of so many is learnt */
    PROBE_PERIOD = 32,    /* of so many rows of a large band, LEARNT_ROWS are probed */
    SMALL_BAND = 1 << 19, /* pixels: all rows of a smaller band are probed */
    PLACES_LOG2 = 15,
    LEARNT_MAX = 1 << 13, /* anchors; of more, only those whose hash ends with zeros are taken */
    WAYS = 1024,
    VOTES_MIN = 3,
    NOWHERE = 0,           /* no anchor here yet */
    ANYWHERE = UINT32_MAX, /* it is in more than one place */
};

struct place {
    uint32_t key;
    uint32_t at; /* pack(), NOWHERE or ANYWHERE */
};

struct ds_anchors {
    struct place places[1 << PLACES_LOG2];
    struct ds_way ways[WAYS];
    uint32_t choice; /* the bits that must be 0 in an anchor's key */
};

struct ds_anchors *
ds_anchors_new(void)
{
    return g_new0(struct ds_anchors, 1);
}

void
ds_anchors_free(struct ds_anchors *anchors)
{
    g_free(anchors);
}

/* Never NOWHERE, and never ANYWHERE below DS_SCREEN_SIDE_MAX. */
static uint32_t
pack(int x, int y)
{
    return ((uint32_t)y << 16 | (uint32_t)x) + 1;
}

/*
 * A gear hash (Xia et al., FastCDC, USENIX ATC 2016): each step shifts by 2 bits, so that after RUN
 * steps nothing is left of a pixel in 64 bits.
 */
static uint64_t
roll(uint64_t hash, uint32_t pixel)
{
    uint64_t mixed = (pixel & DS_COLOURS) * UINT64_C(0x9e3779b97f4a7c15);
    return (hash << 2) + (mixed ^ mixed >> 32);
}

static uint32_t
key_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static struct place *
find_place(struct ds_anchors *anchors, uint32_t key)
{
    return &anchors->places[key * UINT32_C(0x85ebca6b) >> (32 - PLACES_LOG2)];
}

/* Goes over a row's runs of RUN pixels, each known by its last one. */
struct walk {
    const uint32_t *row;
    int width, at;
    uint64_t hash;
    uint32_t key;
};

/* Go on to the next run of those that are looked at. Returns false at the end. */
static bool
next_run(const struct ds_anchors *anchors, struct walk *walk)
{
    while (++walk->at < walk->width) {
        walk->hash = roll(walk->hash, walk->row[walk->at]);
        walk->key = key_of(walk->hash);
        if (walk->at >= RUN - 1 && (walk->key & anchors->choice) == 0)
            return true;
    }
    return false;
}

static void
learn_row(struct ds_anchors *anchors, const uint32_t *row, int x, int y, int width)
{
    struct walk walk = {.row = row, .width = width, .at = -1};
    while (next_run(anchors, &walk)) {
        struct place *place = find_place(anchors, walk.key);
        if (place->at == NOWHERE)
            *place = (struct place){walk.key, pack(x + walk.at, y)};
        else if (place->key == walk.key)
            place->at = ANYWHERE;
    }
}

void
ds_anchors_learn(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *bands, size_t count)
{
    size_t pixels = 0;
    for (size_t i = 0; i < count; i++)
        pixels += (size_t)bands[i].width * (size_t)bands[i].height / LEARNT_ROWS;
    anchors->choice = 0;
    for (; pixels > LEARNT_MAX; pixels /= 2)
        anchors->choice = anchors->choice << 1 | 1;
    memset(anchors->places, 0, sizeof anchors->places);
    for (size_t i = 0; i < count; i++)
        for (int row = 0; row < bands[i].height; row += LEARNT_ROWS) {
            int x = bands[i].x, y = bands[i].y + row;
            learn_row(anchors, ds_canvas_at(canvas, x, y), x, y, bands[i].width);
        }
}

/* A slot belongs to the way that is named most often of those that share it (Boyer and Moore). */
static void
vote(struct ds_anchors *anchors, int dx, int dy)
{
    uint32_t slot = ((uint32_t)dx * 31 + (uint32_t)dy) % WAYS;
    struct ds_way *way = &anchors->ways[slot];
    if (way->votes == 0)
        *way = (struct ds_way){dx, dy, 1};
    else if (way->dx == dx && way->dy == dy)
        way->votes++;
    else
        way->votes--;
}

static void
probe_row(struct ds_anchors *anchors, const uint32_t *row, int x, int y, int width)
{
    struct walk walk = {.row = row, .width = width, .at = -1};
    while (next_run(anchors, &walk)) {
        const struct place *place = find_place(anchors, walk.key);
        if (place->key != walk.key || place->at == NOWHERE || place->at == ANYWHERE)
            continue;
        int dx = x + walk.at - (int)((place->at - 1) & 0xffff),
            dy = y - (int)((place->at - 1) >> 16);
        if (dx != 0 || dy != 0)
            vote(anchors, dx, dy);
    }
}

/* Put `way` where it belongs among the best `count` of `max` ones. Returns their new count. */
static size_t
rank(struct ds_way *ways, size_t count, size_t max, struct ds_way way)
{
    size_t at = count;
    while (at > 0 && ways[at - 1].votes < way.votes)
        at--;
    if (at == max)
        return count;
    if (count == max)
        count--;
    memmove(&ways[at + 1], &ways[at], (count - at) * sizeof *ways);
    ways[at] = way;
    return count + 1;
}

size_t
ds_anchors_guess(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *band, struct ds_way *ways, size_t max)
{
    bool is_small = (size_t)band->width * (size_t)band->height < SMALL_BAND;
    int period = is_small ? LEARNT_ROWS : PROBE_PERIOD;
    size_t count = 0;

    memset(anchors->ways, 0, sizeof anchors->ways);
    for (int row = 0; row < band->height; row++) {
        int x = band->x, y = band->y + row;
        const uint32_t *fresh = ds_band_at(band, x, y);
        if (row % period < LEARNT_ROWS &&
                ds_pixels_differ(ds_canvas_at(canvas, x, y), fresh, band->width))
            probe_row(anchors, fresh, x, y, band->width);
    }
    for (size_t i = 0; i < WAYS; i++)
        if (anchors->ways[i].votes >= VOTES_MIN)
            count = rank(ways, count, max, anchors->ways[i]);
    return count;
}
