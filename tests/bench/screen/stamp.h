/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number that is painted with each change and read from a viewer's pixels: cells, black or white,
 * the first of each row on the left; 32 bits, and 8 more that tell a stamp from other pixels. It
 * survives JPEG, whatever its quality.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* STAMP_CELLS cells in rows of `columns`; pixels. */
struct stamp_place {
    int x, y, cell_width, cell_height, columns;
};

enum { STAMP_CELLS = 40 };

/* Return 1 or 0: is cell `index` of the number's stamp white? */
unsigned stamp_cell(uint32_t number, unsigned index);

/* Paint a stamp into pixels of 0xRRGGBB, `stride` of them in a row, where it must fit. */
void stamp_paint(uint32_t *pixels, size_t stride, const struct stamp_place *place, uint32_t number);

/* Read a stamp; return false when none is there, or not all of it. */
bool stamp_read(
        const uint32_t *pixels, size_t stride, const struct stamp_place *place, uint32_t *number);

/*
 * Take a place from text, "X,Y,CELL_WIDTH,CELL_HEIGHT,COLUMNS"; return false when it is none.
 */
bool stamp_parse_place(const char *text, struct stamp_place *place);

/* Where a dragged window is, relative to its first place, whose stamp has this number; pixels. */
void stamp_path(uint32_t number, int *x, int *y);
