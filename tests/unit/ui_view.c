/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include <glib.h>

#include "tests/lib/seed.h"
#include "ui/view/fit.h"
#include "ui/view/held.h"

static void
assert_fit(struct ds_fit fit, int x, int y, int width, int height)
{
    g_assert_cmpint(fit.x, ==, x);
    g_assert_cmpint(fit.y, ==, y);
    g_assert_cmpint(fit.width, ==, width);
    g_assert_cmpint(fit.height, ==, height);
}

static void
test_fit(void)
{
    assert_fit(ds_fit_make(800, 600, 800, 600), 0, 0, 800, 600);
    assert_fit(ds_fit_make(800, 600, 400, 300), 0, 0, 800, 600);
    assert_fit(ds_fit_make(800, 700, 400, 300), 0, 50, 800, 600);
    assert_fit(ds_fit_make(900, 600, 400, 300), 50, 0, 800, 600);
    assert_fit(ds_fit_make(10, 10, 65535, 1), 0, 4, 10, 1);
    assert_fit(ds_fit_make(32767, 32767, 16384, 16384), 0, 0, 32767, 32767);
    g_assert_cmpint(ds_fit_make(0, 600, 400, 300).width, ==, 0);
    g_assert_cmpint(ds_fit_make(800, 600, 0, 300).width, ==, 0);
    g_assert_cmpint(ds_fit_make(800, -1, 400, 300).width, ==, 0);
}

static void
test_to_picture(void)
{
    struct ds_fit fit = ds_fit_make(800, 700, 400, 300);
    int x, y;
    g_assert_true(ds_fit_to_picture(&fit, 0, 50, &x, &y));
    g_assert_true(x == 0 && y == 0);
    g_assert_true(ds_fit_to_picture(&fit, 799.9, 649.9, &x, &y));
    g_assert_true(x == 399 && y == 299);
    g_assert_true(ds_fit_to_picture(&fit, 3, 54, &x, &y));
    g_assert_true(x == 1 && y == 2);
    g_assert_false(ds_fit_to_picture(&fit, 100, 49.9, &x, &y));
    g_assert_true(x == 50 && y == 0);
    g_assert_false(ds_fit_to_picture(&fit, -1e9, 1e9, &x, &y));
    g_assert_true(x == 0 && y == 299);
}

/* Wherever a pixel is drawn, a click there hits it, and its damage covers it. */
static void
test_fit_random(void)
{
    GRand *rand = test_seed();
    for (int round = 0; round < 20000; round++) {
        int width = g_rand_int_range(rand, 1, 4000), height = g_rand_int_range(rand, 1, 4000);
        struct ds_fit fit = ds_fit_make(
                g_rand_int_range(rand, 1, 4000), g_rand_int_range(rand, 1, 4000), width, height);
        int x = g_rand_int_range(rand, 0, width), y = g_rand_int_range(rand, 0, height), px, py;
        double at_x = fit.x + (x + 0.5) * fit.width / width;
        double at_y = fit.y + (y + 0.5) * fit.height / height;
        g_assert_true(ds_fit_to_picture(&fit, at_x, at_y, &px, &py));
        g_assert_true(px == x && py == y);
        int left = x, top = y, across = 1, down = 1;
        ds_fit_from_picture(&fit, &left, &top, &across, &down);
        g_assert_true(left < at_x && at_x < left + across && top < at_y && at_y < top + down);
    }
    g_rand_free(rand);
}

static void
test_keys(void)
{
    struct ds_held held = {0};
    uint32_t shift = 0xffe1, upper = 'A', lower = 'a', keysym, keycode;
    g_assert_true(ds_held_press(&held, 50, &shift));
    g_assert_true(ds_held_press(&held, 38, &upper));
    g_assert_true(ds_held_release(&held, 50, &keysym));
    g_assert_cmphex(keysym, ==, 0xffe1);
    /* A repeat, and the release, are of the key that was pressed, with Shift or without. */
    g_assert_true(ds_held_press(&held, 38, &lower));
    g_assert_cmphex(lower, ==, 'A');
    g_assert_cmpuint(held.count, ==, 1);
    g_assert_true(ds_held_release(&held, 38, &keysym));
    g_assert_cmphex(keysym, ==, 'A');
    g_assert_false(ds_held_release(&held, 38, &keysym));
    g_assert_false(ds_held_pop(&held, &keycode, &keysym));
}

static void
test_keys_full(void)
{
    struct ds_held held = {0};
    uint32_t keysym, keycode;
    for (uint32_t key = 0; key < DS_HELD_KEYS_MAX; key++) {
        keysym = 1000 + key;
        g_assert_true(ds_held_press(&held, key, &keysym));
    }
    g_assert_false(ds_held_press(&held, DS_HELD_KEYS_MAX, &keysym));
    for (uint32_t key = DS_HELD_KEYS_MAX; key-- > 0;) {
        g_assert_true(ds_held_pop(&held, &keycode, &keysym));
        g_assert_cmpuint(keycode, ==, key);
        g_assert_cmpuint(keysym, ==, 1000 + key);
    }
    g_assert_false(ds_held_pop(&held, &keycode, &keysym));
}

static void
test_buttons(void)
{
    uint32_t buttons = 0;
    g_assert_true(ds_held_button(&buttons, 1, true));
    g_assert_false(ds_held_button(&buttons, 1, true));
    g_assert_false(ds_held_button(&buttons, 3, false));
    g_assert_true(ds_held_button(&buttons, 9, true));
    g_assert_false(ds_held_button(&buttons, 0, true));
    g_assert_false(ds_held_button(&buttons, 32, true));
    g_assert_cmpuint(ds_held_pop_button(&buttons), ==, 1);
    g_assert_cmpuint(ds_held_pop_button(&buttons), ==, 9);
    g_assert_cmpuint(ds_held_pop_button(&buttons), ==, 0);
}

static void
test_scroll(void)
{
    double rest = 0;
    g_assert_cmpint(ds_held_scroll(&rest, 0.4), ==, 0);
    g_assert_cmpint(ds_held_scroll(&rest, 0.4), ==, 0);
    g_assert_cmpint(ds_held_scroll(&rest, 0.4), ==, 1);
    g_assert_cmpint(ds_held_scroll(&rest, -0.9), ==, 0);
    g_assert_cmpint(ds_held_scroll(&rest, -0.2), ==, -1);
    rest = 0;
    g_assert_cmpint(ds_held_scroll(&rest, 3), ==, 3);
    g_assert_cmpint(ds_held_scroll(&rest, 1e300), ==, 0);
    g_assert_cmpint(ds_held_scroll(&rest, NAN), ==, 0);
    g_assert_cmpint(ds_held_scroll(&rest, -1), ==, -1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ui/view/fit", test_fit);
    g_test_add_func("/ui/view/to_picture", test_to_picture);
    g_test_add_func("/ui/view/fit_random", test_fit_random);
    g_test_add_func("/ui/view/keys", test_keys);
    g_test_add_func("/ui/view/keys_full", test_keys_full);
    g_test_add_func("/ui/view/buttons", test_buttons);
    g_test_add_func("/ui/view/scroll", test_scroll);
    return g_test_run();
}
