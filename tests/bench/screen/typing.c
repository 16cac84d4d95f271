/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody types into a page of text: one letter after the other, and a small stamp beside them. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/screen/page.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/surface.h"
#include "tests/bench/screen/workload.h"

enum {
    X = 400,
    Y = 200,
    WIDTH = 900,
    HEIGHT = 600,
    LINE_Y = 300, /* what stands on the page above the line comes again on it, letter by letter */
    LINE_HEIGHT = 40,
    LETTER = 9,
};

static const struct stamp_place place = {0, 0, 4, 4, 8};

static struct surface surface;

static void
begin(xcb_connection_t *conn)
{
    surface_init(&surface, conn, X, Y, WIDTH, HEIGHT);
    memcpy(surface.pixels, page_new(WIDTH, HEIGHT, false),
            (size_t)WIDTH * HEIGHT * sizeof *surface.pixels);
    surface_show(&surface, 0, 0, WIDTH, HEIGHT);
    printf("STAMP %d,%d,4,4,8\n", X + place.x, Y + place.y);
}

static void
paint(unsigned frame, uint32_t now_us)
{
    unsigned letters = WIDTH / LETTER;
    unsigned x = frame % letters * LETTER, from_y = 40 + frame / letters % 5 * LINE_HEIGHT;
    for (unsigned y = 0; y < LINE_HEIGHT; y++)
        memcpy(surface.pixels + (size_t)(LINE_Y + y) * WIDTH + x,
                surface.pixels + (size_t)(from_y + y) * WIDTH + x, LETTER * sizeof(uint32_t));
    stamp_paint(surface.pixels, WIDTH, &place, now_us);
    surface_put(&surface, (int)x, LINE_Y, LETTER, LINE_HEIGHT);
    surface_put(&surface, place.x, place.y, 32, 20);
    surface_wait(&surface);
}

const struct workload workload_typing = {"typing", begin, paint};
