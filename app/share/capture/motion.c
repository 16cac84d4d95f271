/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/motion.h"

#include <string.h>

#include <glib.h>

#include "app/share/capture/anchors.h"
#include "app/share/capture/extent.h"

enum {
    WORTH_WIDTH = 64, /* pixels; smaller bands are cheap to send as they are */
    WORTH_HEIGHT = 16,
    WORTH_AREA = 16384,
    GUESSES = 3,     /* that are compared for one band */
    LITTLE_PART = 8, /* less than one part in so many of a band flies through a film, */
    MISSES_MANY = 8, /* which it shows where no more than that moved so many times, */
    FILM_PERIOD = 8, /* and is looked at once in so many times from then on */
};

struct ds_motion {
    struct ds_anchors *anchors;
    uint64_t looked;     /* by comparing, pixels */
    struct ds_band last; /* that was looked at in vain */
    unsigned misses;     /* how often, since much moved in it */
    unsigned skips;      /* since it was looked at, as a film */
};

struct ds_motion *
ds_motion_new(void)
{
    struct ds_motion *motion = g_new0(struct ds_motion, 1);
    motion->anchors = ds_anchors_new();
    return motion;
}

void
ds_motion_free(struct ds_motion *motion)
{
    if (motion == NULL)
        return;
    ds_anchors_free(motion->anchors);
    g_free(motion);
}

void
ds_motion_move(const struct ds_canvas *canvas, const struct ds_move *move)
{
    size_t bytes = (size_t)move->width * sizeof(uint32_t);
    for (int i = 0; i < move->height; i++) {
        int y = move->dy > 0 ? move->y + move->height - 1 - i : move->y + i;
        memmove(ds_canvas_at(canvas, move->x, y),
                ds_canvas_at(canvas, move->x - move->dx, y - move->dy), bytes);
    }
}

static bool
is_worth_it(const struct ds_band *band)
{
    return band->width >= WORTH_WIDTH && band->height >= WORTH_HEIGHT &&
           (size_t)band->width * (size_t)band->height >= WORTH_AREA;
}

static bool
is_last(const struct ds_motion *motion, const struct ds_band *band)
{
    const struct ds_band *last = &motion->last;
    return band->x == last->x && band->y == last->y && band->width == last->width &&
           band->height == last->height;
}

/* In a film little is only moved, and to find that costs more than it saves. */
static bool
is_film(struct ds_motion *motion, const struct ds_band *band)
{
    if (!is_last(motion, band) || motion->misses < MISSES_MANY)
        return false;
    motion->skips = (motion->skips + 1) % FILM_PERIOD;
    return motion->skips != 0;
}

static void
learn_from(struct ds_motion *motion, const struct ds_band *band, size_t moved)
{
    const size_t area = (size_t)band->width * (size_t)band->height;
    if (!is_last(motion, band))
        motion->misses = 0;
    motion->last = *band;
    motion->misses = moved >= area / LITTLE_PART ? 0 : motion->misses + 1;
}

static void
apply_to_band(struct ds_motion *motion, const struct ds_canvas *canvas, const struct ds_band *band,
        ds_motion_fn fn, void *arg)
{
    struct ds_way ways[GUESSES];
    struct ds_move moves[DS_EXTENT_MOVES_MAX];
    size_t way_count = ds_anchors_guess(motion->anchors, canvas, band, ways, GUESSES), count = 0;
    size_t moved = 0; /* pixels */

    for (size_t i = 0; i < way_count && count == 0; i++)
        count = ds_extent_find(canvas, band, ways[i].dx, ways[i].dy, moves, &motion->looked);
    for (size_t i = 0; i < count; i++) {
        ds_motion_move(canvas, &moves[i]);
        fn(arg, &moves[i]);
        moved += (size_t)moves[i].width * (size_t)moves[i].height;
    }
    learn_from(motion, band, moved);
}

void
ds_motion_apply(struct ds_motion *motion, const struct ds_canvas *canvas,
        const struct ds_band *bands, size_t count, ds_motion_fn fn, void *arg)
{
    bool is_learnt = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_worth_it(&bands[i]) || is_film(motion, &bands[i]))
            continue;
        if (!is_learnt)
            ds_anchors_learn(motion->anchors, canvas, bands, count);
        is_learnt = true;
        apply_to_band(motion, canvas, &bands[i], fn, arg);
    }
}

uint64_t
ds_motion_looked(const struct ds_motion *motion)
{
    return motion->looked + ds_anchors_looked(motion->anchors);
}
