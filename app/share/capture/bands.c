/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/bands.h"

#include <glib.h>

enum {
    WASTE_PIXELS = 4096, /* cost about as much as a request */
    WASTE_PART = 4,      /* one of so many pixels may be fetched for nothing */
    WASTE_MAX = 1 << 18, /* pixels, however large both are */
};

static int64_t
area(const struct ds_band *band)
{
    return (int64_t)band->width * band->height;
}

static struct ds_band
bounds(const struct ds_band *one, const struct ds_band *two)
{
    int x = MIN(one->x, two->x), y = MIN(one->y, two->y);
    int right = MAX(one->x + one->width, two->x + two->width);
    int bottom = MAX(one->y + one->height, two->y + two->height);
    return (struct ds_band){.x = x, .y = y, .width = right - x, .height = bottom - y};
}

/* How many pixels are fetched for nothing, where two become one; below 0 when they overlap. */
static int64_t
waste_of(const struct ds_band *one, const struct ds_band *two)
{
    const struct ds_band both = bounds(one, two);
    return area(&both) - area(one) - area(two);
}

/* Return the band that goes best with this one. */
static size_t
find_best(const struct ds_bands *bands, const struct ds_band *band)
{
    int64_t least = INT64_MAX;
    size_t best = 0;
    for (size_t i = 0; i < bands->count; i++) {
        int64_t waste = waste_of(&bands->list[i], band);
        if (waste < least) {
            least = waste;
            best = i;
        }
    }
    return best;
}

static bool
go_together(const struct ds_band *one, const struct ds_band *two)
{
    int64_t part = MIN((area(one) + area(two)) / WASTE_PART, WASTE_MAX);
    return waste_of(one, two) <= MAX(WASTE_PIXELS, part);
}

void
ds_bands_add(struct ds_bands *bands, int x, int y, int width, int height)
{
    struct ds_band band = {.x = x, .y = y, .width = width, .height = height};
    while (bands->count > 0) {
        size_t best = find_best(bands, &band);
        if (bands->count < DS_BANDS_MAX && !go_together(&bands->list[best], &band))
            break;
        band = bounds(&bands->list[best], &band);
        bands->list[best] = bands->list[--bands->count];
    }
    bands->list[bands->count++] = band;
}

size_t
ds_bands_pixels(const struct ds_bands *bands)
{
    size_t pixels = 0;
    for (size_t i = 0; i < bands->count; i++)
        pixels += (size_t)area(&bands->list[i]);
    return pixels;
}

void
ds_bands_unite(struct ds_bands *bands)
{
    while (bands->count > 1) {
        bands->list[0] = bounds(&bands->list[0], &bands->list[bands->count - 1]);
        bands->count--;
    }
}
