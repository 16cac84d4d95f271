/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/view/damage.h"
#include "tests/lib/seed.h"

enum { TILE = 64 };

static struct ds_rect rects[DS_DECODER_RECTS_MAX];

static void
mark(struct ds_damage *damage, unsigned x, unsigned y, unsigned width, unsigned height)
{
    ds_damage_mark(
            damage, &(struct ds_rect){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height});
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
    struct ds_damage damage;

    g_assert_cmpint(ds_damage_init(&damage, 200, 150), ==, DS_OK);
    g_assert_cmpuint(ds_damage_take(&damage, rects), ==, 0);
    mark(&damage, 199, 149, 1, 1);
    g_assert_cmpuint(ds_damage_take(&damage, rects), ==, 1);
    assert_rect(&rects[0], 3 * TILE, 2 * TILE, 8, 22);
    g_assert_cmpuint(ds_damage_take(&damage, rects), ==, 0);
    mark(&damage, TILE, 0, TILE, 2 * TILE); /* touches no tile beside it */
    mark(&damage, 0, 149, 1, 1);
    g_assert_cmpuint(ds_damage_take(&damage, rects), ==, 2);
    assert_rect(&rects[0], TILE, 0, TILE, 2 * TILE);
    assert_rect(&rects[1], 0, 2 * TILE, TILE, 22);
    ds_damage_finish(&damage);
    ds_damage_finish(&damage);
}

static void
assert_covered(size_t count, const uint8_t *written, unsigned width, unsigned height)
{
    for (size_t i = 0; i < count; i++) {
        g_assert_cmpuint(rects[i].x + rects[i].width, <=, width);
        g_assert_cmpuint(rects[i].y + rects[i].height, <=, height);
    }
    for (unsigned at = 0; at < width * height; at++)
        g_assert_true(!written[at] || is_in_rects(count, at % width, at / width));
}

/* Whatever was written is told, and nothing outside of the picture. */
static void
test_at_random(void)
{
    GRand *rand = test_seed();

    for (int round = 0; round < 30; round++) {
        struct ds_damage damage;
        unsigned width = (unsigned)g_rand_int_range(rand, 1, 500);
        unsigned height = (unsigned)g_rand_int_range(rand, 1, 500);
        g_autofree uint8_t *written = g_malloc(width * height);
        g_assert_cmpint(ds_damage_init(&damage, width, height), ==, DS_OK);
        for (int step = 0; step < 10; step++) {
            memset(written, 0, width * height);
            for (int i = g_rand_int_range(rand, 0, 6); i > 0; i--) {
                unsigned x = (unsigned)g_rand_int_range(rand, 0, (gint32)width);
                unsigned y = (unsigned)g_rand_int_range(rand, 0, (gint32)height);
                unsigned side = (unsigned)g_rand_int_range(rand, 1, 90);
                mark(&damage, x, y, MIN(width - x, side), MIN(height - y, side));
                for (unsigned row = y; row < y + MIN(height - y, side); row++)
                    memset(written + row * width + x, 1, MIN(width - x, side));
            }
            assert_covered(ds_damage_take(&damage, rects), written, width, height);
        }
        ds_damage_finish(&damage);
    }
    g_rand_free(rand);
}

/* More runs than a message holds: the last rectangle covers the rest. */
static void
test_too_many(void)
{
    enum { SIDE = 40 };
    struct ds_damage damage;

    g_assert_cmpint(ds_damage_init(&damage, SIDE * TILE, SIDE * TILE), ==, DS_OK);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = y % 2; x < SIDE; x += 2)
            mark(&damage, x * TILE + 1, y * TILE + 1, 1, 1);
    size_t count = ds_damage_take(&damage, rects);
    g_assert_cmpuint(count, ==, DS_DECODER_RECTS_MAX);
    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = y % 2; x < SIDE; x += 2)
            g_assert_true(is_in_rects(count, x * TILE + 1, y * TILE + 1));
    ds_damage_finish(&damage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/damage/by-hand", test_by_hand);
    g_test_add_func("/view/damage/at-random", test_at_random);
    g_test_add_func("/view/damage/too-many", test_too_many);
    return g_test_run();
}
