/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/classify.h"

enum {
    COLOURS = 0xffffff,
    SAMPLES_A_SIDE = 16,
    SAMPLES_MIN = 64, /* fewer pixels are not worth a JPEG picture */
    HASH_BITS = 9,    /* at most half full */
    HASH_SIZE = 1 << HASH_BITS,
};

/*
 * How many in a hundred pixels, taken evenly, have a colour of their own in what was the one or the
 * other. Text stands on a ground, which takes 60 to 90 of them; its smoothed edges, with subpixels,
 * give up to 35 colours. Photos and films have 75 to 100, also where they fill half of a tile only.
 */
static const unsigned colours_max[] = {[DS_CONTENT_TEXT] = 50, [DS_CONTENT_PHOTO] = 40};

struct colours {
    uint32_t table[HASH_SIZE]; /* 0: an empty place */
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

/* How many pixels of a row or a column are samples, the first one half a step from its begin. */
static unsigned
samples_of(unsigned length, unsigned step)
{
    return (length - step / 2 + step - 1) / step;
}

enum ds_content
ds_classify(
        const uint32_t *pixels, size_t stride, unsigned width, unsigned height, enum ds_content was)
{
    const unsigned step_x = (width + SAMPLES_A_SIDE - 1) / SAMPLES_A_SIDE;
    const unsigned step_y = (height + SAMPLES_A_SIDE - 1) / SAMPLES_A_SIDE;
    const unsigned columns = samples_of(width, step_x);
    const unsigned samples = columns * samples_of(height, step_y);
    const unsigned text_max = samples * colours_max[was] / 100;
    struct colours set = {0};
    unsigned left = samples;

    if (samples < SAMPLES_MIN)
        return DS_CONTENT_TEXT;
    /* Most tiles are out of doubt after half of their samples. */
    for (unsigned y = step_y / 2; set.count <= text_max && set.count + left > text_max;
            y += step_y, left -= columns)
        for (unsigned x = step_x / 2; x < width; x += step_x)
            add_colour(&set, pixels[y * stride + x] & COLOURS);
    return set.count > text_max ? DS_CONTENT_PHOTO : DS_CONTENT_TEXT;
}
