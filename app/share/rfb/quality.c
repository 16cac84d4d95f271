/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/quality.h"

#include <stddef.h>

#include <glib.h>

#define US_PER_S 1000000u
#define SCALE_MIN 0.02 /* a picture of nothing */
#define SCALE_MAX 10.0 /* three bytes a pixel take less */

enum {
    RATE_UNKNOWN = 2500000, /* bytes per second that are believed in before anything was measured */
    BUDGET_MIN = 4096,      /* bytes; fewer would not tell that a path is no longer so slow */
    PIXELS_MIN = 4096,      /* fewer say nothing */
    LEARN = 4,              /* the newest counts for so much */
};

/* As libjpeg-turbo 2.1 does it: how a step treats colours, and bytes per 1,000 pixels of a film. */
struct cost {
    int subsampling;
    double bytes;
};
static const struct {
    int jpeg;
    struct cost still, film;
} steps[] = {
        {10, {1, 28}, {1, 28}},
        {15, {1, 36}, {1, 36}},
        {29, {1, 48}, {1, 48}},
        {41, {1, 54}, {1, 54}},
        {42, {2, 62}, {2, 62}},
        {62, {2, 84}, {2, 84}},
        {77, {2, 115}, {2, 115}},
        {79, {0, 142}, {1, 118}},
        {86, {0, 190}, {1, 154}},
        {92, {0, 280}, {1, 210}},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

void
ds_quality_init(struct ds_quality *quality)
{
    quality->scale = 1;
}

uint64_t
ds_quality_budget(uint64_t bytes_per_s)
{
    uint64_t rate = bytes_per_s > 0 ? bytes_per_s : RATE_UNKNOWN;
    return MAX(rate * DS_QUALITY_BUDGET_US / US_PER_S, BUDGET_MIN);
}

static const struct cost *
cost_of(size_t step, bool is_film)
{
    return is_film ? &steps[step].film : &steps[step].still;
}

static double
expected_bytes(const struct ds_quality *quality, const struct cost *cost, uint64_t pixels)
{
    return quality->scale * cost->bytes * (double)pixels / 1000;
}

struct ds_quality_step
ds_quality_choose(const struct ds_quality *quality, uint64_t pixels, uint64_t bytes_per_s,
        uint64_t spent_bytes, int ceiling, bool is_film)
{
    uint64_t budget = ds_quality_budget(bytes_per_s);
    double left = budget > spent_bytes ? (double)(budget - spent_bytes) : 0;
    size_t best = 0;

    for (size_t i = 1; i < STEPS && steps[i].jpeg <= ceiling; i++)
        if (expected_bytes(quality, cost_of(i, is_film), pixels) <= left)
            best = i;
    return (struct ds_quality_step){
            .jpeg = MIN(steps[best].jpeg, ceiling), /* finer than any step */
            .subsampling = cost_of(best, is_film)->subsampling,
    };
}

void
ds_quality_learn(struct ds_quality *quality, const struct ds_quality_step *step, uint64_t pixels,
        uint64_t bytes)
{
    if (pixels < PIXELS_MIN)
        return;
    for (size_t i = 0; i < STEPS; i++) {
        const struct cost *cost = cost_of(i, steps[i].still.subsampling != step->subsampling);
        if (steps[i].jpeg != step->jpeg || cost->subsampling != step->subsampling)
            continue;
        double seen = (double)bytes * 1000 / ((double)pixels * cost->bytes);
        quality->scale += (seen - quality->scale) / LEARN;
        quality->scale = CLAMP(quality->scale, SCALE_MIN, SCALE_MAX);
    }
}
