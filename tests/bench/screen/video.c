/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A film: the camera goes round over a landscape, things fly through the picture, and each frame
 * has a grain of its own, so that nothing in it is only moved.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/screen/photo.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/surface.h"
#include "tests/bench/screen/workload.h"

enum {
    WIDTH = 1280,
    HEIGHT = 720,
    MARGIN = 200, /* how far the camera goes */
    LAND_WIDTH = WIDTH + 2 * MARGIN,
    LAND_HEIGHT = HEIGHT + 2 * MARGIN,
    THING = 160,
    THINGS = 5,
    GRAIN = 1 << 16,
    VIDEO_X = 320,
    VIDEO_Y = 180,
};

static const struct stamp_place first = {0, 0, 8, 8, 8};
static const struct stamp_place last = {WIDTH - 64, HEIGHT - 40, 8, 8, 8};

static struct surface surface;
static uint32_t *land, *thing;
static uint32_t grain[GRAIN];

static uint32_t *
new_photo(int width, int height, uint32_t seed)
{
    uint32_t *pixels = calloc((size_t)width * (size_t)height, sizeof *pixels);
    if (pixels == NULL)
        err(EXIT_FAILURE, "memory");
    photo_paint(pixels, width, width, height, seed);
    return pixels;
}

static void
begin_at(xcb_connection_t *conn, int x, int y)
{
    unsigned seed = 3;
    for (size_t i = 0; i < GRAIN; i++) /* the photo leaves room for it */
        grain[i] = (uint32_t)(rand_r(&seed) >> 8) & 0x070707;
    land = new_photo(LAND_WIDTH, LAND_HEIGHT, 1);
    thing = new_photo(THING, THING, 2);
    surface_init(&surface, conn, x, y, WIDTH, HEIGHT);
    printf("STAMP %d,%d,8,8,8\nSTAMP %d,%d,8,8,8\n", x + first.x, y + first.y, x + last.x,
            y + last.y);
}

static void
begin_video(xcb_connection_t *conn)
{
    begin_at(conn, VIDEO_X, VIDEO_Y);
}

static void
begin_motion(xcb_connection_t *conn)
{
    begin_at(conn, 0, 0);
}

static void
paint_land(double t)
{
    int left = MARGIN + (int)(MARGIN * sin(t * 0.7)), top = MARGIN + (int)(MARGIN * sin(t * 0.9));
    unsigned seed = (unsigned)(t * 1000);
    for (int y = 0; y < HEIGHT; y++) {
        const uint32_t *from = land + (size_t)(top + y) * LAND_WIDTH + left;
        const uint32_t *dust = grain + rand_r(&seed) % (GRAIN - WIDTH);
        uint32_t *to = surface.pixels + (size_t)y * WIDTH;
        for (int x = 0; x < WIDTH; x++)
            to[x] = from[x] + dust[x];
    }
}

static void
paint_thing(int left, int top)
{
    for (int y = 0; y < THING; y++)
        memcpy(surface.pixels + (size_t)(top + y) * WIDTH + left, thing + (size_t)y * THING,
                THING * sizeof *thing);
}

static void
paint(unsigned frame, uint32_t now_us)
{
    double t = frame / 30.0;
    paint_land(t);
    for (int i = 0; i < THINGS; i++)
        paint_thing((int)((WIDTH - THING) * (0.5 + 0.5 * sin(t * (1 + 0.3 * i) + i))),
                (int)((HEIGHT - THING) * (0.5 + 0.5 * cos(t * (0.8 + 0.2 * i) + 2 * i))));
    stamp_paint(surface.pixels, WIDTH, &first, now_us);
    stamp_paint(surface.pixels, WIDTH, &last, now_us);
    surface_show(&surface, 0, 0, WIDTH, HEIGHT);
}

const struct workload workload_video = {"video", begin_video, paint};
const struct workload workload_motion = {"motion", begin_motion, paint};
