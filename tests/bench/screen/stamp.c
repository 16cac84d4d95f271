/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/stamp.h"

#include <math.h>
#include <stdio.h>

enum { NUMBER_BITS = 32, GREEN_SHIFT = 8, HALF = 128, PATH_WIDTH = 1000, PATH_HEIGHT = 360 };

static const uint32_t black = 0x000000, white = 0xffffff;

/* Neither all black nor all white is a stamp. */
static unsigned
check_of(uint32_t number)
{
    return (number * 0x9e3779b1u >> 24) ^ 0x5a;
}

unsigned
stamp_cell(uint32_t number, unsigned index)
{
    if (index < NUMBER_BITS)
        return number >> index & 1;
    return check_of(number) >> (index - NUMBER_BITS) & 1;
}

void
stamp_paint(uint32_t *pixels, size_t stride, const struct stamp_place *place, uint32_t number)
{
    for (unsigned cell = 0; cell < STAMP_CELLS; cell++) {
        uint32_t colour = stamp_cell(number, cell) ? white : black;
        int left = place->x + (int)cell % place->columns * place->cell_width;
        int top = place->y + (int)cell / place->columns * place->cell_height;
        for (int y = top; y < top + place->cell_height; y++)
            for (int x = left; x < left + place->cell_width; x++)
                pixels[(size_t)y * stride + (size_t)x] = colour;
    }
}

bool
stamp_read(const uint32_t *pixels, size_t stride, const struct stamp_place *place, uint32_t *number)
{
    uint64_t bits = 0;
    for (unsigned cell = 0; cell < STAMP_CELLS; cell++) {
        int x = place->x + (int)cell % place->columns * place->cell_width + place->cell_width / 2;
        int y = place->y + (int)cell / place->columns * place->cell_height + place->cell_height / 2;
        uint32_t pixel = pixels[(size_t)y * stride + (size_t)x];
        bits |= (uint64_t)((pixel >> GREEN_SHIFT & 0xff) >= HALF) << cell;
    }
    *number = (uint32_t)bits;
    return bits >> NUMBER_BITS == check_of(*number);
}

bool
stamp_parse_place(const char *text, struct stamp_place *place)
{
    return sscanf(text, "%d,%d,%d,%d,%d", &place->x, &place->y, &place->cell_width,
                   &place->cell_height, &place->columns) == 5 &&
           place->x >= 0 && place->y >= 0 && place->cell_width > 0 && place->cell_height > 0 &&
           place->columns > 0;
}

void
stamp_path(uint32_t number, int *x, int *y)
{
    double t = number / 1e6;
    *x = (int)(PATH_WIDTH * (0.5 + 0.5 * sin(t * 1.1)));
    *y = (int)(PATH_HEIGHT * (0.5 + 0.5 * sin(t * 1.7)));
}
