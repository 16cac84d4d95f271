/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/photo.h"

#include <math.h>

enum { OCTAVES = 7, CELL_MAX = 256, CHANNELS = 3 };

static uint32_t
mix(uint32_t a)
{
    a = (a ^ a >> 16) * 0x7feb352du;
    a = (a ^ a >> 15) * 0x846ca68bu;
    return a ^ a >> 16;
}

/* A number of -1 to 1 for each point of a grid. */
static float
at_grid(uint32_t seed, int x, int y)
{
    return (float)mix(seed ^ mix((uint32_t)x * 0x9e3779b9u ^ mix((uint32_t)y))) / 2147483648.0f -
           1.0f;
}

static float
smooth(float t)
{
    return t * t * (3 - 2 * t);
}

static float
noise(uint32_t seed, int x, int y, int cell)
{
    int gx = x / cell, gy = y / cell;
    float tx = smooth((float)(x % cell) / (float)cell);
    float ty = smooth((float)(y % cell) / (float)cell);
    float top = at_grid(seed, gx, gy) * (1 - tx) + at_grid(seed, gx + 1, gy) * tx;
    float low = at_grid(seed, gx, gy + 1) * (1 - tx) + at_grid(seed, gx + 1, gy + 1) * tx;
    return top * (1 - ty) + low * ty;
}

/* The finer, the weaker; light changes on all scales, colour on the coarse ones only. */
static uint32_t
pixel_at(uint32_t seed, int x, int y)
{
    float light = 0, colour[CHANNELS] = {0}, weight = 60;
    int cell = CELL_MAX;
    for (unsigned octave = 0; octave < OCTAVES; octave++, cell /= 2, weight *= 0.62f) {
        light += weight * noise(seed + octave, x, y, cell);
        for (unsigned i = 0; i < CHANNELS && octave < 3; i++)
            colour[i] += weight * 0.6f * noise(seed + 100 * (i + 1) + octave, x, y, cell);
    }
    uint32_t pixel = 0;
    for (unsigned i = 0; i < CHANNELS; i++) {
        float value = fminf(fmaxf(128 + light + colour[i], 16), 239);
        pixel = pixel << 8 | (uint32_t)value;
    }
    return pixel;
}

void
photo_paint(uint32_t *pixels, int stride, int width, int height, uint32_t seed)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            pixels[y * stride + x] = pixel_at(seed, x, y);
}
