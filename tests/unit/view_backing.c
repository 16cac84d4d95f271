/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/view/backing.h"
#include "tests/lib/seed.h"

enum { TILE = 64 };

static struct ds_rect rects[DS_DECODER_RECTS_MAX];

static void
put(struct ds_backing *backing, unsigned x, unsigned y, unsigned width, unsigned height)
{
    static uint32_t colour;

    for (unsigned row = y; row < y + height; row++)
        for (unsigned column = x; column < x + width; column++)
            backing->pixels[row * backing->width + column] = ++colour;
    ds_backing_mark(backing,
            &(struct ds_rect){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height});
}

static void
assert_rect(const struct ds_rect *rect, unsigned x, unsigned y, unsigned width, unsigned height)
{
    g_assert_cmpuint(rect->x, ==, x);
    g_assert_cmpuint(rect->y, ==, y);
    g_assert_cmpuint(rect->width, ==, width);
    g_assert_cmpuint(rect->height, ==, height);
}

static bool
is_in_rects(size_t count, unsigned x, unsigned y)
{
    for (size_t i = 0; i < count; i++)
        if (x >= rects[i].x && x < rects[i].x + rects[i].width && y >= rects[i].y &&
                y < rects[i].y + rects[i].height)
            return true;
    return false;
}

/* Runs of tiles, cut at the picture's edge, and joined with the same run above them. */
static void
test_by_hand(void)
{
    struct ds_backing backing;
    g_autofree uint32_t *pixels = g_new0(uint32_t, 200 * 150);

    g_assert_cmpint(ds_backing_init(&backing, 200, 150), ==, DS_OK);
    g_assert_cmpuint(ds_backing_copy(&backing, pixels, rects), ==, 0);
    put(&backing, 199, 149, 1, 1);
    g_assert_cmpuint(ds_backing_copy(&backing, pixels, rects), ==, 1);
    assert_rect(&rects[0], 3 * TILE, 2 * TILE, 8, 22);
    g_assert_cmpuint(ds_backing_copy(&backing, pixels, rects), ==, 0);
    put(&backing, TILE, 0, TILE, 2 * TILE); /* touches no tile beside it */
    put(&backing, 0, 149, 1, 1);
    g_assert_cmpuint(ds_backing_copy(&backing, pixels, rects), ==, 2);
    assert_rect(&rects[0], TILE, 0, TILE, 2 * TILE);
    assert_rect(&rects[1], 0, 2 * TILE, TILE, 22);
    g_assert_cmpmem(pixels, 200 * 150 * 4, backing.pixels, 200 * 150 * 4);
    ds_backing_finish(&backing);
    ds_backing_finish(&backing);
}

/* Whatever was written is copied, and said; what was not is left alone. */
static void
test_at_random(void)
{
    GRand *rand = test_seed();

    for (int round = 0; round < 30; round++) {
        struct ds_backing backing;
        unsigned width = (unsigned)g_rand_int_range(rand, 1, 500);
        unsigned height = (unsigned)g_rand_int_range(rand, 1, 500);
        g_autofree uint32_t *pixels = g_new0(uint32_t, width * height);
        g_autofree uint32_t *before = g_new0(uint32_t, width * height);
        g_assert_cmpint(ds_backing_init(&backing, width, height), ==, DS_OK);
        for (int step = 0; step < 10; step++) {
            for (int i = g_rand_int_range(rand, 0, 6); i > 0; i--) {
                unsigned x = (unsigned)g_rand_int_range(rand, 0, (gint32)width);
                unsigned y = (unsigned)g_rand_int_range(rand, 0, (gint32)height);
                unsigned side = (unsigned)g_rand_int_range(rand, 1, 90);
                put(&backing, x, y, MIN(width - x, side), MIN(height - y, side));
            }
            size_t count = ds_backing_copy(&backing, pixels, rects);
            g_assert_cmpmem(pixels, width * height * 4UL, backing.pixels, width * height * 4UL);
            for (unsigned at = 0; at < width * height; at++)
                g_assert_true(
                        pixels[at] == before[at] || is_in_rects(count, at % width, at / width));
            memcpy(before, pixels, width * height * 4UL);
        }
        ds_backing_finish(&backing);
    }
    g_rand_free(rand);
}

/* More runs than a message holds: the last rectangle covers the rest. */
static void
test_too_many(void)
{
    enum { SIDE = 40 };
    struct ds_backing backing;
    g_autofree uint32_t *pixels = g_new0(uint32_t, SIDE * TILE * SIDE * TILE);

    g_assert_cmpint(ds_backing_init(&backing, SIDE * TILE, SIDE * TILE), ==, DS_OK);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = y % 2; x < SIDE; x += 2)
            put(&backing, x * TILE + 1, y * TILE + 1, 1, 1);
    size_t count = ds_backing_copy(&backing, pixels, rects);
    g_assert_cmpuint(count, ==, DS_DECODER_RECTS_MAX);
    g_assert_cmpmem(pixels, sizeof *pixels * SIDE * TILE * SIDE * TILE, backing.pixels,
            sizeof *pixels * SIDE * TILE * SIDE * TILE);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = y % 2; x < SIDE; x += 2)
            g_assert_true(is_in_rects(count, x * TILE + 1, y * TILE + 1));
    ds_backing_finish(&backing);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/backing/by-hand", test_by_hand);
    g_test_add_func("/view/backing/at-random", test_at_random);
    g_test_add_func("/view/backing/too-many", test_too_many);
    return g_test_run();
}
