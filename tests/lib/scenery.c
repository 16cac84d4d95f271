/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/scenery.h"

#include <glib.h>

enum {
    COLUMN = 6,
    LINE = 13,
    PROMPT = 12, /* characters that most lines begin with */
    PAGE_COLUMN = 9,
    PAGE_LINE = 20,
    TITLE = 22,
};

static uint32_t
mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t value = a * 0x9e3779b1U ^ b * 0x85ebca77U ^ c * 0xc2b2ae3dU;
    value = (value ^ value >> 15) * 0x2c1b3c6dU;
    return value ^ value >> 13;
}

/* How dark one of 40 characters is at a place of its cell: 0 to 255. */
static uint32_t
ink(uint32_t character, int x, int y, int width, int height)
{
    if (character == 0 || x == width - 1 || y < 2 || y >= height - 2)
        return 0;
    return mix(character % 40, (uint32_t)x, (uint32_t)y) >> 8 & 0xff;
}

static uint32_t
grey(uint32_t value)
{
    return value << 16 | value << 8 | value;
}

/* Lines of different lengths, in words; 0 is a blank. */
static uint32_t
character_at(int line, int column, int prompt)
{
    uint32_t length = 20 + mix((uint32_t)line, 1, 2) % 50;
    if (column < prompt)
        return 1 + (uint32_t)column;
    if (column >= (int)length || mix((uint32_t)line, (uint32_t)column, 3) % 6 == 0)
        return 0;
    return 1 + mix((uint32_t)line, (uint32_t)column, 4) % 39;
}

static uint32_t
terminal(int x, int y)
{
    int line = y / LINE, column = x / COLUMN;
    uint32_t character = character_at(line, column, line % 3 > 0 ? PROMPT : 0);
    return ink(character, x % COLUMN, y % LINE, COLUMN, LINE) > 128 ? 0xd0d0d0 : 0x101010;
}

static uint32_t
photo(int x, int y)
{
    uint32_t far = mix((uint32_t)(x / 24), (uint32_t)(y / 24), 5) & 0x3f3f3f;
    uint32_t soft = grey((uint32_t)(x + y) / 4 % 128);
    return soft + far + (mix((uint32_t)x, (uint32_t)y, 6) & 0x030303);
}

static uint32_t
page(int x, int y)
{
    int line = y / PAGE_LINE, column = x / PAGE_COLUMN;
    if (line % 30 >= 18 && x > 60 && x < 260)
        return photo(x, y);
    if (line % 9 == 8) /* between paragraphs */
        return 0xffffff;
    uint32_t character = character_at(line, column, 0);
    return 0xffffff - grey(ink(character, x % PAGE_COLUMN, y % PAGE_LINE, PAGE_COLUMN, PAGE_LINE));
}

uint32_t
scenery_pixel(enum scenery kind, int x, int y)
{
    switch (kind) {
    case SCENERY_TERMINAL:
        return terminal(x, y);
    case SCENERY_PAGE:
        return page(x, y);
    case SCENERY_PHOTO:
        return photo(x, y);
    case SCENERY_STRIPES:
        return y % 4 < 2 ? 0x404040 : 0xe0e0e0;
    case SCENERY_BRICKS:
        return mix((uint32_t)x % 32, (uint32_t)y % 16, 7) & DS_COLOURS;
    case SCENERY_PLAIN:
    case SCENERY_KINDS:
        break;
    }
    return 0x3a6ea5;
}

void
scenery_paint(const struct ds_canvas *canvas, const struct scenery_rect *rect, enum scenery kind,
        int from_x, int from_y)
{
    int right = MIN(rect->x + rect->width, canvas->width);
    int bottom = MIN(rect->y + rect->height, canvas->height);
    for (int y = MAX(rect->y, 0); y < bottom; y++)
        for (int x = MAX(rect->x, 0); x < right; x++)
            *ds_canvas_at(canvas, x, y) =
                    scenery_pixel(kind, from_x + x - rect->x, from_y + y - rect->y);
}

static void
fill(const struct ds_canvas *canvas, const struct scenery_rect *rect, uint32_t colour)
{
    int right = MIN(rect->x + rect->width, canvas->width);
    int bottom = MIN(rect->y + rect->height, canvas->height);
    for (int y = MAX(rect->y, 0); y < bottom; y++)
        for (int x = MAX(rect->x, 0); x < right; x++)
            *ds_canvas_at(canvas, x, y) = colour;
}

void
scenery_window(const struct ds_canvas *canvas, const struct scenery_rect *rect, enum scenery kind)
{
    const int x = rect->x, y = rect->y;
    const struct scenery_rect bar = {x + 1, y + 1, rect->width - 2, TITLE};
    const struct scenery_rect title = {x + 30, y + 5, 12 * COLUMN, LINE};
    const struct scenery_rect inside = {
            x + 1, y + 1 + TITLE, rect->width - 2, rect->height - 2 - TITLE};
    fill(canvas, rect, 0x222222);
    fill(canvas, &bar, 0x5050a0);
    scenery_paint(canvas, &title, SCENERY_TERMINAL, 0, LINE);
    scenery_paint(canvas, &inside, kind, 0, 0);
}
