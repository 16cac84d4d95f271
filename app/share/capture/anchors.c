/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/anchors.h"

#include <string.h>

#include <glib.h>

enum {
    RUN = 32,             /* pixels of an anchor */
    PERIOD_MIN = 8,       /* one row of so many is learnt, or of twice as many, and so on */
    PROBED_WIDTH = 16384, /* so many pixels of each row of a period are probed, in all */
    WINDOW_MIN = 256,     /* pixels of a row that are probed together */
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

/*
 * One row of each period is learnt. Where that row has got to is not known, so that all rows of a
 * period have to be probed, but not in their full width: the two cost about the same.
 */
struct ds_anchors {
    struct place places[1 << PLACES_LOG2];
    struct ds_way ways[WAYS];
    uint32_t choice; /* the bits that must be 0 in an anchor's key */
    int period;      /* rows */
    uint64_t area;   /* of the bands, pixels */
    uint64_t looked;
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

static void
choose_sample(struct ds_anchors *anchors, const struct ds_band *bands, size_t count)
{
    anchors->area = 0;
    for (size_t i = 0; i < count; i++)
        anchors->area += (uint64_t)bands[i].width * (uint64_t)bands[i].height;
    anchors->period = PERIOD_MIN;
    while (anchors->area / (uint64_t)anchors->period > (uint64_t)anchors->period * PROBED_WIDTH)
        anchors->period *= 2;
    anchors->choice = 0;
    for (uint64_t left = anchors->area / (uint64_t)anchors->period; left > LEARNT_MAX; left /= 2)
        anchors->choice = anchors->choice << 1 | 1;
}

void
ds_anchors_learn(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *bands, size_t count)
{
    choose_sample(anchors, bands, count);
    memset(anchors->places, 0, sizeof anchors->places);
    for (size_t i = 0; i < count; i++)
        for (int row = 0; row < bands[i].height; row += anchors->period) {
            int x = bands[i].x, y = bands[i].y + row;
            learn_row(anchors, ds_canvas_at(canvas, x, y), x, y, bands[i].width);
            anchors->looked += (uint64_t)bands[i].width;
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

/* Probe the rows of a period from `top` on, as far as they are not what the picture shows there. */
static void
probe_window(struct ds_anchors *anchors, const struct ds_canvas *canvas, const struct ds_band *band,
        int x, int top, int width)
{
    int bottom = MIN(top + anchors->period, band->y + band->height);
    for (int y = top; y < bottom; y++) {
        const uint32_t *fresh = ds_band_at(band, x, y);
        if (ds_pixels_differ(ds_canvas_at(canvas, x, y), fresh, width))
            probe_row(anchors, fresh, x, y, width);
    }
    anchors->looked += (uint64_t)width * (uint64_t)(bottom - top);
}

/* The windows stand all over the band, none above the one before (Weyl's sequence). */
static void
probe(struct ds_anchors *anchors, const struct ds_canvas *canvas, const struct ds_band *band)
{
    const uint64_t share = (uint64_t)band->width * PROBED_WIDTH * (uint64_t)anchors->period;
    const int part = (int)MIN(share / anchors->area, (uint64_t)band->width);
    const int width = MIN(MAX(part, WINDOW_MIN), band->width);
    uint32_t at = 0;
    int credit = width;

    for (int top = band->y; top < band->y + band->height; top += anchors->period) {
        if (credit >= width) {
            const unsigned room = (unsigned)band->width - (unsigned)width + 1;
            int x = band->x + (int)((uint64_t)at * room >> 32);
            probe_window(anchors, canvas, band, x, top, width);
            at += UINT32_C(0x9e3779b9);
            credit -= width;
        }
        credit += part;
    }
}

size_t
ds_anchors_guess(struct ds_anchors *anchors, const struct ds_canvas *canvas,
        const struct ds_band *band, struct ds_way *ways, size_t max)
{
    size_t count = 0;

    memset(anchors->ways, 0, sizeof anchors->ways);
    probe(anchors, canvas, band);
    for (size_t i = 0; i < WAYS; i++)
        if (anchors->ways[i].votes >= VOTES_MIN)
            count = rank(ways, count, max, anchors->ways[i]);
    return count;
}

uint64_t
ds_anchors_looked(const struct ds_anchors *anchors)
{
    return anchors->looked;
}
