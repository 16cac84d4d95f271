/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quality of pictures follows the path, and what they turned out to take. */
#include <glib.h>

#include "app/share/rfb/quality.h"

enum { PIXELS = 1280 * 720, BEST = 100, LAN = 100000000, MBIT_2 = 250000, MBIT_10 = 1250000 };

static int
choose(const struct ds_quality *quality, uint64_t pixels, uint64_t bytes_per_s, int ceiling)
{
    return ds_quality_choose(quality, pixels, bytes_per_s, 0, ceiling, false).jpeg;
}

static void
test_rates(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);

    struct ds_quality_step best = ds_quality_choose(&quality, PIXELS, LAN, 0, BEST, false);
    g_assert_cmpint(best.jpeg, ==, 92);
    g_assert_cmpint(best.subsampling, ==, 0);
    g_assert_cmpint(choose(&quality, PIXELS, MBIT_2, BEST), ==, 10);
    int last = 0;
    for (uint64_t rate = MBIT_2; rate <= LAN; rate += rate / 4) {
        int now = choose(&quality, PIXELS, rate, BEST);
        g_assert_cmpint(now, >=, last);
        last = now;
    }
    g_assert_cmpint(last, ==, 92);
    /* A small picture may be good on a slow path. */
    g_assert_cmpint(choose(&quality, 64 * 64, MBIT_2, BEST), ==, 92);
    g_assert_cmpint(choose(&quality, 0, MBIT_2, BEST), ==, 92);
    g_assert_cmpuint(ds_quality_budget(MBIT_2), ==, 10000);
}

/* Never more than the viewer asked for, down to the last step. */
static void
test_ceiling(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    for (int ceiling = 1; ceiling <= BEST; ceiling++)
        for (uint64_t rate = MBIT_2; rate <= LAN; rate *= 2)
            g_assert_cmpint(choose(&quality, 64 * 64, rate, ceiling), <=, ceiling);
    g_assert_cmpint(choose(&quality, PIXELS, LAN, 42), ==, 42);
    g_assert_cmpint(ds_quality_choose(&quality, PIXELS, LAN, 0, 42, false).subsampling, ==, 2);
}

/* A film's colours take less, and leave room for a better step; what it takes is learnt as well. */
static void
test_film(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    for (uint64_t rate = MBIT_2; rate <= LAN; rate += rate / 4) {
        struct ds_quality_step still = ds_quality_choose(&quality, PIXELS, rate, 0, BEST, false);
        struct ds_quality_step film = ds_quality_choose(&quality, PIXELS, rate, 0, BEST, true);
        g_assert_cmpint(film.jpeg, >=, still.jpeg);
        g_assert_cmpint(film.subsampling, !=, 0);
    }
    const struct ds_quality_step best = ds_quality_choose(&quality, PIXELS, LAN, 0, BEST, true);
    g_assert_cmpint(best.jpeg, ==, 92);
    g_assert_cmpint(best.subsampling, ==, 1);
    ds_quality_learn(&quality, &best, PIXELS, PIXELS);
    g_assert_cmpfloat(quality.scale, >, 1);
}

/* What text has taken already is not there for photos. */
static void
test_spent(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    int alone = ds_quality_choose(&quality, PIXELS / 8, MBIT_10, 0, BEST, false).jpeg;
    int less = ds_quality_choose(&quality, PIXELS / 8, MBIT_10, 40000, BEST, false).jpeg;
    int none = ds_quality_choose(&quality, PIXELS / 8, MBIT_10, 60000, BEST, false).jpeg;
    g_assert_cmpint(less, <, alone);
    g_assert_cmpint(none, ==, 10);
}

/* A rate that nobody knows is not trusted with a megabyte, nor thought to be a modem. */
static void
test_unknown(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    int unknown = choose(&quality, PIXELS, 0, BEST);
    g_assert_cmpint(unknown, <, 92);
    g_assert_cmpint(unknown, >, choose(&quality, PIXELS, MBIT_10, BEST));
}

/* Play a film of `bytes` per 1,000 pixels at the best step; the others take what the table says. */
static int
play(struct ds_quality *quality, unsigned bytes, uint64_t rate)
{
    struct ds_quality fresh;
    struct ds_quality_step step = {0};
    ds_quality_init(&fresh);
    for (unsigned i = 0; i < 30; i++) {
        step = ds_quality_choose(quality, PIXELS, rate, 0, BEST, false);
        uint64_t low = 0, high = LAN; /* what the table expects of this step: by asking for it */
        while (high - low > 1) {
            uint64_t middle = (low + high) / 2;
            if (choose(&fresh, PIXELS, middle, BEST) >= step.jpeg)
                high = middle;
            else
                low = middle;
        }
        ds_quality_learn(quality, &step, PIXELS, ds_quality_budget(high) * bytes / 100);
    }
    return step.jpeg;
}

static void
test_learns(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    int as_expected = play(&quality, 100, 4 * MBIT_10);
    int hard = play(&quality, 250, 4 * MBIT_10);
    int easy = play(&quality, 20, 4 * MBIT_10);
    g_assert_cmpint(hard, <, as_expected);
    g_assert_cmpint(easy, >, as_expected);

    /* A few pixels, or none, teach nothing. */
    struct ds_quality before = quality;
    ds_quality_learn(&quality, &(struct ds_quality_step){92, 0}, 100, 1000000);
    ds_quality_learn(&quality, &(struct ds_quality_step){92, 0}, 0, 0);
    g_assert_cmpfloat(quality.scale, ==, before.scale);
}

/* Neither nothing nor everything can break it for what comes after. */
static void
test_extremes(void)
{
    struct ds_quality quality;
    ds_quality_init(&quality);
    for (unsigned i = 0; i < 1000; i++)
        ds_quality_learn(&quality, &(struct ds_quality_step){92, 0}, PIXELS, 0);
    g_assert_cmpint(choose(&quality, PIXELS, MBIT_2, BEST), ==, 92);
    play(&quality, 100, 4 * MBIT_10);
    g_assert_cmpfloat(quality.scale, >, 0.5);
    for (unsigned i = 0; i < 1000; i++)
        ds_quality_learn(&quality, &(struct ds_quality_step){10, 1}, PIXELS, UINT32_MAX);
    g_assert_cmpint(choose(&quality, PIXELS, MBIT_10, BEST), ==, 10);
    play(&quality, 100, LAN);
    g_assert_cmpint(choose(&quality, PIXELS, LAN, BEST), ==, 92);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/quality/rates", test_rates);
    g_test_add_func("/share/quality/ceiling", test_ceiling);
    g_test_add_func("/share/quality/film", test_film);
    g_test_add_func("/share/quality/spent", test_spent);
    g_test_add_func("/share/quality/unknown", test_unknown);
    g_test_add_func("/share/quality/learns", test_learns);
    g_test_add_func("/share/quality/extremes", test_extremes);
    return g_test_run();
}
