/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/share/capture/bands.h"
#include "tests/lib/seed.h"

enum { SIDE = 500 };

static void
expect(const struct ds_bands *bands, size_t i, int x, int y, int width, int height)
{
    g_assert_cmpuint(i, <, bands->count);
    g_assert_cmpint(bands->list[i].x, ==, x);
    g_assert_cmpint(bands->list[i].y, ==, y);
    g_assert_cmpint(bands->list[i].width, ==, width);
    g_assert_cmpint(bands->list[i].height, ==, height);
}

/* What a dragged window damages comes in three pieces. */
static void
test_dragged(void)
{
    struct ds_bands bands = {.count = 0};
    ds_bands_add(&bands, 100, 100, 400, 10);
    ds_bands_add(&bands, 100, 110, 415, 290);
    ds_bands_add(&bands, 115, 400, 400, 10);
    g_assert_cmpuint(bands.count, ==, 1);
    expect(&bands, 0, 100, 100, 415, 310);
}

/* A terminal, and a clock beside it that cuts it in three. */
static void
test_cut(void)
{
    struct ds_bands bands = {.count = 0};
    ds_bands_add(&bands, 0, 0, 400, 100);
    ds_bands_add(&bands, 0, 100, 400, 20);
    ds_bands_add(&bands, 1500, 100, 80, 20);
    ds_bands_add(&bands, 0, 120, 400, 300);
    g_assert_cmpuint(bands.count, ==, 2);
    expect(&bands, 1, 0, 0, 400, 420);
    expect(&bands, 0, 1500, 100, 80, 20);
    g_assert_cmpuint(ds_bands_pixels(&bands), ==, 400 * 420 + 80 * 20);
    ds_bands_unite(&bands);
    g_assert_cmpuint(bands.count, ==, 1);
    expect(&bands, 0, 0, 0, 1580, 420);
}

/* However many come, nothing is forgotten, and they stay few. */
static void
test_many(void)
{
    g_autoptr(GRand) rand = test_seed();
    static bool is_wanted[SIDE][SIDE], is_there[SIDE][SIDE];
    struct ds_bands bands = {.count = 0};
    for (int i = 0; i < 1000; i++) {
        int x = g_rand_int_range(rand, 0, SIDE - 10), y = g_rand_int_range(rand, 0, SIDE - 10);
        /* Stretched, so that they stay far from each other. */
        ds_bands_add(&bands, x * 16, y * 16, 3 * 16, 2 * 16);
        g_assert_cmpuint(bands.count, <=, DS_BANDS_MAX);
        for (int j = 0; j < 6; j++)
            is_wanted[y + j / 3][x + j % 3] = true;
    }
    g_assert_cmpuint(bands.count, >, 1);
    for (size_t i = 0; i < bands.count; i++) {
        const struct ds_band *band = &bands.list[i];
        for (int y = band->y / 16; y < (band->y + band->height) / 16; y++)
            memset(&is_there[y][band->x / 16], true, (size_t)band->width / 16);
    }
    for (int i = 0; i < SIDE * SIDE; i++)
        g_assert_true(is_there[i / SIDE][i % SIDE] || !is_wanted[i / SIDE][i % SIDE]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bands/dragged", test_dragged);
    g_test_add_func("/bands/cut", test_cut);
    g_test_add_func("/bands/many", test_many);
    return g_test_run();
}
