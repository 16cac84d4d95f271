/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "app/share/capture/tiles.h"
#include "tests/lib/seed.h"

enum { WIDTH = 150, HEIGHT = 101, PAD = (int)0xab000000 };

static uint32_t old[WIDTH * HEIGHT], fresh[WIDTH * HEIGHT];
static bool marked[WIDTH * HEIGHT];
static int calls;

static void
on_changed(void *arg, int x, int y, int width, int height)
{
    const struct ds_band *band = arg;
    calls++;
    g_assert_cmpint(x, >=, band->x);
    g_assert_cmpint(y, >=, band->y);
    g_assert_cmpint(x + width, <=, band->x + band->width);
    g_assert_cmpint(y + height, <=, band->y + band->height);
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++) {
            g_assert_false(marked[row * WIDTH + column]); /* none twice */
            marked[row * WIDTH + column] = true;
        }
}

static void
update(int x, int y, int width, int height)
{
    struct ds_canvas canvas = {.pixels = old, .width = WIDTH, .height = HEIGHT};
    struct ds_band band = {.x = x, .y = y, .width = width, .height = height, .fresh = fresh};
    memset(marked, 0, sizeof marked);
    calls = 0;
    ds_tiles_update(&canvas, &band, on_changed, &band);
}

static void
test_same(void)
{
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        old[i] = (uint32_t)i;
        fresh[i] = (uint32_t)i | (uint32_t)PAD; /* the pad says nothing */
    }
    update(0, 0, WIDTH, HEIGHT);
    g_assert_cmpint(calls, ==, 0);
}

static void
test_one_pixel(void)
{
    test_same();
    fresh[40 * WIDTH + 70] ^= 0x10;
    update(0, 0, WIDTH, HEIGHT);
    g_assert_cmpint(calls, ==, 1);
    g_assert_true(marked[40 * WIDTH + 70]);
    g_assert_true(marked[40 * WIDTH + 64] && marked[40 * WIDTH + 95]); /* its tile's row */
    g_assert_false(marked[40 * WIDTH + 63] || marked[40 * WIDTH + 96]);
    g_assert_false(marked[39 * WIDTH + 70] || marked[41 * WIDTH + 70]);
    g_assert_cmphex(old[40 * WIDTH + 70], ==, (40 * WIDTH + 70) ^ 0x10);
}

/* What came into view at the edge of what was scrolled is no more than that. */
static void
test_strip(void)
{
    test_same();
    for (int i = 60 * WIDTH; i < 70 * WIDTH; i++)
        fresh[i] ^= 0x20;
    update(0, 0, WIDTH, HEIGHT);
    g_assert_cmpint(calls, ==, 2); /* in two rows of tiles */
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        g_assert_true(marked[i] == (i >= 60 * WIDTH && i < 70 * WIDTH));
}

/* What a band shows that the picture shows too is taken off, above and below. */
static void
test_trim(void)
{
    const struct ds_canvas canvas = {.pixels = old, .width = WIDTH, .height = HEIGHT};
    const struct ds_band all = {.width = WIDTH, .height = HEIGHT, .fresh = fresh};
    struct ds_band band = all;
    test_same();
    g_assert_false(ds_tiles_trim(&canvas, &band));
    fresh[20 * WIDTH + 3] ^= 1;
    fresh[25 * WIDTH + 9] ^= 1;
    band = all;
    g_assert_true(ds_tiles_trim(&canvas, &band));
    g_assert_cmpint(band.y, ==, 20);
    g_assert_cmpint(band.height, ==, 6);
    g_assert_true(band.fresh == fresh + 20 * WIDTH);
    fresh[0] ^= 1;
    fresh[WIDTH * HEIGHT - 1] ^= 1;
    band = all;
    g_assert_true(ds_tiles_trim(&canvas, &band));
    g_assert_cmpint(band.y, ==, 0);
    g_assert_cmpint(band.height, ==, HEIGHT);
}

/* Random rectangles with random changes: the picture is the new one, all that changed is marked. */
static void
test_random(void)
{
    g_autoptr(GRand) rand = test_seed();
    for (int round = 0; round < 200; round++) {
        uint32_t before[WIDTH * HEIGHT], wanted[WIDTH * HEIGHT];
        int x = g_rand_int_range(rand, 0, WIDTH), y = g_rand_int_range(rand, 0, HEIGHT);
        int width = g_rand_int_range(rand, 1, WIDTH - x + 1);
        int height = g_rand_int_range(rand, 1, HEIGHT - y + 1);
        memcpy(before, old, sizeof old);
        memcpy(wanted, old, sizeof old);
        for (int row = 0; row < height; row++)
            for (int column = 0; column < width; column++) {
                int at = (y + row) * WIDTH + x + column;
                if (g_rand_int_range(rand, 0, 500) == 0)
                    wanted[at] = g_rand_int(rand) & 0xffffff;
                fresh[row * width + column] = wanted[at] | (g_rand_int(rand) & 0xff000000);
            }
        update(x, y, width, height);
        g_assert_cmpmem(old, sizeof old, wanted, sizeof wanted);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            g_assert_true(marked[i] || before[i] == old[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tiles/same", test_same);
    g_test_add_func("/tiles/one-pixel", test_one_pixel);
    g_test_add_func("/tiles/strip", test_strip);
    g_test_add_func("/tiles/trim", test_trim);
    g_test_add_func("/tiles/random", test_random);
    return g_test_run();
}
