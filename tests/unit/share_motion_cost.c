/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What looking for motion costs, in pixels that are looked at: that does not grow as screens do. */
#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "app/share/capture/motion.h"

enum {
    NOISE = 1 << 20, /* pixels that all rows are cut from, so that much of it comes again */
    STEP = 20,       /* that something is scrolled by */
    ROW_MAX = 7680,
};

static uint32_t noise[NOISE + ROW_MAX];

/* A whole screen that was drawn anew. */
struct screen {
    struct ds_canvas old;
    uint32_t *fresh;
    unsigned moves;
    uint64_t moved; /* pixels */
};

static void
fill_noise(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++) {
        state = state * UINT32_C(1664525) + UINT32_C(1013904223);
        noise[i] = state >> 8;
    }
}

/* Any number has a row of its own. */
static void
paint_row(uint32_t *to, int width, uint32_t number)
{
    uint32_t at = (number ^ number >> 9) * UINT32_C(0x85ebca6b);
    at = (at ^ at >> 13) * UINT32_C(0xc2b2ae35);
    memcpy(to, noise + at % NOISE, (size_t)width * sizeof *to);
}

static void
screen_init(struct screen *screen, int width, int height, uint32_t first)
{
    const size_t count = (size_t)width * (size_t)height;
    *screen = (struct screen){{g_new(uint32_t, count), width, height}, g_new(uint32_t, count)};
    for (int y = 0; y < height; y++) {
        size_t at = (size_t)y * (size_t)width;
        paint_row(screen->old.pixels + at, width, (uint32_t)y);
        paint_row(screen->fresh + at, width, first + (uint32_t)y);
    }
}

static void
on_moved(void *arg, const struct ds_move *move)
{
    struct screen *screen = arg;
    screen->moves++;
    screen->moved += (uint64_t)move->width * (uint64_t)move->height;
}

static void
screen_finish(struct screen *screen)
{
    g_free(screen->old.pixels);
    g_free(screen->fresh);
}

/* Returns the number of pixels that were looked at. */
static uint64_t
look_with(struct ds_motion *motion, struct screen *screen)
{
    const struct ds_band band = {
            .width = screen->old.width,
            .height = screen->old.height,
            .fresh = screen->fresh,
    };
    uint64_t before = ds_motion_looked(motion);
    ds_motion_apply(motion, &screen->old, &band, 1, on_moved, screen);
    return ds_motion_looked(motion) - before;
}

static uint64_t
look(struct screen *screen)
{
    struct ds_motion *motion = ds_motion_new();
    uint64_t looked = look_with(motion, screen);
    ds_motion_free(motion);
    screen_finish(screen);
    g_test_message("%d x %d: %" G_GUINT64_FORMAT " pixels looked at, %u moves", screen->old.width,
            screen->old.height, looked, screen->moves);
    return looked;
}

/* Everything is new, and a thousand rows are what others were elsewhere. */
static uint64_t
look_at_film(int width, int height)
{
    struct screen screen;
    screen_init(&screen, width, height, 1 << 20);
    uint64_t looked = look(&screen);
    g_assert_cmpuint(screen.moves, ==, 0);
    return looked;
}

static void
test_film(void)
{
    uint64_t full_hd = look_at_film(1920, 1080);
    uint64_t ultra_hd = look_at_film(3840, 2160);
    uint64_t twice_that = look_at_film(7680, 4320);
    g_assert_cmpuint(full_hd, >, 100000);
    g_assert_cmpuint(full_hd, <, 1920 * 1080 / 2);
    g_assert_cmpuint(ultra_hd, <, 3 * full_hd);
    g_assert_cmpuint(twice_that, <, 3 * ultra_hd);
    g_assert_cmpuint(twice_that, <, 7680 * 4320 / 10);
}

/* What is found is looked at more closely, and still not all of it. */
static void
test_scrolled(void)
{
    struct screen screen;
    screen_init(&screen, 1920, 1080, STEP);
    uint64_t looked = look(&screen);
    g_assert_cmpuint(screen.moves, ==, 1);
    g_assert_cmpuint(screen.moved, ==, 1920 * (1080 - STEP));
    g_assert_cmpuint(looked, <, 1920 * 1080);
}

/* A film that goes on is looked at now and then, so that what is scrolled there is found soon. */
static void
test_film_rests(void)
{
    struct ds_motion *motion = ds_motion_new();
    struct screen film, scrolled;
    unsigned looks = 0;

    screen_init(&film, 640, 480, 1 << 20);
    for (unsigned i = 0; i < 48; i++)
        looks += look_with(motion, &film) > 0;
    g_assert_cmpuint(looks, ==, 8 + 40 / 8);
    for (unsigned i = 0; i < 16; i++) {
        screen_init(&scrolled, 640, 480, STEP);
        look_with(motion, &scrolled);
        g_assert_true(i < 7 || scrolled.moves == 1); /* and from then on each time */
        screen_finish(&scrolled);
    }
    screen_finish(&film);
    ds_motion_free(motion);
}

/* Things that fly through a film save less than it costs to look for them each time. */
static void
test_film_with_things(void)
{
    struct ds_motion *motion = ds_motion_new();
    unsigned looks = 0;

    for (unsigned i = 0; i < 24; i++) {
        struct screen film;
        screen_init(&film, 640, 480, 1 << 20);
        for (size_t y = 100; y < 228; y++)
            memcpy(film.fresh + y * 640 + 100, film.old.pixels + (y - 9) * 640 + 90,
                    128 * sizeof *film.fresh);
        const bool has_looked = look_with(motion, &film) > 0;
        looks += has_looked;
        g_assert_cmpuint(film.moves, ==, has_looked ? 1 : 0);
        screen_finish(&film);
    }
    g_assert_cmpuint(looks, ==, 8 + 16 / 8);
    ds_motion_free(motion);
}

/* The rest of an update is cheaper than any search. */
static void
test_small(void)
{
    struct screen screen;
    screen_init(&screen, 100, 100, STEP);
    g_assert_cmpuint(look(&screen), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fill_noise();
    g_test_add_func("/motion-cost/film", test_film);
    g_test_add_func("/motion-cost/film-rests", test_film_rests);
    g_test_add_func("/motion-cost/film-with-things", test_film_with_things);
    g_test_add_func("/motion-cost/scrolled", test_scrolled);
    g_test_add_func("/motion-cost/small", test_small);
    return g_test_run();
}
