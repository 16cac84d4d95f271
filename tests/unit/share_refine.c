/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is held with loss becomes exact when it rests, and nothing else is touched. */
#include <glib.h>

#include "app/share/rfb/refine.h"

enum { WIDTH = 1000, HEIGHT = 300, SIDE = DS_REFINE_SIDE, NOW_US = 5000000, FRAME_US = 33000 };
enum { REST = DS_REFINE_REST_US, RESTLESS = DS_REFINE_RESTLESS_US, MANY = 1000 };

static const struct ds_refine_rect whole = {0, 0, WIDTH, HEIGHT};
static const struct ds_refine_rect tile = {SIDE, SIDE, SIDE, SIDE};

static void
start(struct ds_refine *refine)
{
    ds_refine_init(refine, WIDTH, HEIGHT);
    g_assert_cmpuint(ds_refine_next_us(refine), ==, UINT64_MAX);
}

/* Take all that is due, and return its area in pixels. */
static unsigned
take(struct ds_refine *refine, uint64_t now_us, int tiles_max)
{
    struct ds_refine_rect rect;
    unsigned area = 0;
    while (ds_refine_take(refine, now_us, tiles_max, &rect)) {
        g_assert_cmpint(rect.x % SIDE, ==, 0);
        g_assert_cmpint(rect.y % SIDE, ==, 0);
        g_assert_cmpint(rect.width, <=, tiles_max * SIDE);
        g_assert_cmpint(rect.height, <=, SIDE);
        g_assert_cmpint(rect.x + rect.width, <=, WIDTH);
        g_assert_cmpint(rect.y + rect.height, <=, HEIGHT);
        area += (unsigned)(rect.width * rect.height);
    }
    return area;
}

static void
test_rest(void)
{
    struct ds_refine refine;
    for (int tiles_max = 1; tiles_max <= 20; tiles_max++) {
        start(&refine);
        ds_refine_sent(&refine, &whole, true, NOW_US);
        g_assert_cmpuint(ds_refine_next_us(&refine), ==, NOW_US + REST);
        g_assert_cmpuint(take(&refine, NOW_US + REST - 1, tiles_max), ==, 0);
        g_assert_cmpuint(take(&refine, NOW_US + REST, tiles_max), ==, WIDTH * HEIGHT);
        g_assert_cmpuint(ds_refine_next_us(&refine), ==, UINT64_MAX);
        ds_refine_finish(&refine);
    }
}

/* A film is told by its changes: many, one soon after the other, and not long ago. */
static void
test_restless(void)
{
    struct ds_refine refine;
    uint64_t now_us = NOW_US;
    start(&refine);
    for (unsigned i = 0; i < 6; i++, now_us += FRAME_US) {
        g_assert_false(ds_refine_is_restless(&refine, 1, 1, now_us));
        ds_refine_sent(&refine, &tile, true, now_us);
    }
    g_assert_true(ds_refine_is_restless(&refine, 1, 1, now_us));
    g_assert_false(ds_refine_is_restless(&refine, 2, 1, now_us)); /* another tile */
    g_assert_false(ds_refine_is_restless(&refine, 1, 1, now_us + 1000000));
    ds_refine_finish(&refine);
}

/* Only what covers a tile makes it exact; what touches it makes it lossy. */
static void
test_parts(void)
{
    const struct ds_refine_rect dot = {SIDE + 5, SIDE + 7, 1, 1};
    const struct ds_refine_rect most = {SIDE, SIDE, SIDE, SIDE - 1};
    const struct ds_refine_rect corner = {960, 256, WIDTH - 960, HEIGHT - 256};
    struct ds_refine refine;

    start(&refine);
    ds_refine_sent(&refine, &dot, true, NOW_US);
    g_assert_cmpuint(refine.lossy, ==, 1);
    ds_refine_sent(&refine, &most, false, NOW_US + 1);
    g_assert_cmpuint(refine.lossy, ==, 1);
    g_assert_cmpuint(ds_refine_next_us(&refine), ==, NOW_US + REST); /* it was not shaken */
    ds_refine_sent(&refine, &tile, false, NOW_US + 2);
    g_assert_cmpuint(refine.lossy, ==, 0);
    ds_refine_sent(&refine, &corner, true, NOW_US + 3);
    g_assert_cmpuint(take(&refine, NOW_US + MANY * REST, MANY), ==, 40 * 44);
    ds_refine_sent(&refine, &corner, true, NOW_US + 4);
    ds_refine_sent(&refine, &corner, false, NOW_US + 5); /* a tile that the screen's edge cuts */
    g_assert_cmpuint(refine.lossy, ==, 0);
    ds_refine_finish(&refine);
}

/* A film has to rest for longer; it is forgiven afterwards. */
static void
test_film(void)
{
    struct ds_refine refine;
    uint64_t now_us = NOW_US;

    start(&refine);
    for (unsigned i = 0; i < 1000; i++, now_us += FRAME_US) {
        ds_refine_sent(&refine, &tile, true, now_us);
        g_assert_cmpuint(take(&refine, now_us + FRAME_US, MANY), ==, 0);
    }
    now_us -= FRAME_US;
    g_assert_cmpuint(ds_refine_next_us(&refine), ==, now_us + RESTLESS);
    g_assert_cmpuint(take(&refine, now_us + RESTLESS, MANY), ==, SIDE * SIDE);
    now_us += 10 * RESTLESS;
    ds_refine_sent(&refine, &tile, true, now_us);
    g_assert_cmpuint(ds_refine_next_us(&refine), ==, now_us + REST);
    ds_refine_finish(&refine);
}

/* A move is noted when it is seen, and an update as of when it began: both are one change. */
static void
test_film_moved(void)
{
    struct ds_refine refine;
    uint64_t now_us = NOW_US;

    start(&refine);
    for (unsigned i = 0; i < 10; i++, now_us += FRAME_US) {
        ds_refine_sent(&refine, &tile, true, now_us);
        ds_refine_moved(&refine, &tile, 1, 0, now_us + 2000);
        ds_refine_sent(&refine, &tile, true, now_us);
    }
    now_us -= FRAME_US;
    g_assert_cmpuint(ds_refine_next_us(&refine), >=, now_us + RESTLESS);
    ds_refine_finish(&refine);
}

/* What rests beside a film is not kept waiting by it. */
static void
test_beside(void)
{
    const struct ds_refine_rect next = {2 * SIDE, SIDE, SIDE, SIDE};
    struct ds_refine refine;
    struct ds_refine_rect rect;

    start(&refine);
    ds_refine_sent(&refine, &tile, true, NOW_US + REST / 2);
    ds_refine_sent(&refine, &next, true, NOW_US);
    g_assert_true(ds_refine_take(&refine, NOW_US + REST, MANY, &rect));
    g_assert_cmpint(rect.x, ==, next.x);
    g_assert_cmpint(rect.width, ==, SIDE);
    g_assert_false(ds_refine_take(&refine, NOW_US + REST, MANY, &rect));
    g_assert_cmpuint(ds_refine_next_us(&refine), ==, NOW_US + REST / 2 + REST);
    ds_refine_finish(&refine);
}

/* Loss moves with the pixels, in every direction, over itself too. */
static void
test_moved(void)
{
    static const int steps[] = {-70, -64, -1, 0, 1, 64, 70};
    const struct ds_refine_rect to = {128, 128, 192, 128};
    struct ds_refine refine;

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(steps); j++) {
            const int dx = steps[i], dy = steps[j];
            const struct ds_refine_rect dot = {230 - dx, 190 - dy, 1, 1};
            start(&refine);
            ds_refine_sent(&refine, &dot, true, NOW_US);
            ds_refine_moved(&refine, &to, dx, dy, NOW_US + 1);
            size_t at = (size_t)(190 / SIDE) * (size_t)refine.columns + 230 / SIDE;
            g_assert_true(refine.tiles[at].is_lossy);
            g_assert_cmpuint(ds_refine_next_us(&refine), <=, NOW_US + 1 + REST);
            ds_refine_finish(&refine);
        }
}

/* A move brings what is exact, too; what comes from off the screen is nobody's loss. */
static void
test_moved_exact(void)
{
    const struct ds_refine_rect far = {0, 0, 128, 128};
    struct ds_refine refine;

    start(&refine);
    ds_refine_sent(&refine, &far, true, NOW_US);
    ds_refine_moved(&refine, &far, -500, 0, NOW_US + 1);
    g_assert_cmpuint(refine.lossy, ==, 0);
    ds_refine_sent(&refine, &far, true, NOW_US);
    ds_refine_moved(&refine, &far, 5000, -5000, NOW_US + 1);
    g_assert_cmpuint(refine.lossy, ==, 0);
    ds_refine_finish(&refine);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/refine/rest", test_rest);
    g_test_add_func("/share/refine/restless", test_restless);
    g_test_add_func("/share/refine/parts", test_parts);
    g_test_add_func("/share/refine/film", test_film);
    g_test_add_func("/share/refine/film-moved", test_film_moved);
    g_test_add_func("/share/refine/beside", test_beside);
    g_test_add_func("/share/refine/moved", test_moved);
    g_test_add_func("/share/refine/moved-exact", test_moved_exact);
    return g_test_run();
}
