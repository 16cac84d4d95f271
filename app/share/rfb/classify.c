/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/classify.h"

#include <stdbool.h>

enum {
    COLOURS = 0xffffff,
    HASH_BITS = 11, /* at most a quarter full, when the count has been given up */
    HASH_SIZE = 1 << HASH_BITS,
};

/* What a tile must exceed to be a photo: in all its pixels' sum, and with as many colours. */
struct bounds {
    unsigned colours_max;   /* more: a photo at once */
    unsigned colours_few;   /* at most: text, however restless (dithered, hatched) */
    unsigned edges_percent; /* of the pixels, that differ from their left neighbour */
};

static const struct bounds bounds[] = {
        [DS_CONTENT_TEXT] = {.colours_max = 400, .colours_few = 64, .edges_percent = 70},
        [DS_CONTENT_PHOTO] = {.colours_max = 250, .colours_few = 32, .edges_percent = 50},
};

/* A set of colours; 0 stands for an empty place, and is kept apart. */
struct colours {
    uint32_t table[HASH_SIZE];
    unsigned count;
};

static void
add_colour(struct colours *set, uint32_t colour)
{
    uint32_t key = colour | 1u << 24; /* black is a colour too */
    unsigned at = key * 2654435761u >> (32 - HASH_BITS);
    while (set->table[at] != 0 && set->table[at] != key)
        at = (at + 1) % HASH_SIZE;
    if (set->table[at] == key)
        return;
    set->table[at] = key;
    set->count++;
}

/* Only where a colour begins is it looked up, so that what has long runs costs little. */
static unsigned
count_edges(struct colours *set, const uint32_t *row, unsigned width, unsigned colours_max)
{
    unsigned edges = 0;
    uint32_t last = ~0u;
    for (unsigned x = 0; x < width && set->count <= colours_max; x++) {
        uint32_t colour = row[x] & COLOURS;
        if (colour == last)
            continue;
        last = colour;
        edges++;
        add_colour(set, colour);
    }
    return edges;
}

enum ds_content
ds_classify(
        const uint32_t *pixels, size_t stride, unsigned width, unsigned height, enum ds_content was)
{
    const struct bounds *limit = &bounds[was];
    struct colours set = {0};
    unsigned edges = 0;

    for (unsigned y = 0; y < height; y++) {
        edges += count_edges(&set, pixels + y * stride, width, limit->colours_max);
        if (set.count > limit->colours_max)
            return DS_CONTENT_PHOTO;
    }
    bool is_restless = edges * 100 > width * height * limit->edges_percent;
    return is_restless && set.count > limit->colours_few ? DS_CONTENT_PHOTO : DS_CONTENT_TEXT;
}
