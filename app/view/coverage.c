/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/coverage.h"

#include <stdlib.h>

#include "net/base/err.h"

int
ds_coverage_init(struct ds_coverage *c, size_t width, size_t height)
{
    *c = (struct ds_coverage){.width = width, .height = height, .missing = width * height};
    c->bits = calloc(height, (width + 7) / 8);
    return c->bits != NULL || c->missing == 0 ? DS_OK : DS_ERR_NOMEM;
}

/* Set the bits of `mask` in one byte and return how many of them were clear. */
static size_t
set_bits(uint8_t *byte, unsigned mask)
{
    unsigned added = mask & ~(unsigned)*byte;
    *byte = (uint8_t)(*byte | mask);
    return (size_t)__builtin_popcount(added);
}

/* Set the bits from `first` to before `end` of one row. */
static size_t
set_row(uint8_t *row, size_t first, size_t end)
{
    size_t added = 0;

    while (first < end) {
        size_t byte = first / 8;
        size_t stop = end < (byte + 1) * 8 ? end : (byte + 1) * 8;
        unsigned from_first = 0xffu >> first % 8;
        unsigned after_stop = 0xffu >> (stop - byte * 8);
        added += set_bits(&row[byte], from_first & ~after_stop);
        first = stop;
    }
    return added;
}

bool
ds_coverage_add(struct ds_coverage *c, size_t x, size_t y, size_t width, size_t height)
{
    if (c->missing == 0 || x >= c->width || y >= c->height)
        return false;
    size_t right = width < c->width - x ? x + width : c->width;
    size_t bottom = height < c->height - y ? y + height : c->height;
    for (; y < bottom; y++)
        c->missing -= set_row(c->bits + y * ((c->width + 7) / 8), x, right);
    return c->missing == 0;
}

void
ds_coverage_finish(struct ds_coverage *c)
{
    free(c->bits);
    *c = (struct ds_coverage){0};
}
