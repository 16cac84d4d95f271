/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a generation does otherwise, by what became of those before it. */
#include "net/punch/strategy.h"

#include <glib.h>

#include "net/base/limits.h"

#define UNKNOWN DS_MAPPING_UNKNOWN
#define EASY DS_MAPPING_INDEPENDENT
#define PER_HOST DS_MAPPING_ADDRESS
#define HARD DS_MAPPING_ADDRESS_AND_PORT
#define OPEN DS_MAPPING_NO_NAT

static struct ds_strategy
choose(guint32 generation, const struct ds_outcome *last, enum ds_mapping here,
        enum ds_mapping there)
{
    const struct ds_offer own = {.generation = generation, .mapping = here};
    const struct ds_offer other = {.generation = generation, .mapping = there};
    return ds_strategy_of(generation, last, &own, &other);
}

static void
assert_usual(struct ds_strategy strategy)
{
    g_assert_cmpuint(strategy.hops, ==, 0);
    g_assert_false(strategy.stays_near);
    g_assert_cmpuint(strategy.wait_ms, ==, 0);
    g_assert_cmpuint(strategy.mss, ==, 0);
}

/* Also where the network before had another word on it. */
static void
test_first(void)
{
    const struct ds_outcome nothing = {0}, reset = {.was_reset = true, .here = EASY};

    for (enum ds_mapping here = UNKNOWN; here <= OPEN; here++) {
        for (enum ds_mapping there = UNKNOWN; there <= OPEN; there++) {
            assert_usual(choose(1, &nothing, here, there));
            assert_usual(choose(1, &reset, here, there));
            assert_usual(choose(2, &nothing, here, there));
        }
    }
}

/* What is to open is our own NAT, and only one that others come in by. */
static void
test_reset(void)
{
    static const struct {
        enum ds_mapping here, there, here_before, there_before;
        gboolean has_hops, stays_near, waits;
    } rows[] = {
            {EASY, EASY, UNKNOWN, UNKNOWN, TRUE, FALSE, FALSE},
            {EASY, OPEN, UNKNOWN, UNKNOWN, TRUE, FALSE, FALSE},
            {EASY, UNKNOWN, UNKNOWN, UNKNOWN, TRUE, FALSE, FALSE},
            {EASY, HARD, UNKNOWN, UNKNOWN, TRUE, TRUE, FALSE},
            {EASY, PER_HOST, UNKNOWN, UNKNOWN, TRUE, TRUE, FALSE},
            {HARD, EASY, UNKNOWN, UNKNOWN, FALSE, FALSE, TRUE},
            {PER_HOST, OPEN, UNKNOWN, UNKNOWN, FALSE, FALSE, TRUE},
            {HARD, HARD, UNKNOWN, UNKNOWN, FALSE, FALSE, FALSE},
            {OPEN, EASY, UNKNOWN, UNKNOWN, FALSE, FALSE, FALSE},
            {UNKNOWN, EASY, UNKNOWN, UNKNOWN, FALSE, FALSE, FALSE},
            /* what is unknown yet is as it was; what is known is not */
            {UNKNOWN, UNKNOWN, EASY, HARD, TRUE, TRUE, FALSE},
            {UNKNOWN, UNKNOWN, HARD, EASY, FALSE, FALSE, TRUE},
            {EASY, EASY, HARD, HARD, TRUE, FALSE, FALSE},
            {HARD, EASY, EASY, HARD, FALSE, FALSE, TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_outcome last = {
                .was_reset = true, .here = rows[i].here_before, .there = rows[i].there_before};
        struct ds_strategy strategy = choose(2, &last, rows[i].here, rows[i].there);
        g_test_message("row %zu", i);
        g_assert_cmpint(strategy.hops != 0, ==, rows[i].has_hops);
        g_assert_cmpint(strategy.stays_near, ==, rows[i].stays_near);
        g_assert_cmpint(strategy.wait_ms != 0, ==, rows[i].waits);
        g_assert_cmpuint(strategy.mss, ==, 0);
        last.was_aimed = true; /* then the other side's SYN is on its way, and a window meets it */
        g_assert_cmpuint(choose(2, &last, rows[i].here, rows[i].there).wait_ms, ==, 0);
    }
}

/* The ladder of waits is climbed where the next one is like the last. */
static void
test_alike(void)
{
    const struct ds_strategy usual = {0}, further = {.hops = 3},
                             rows[] = {{.hops = 2}, {.hops = 2, .stays_near = true},
                                     {.wait_ms = 1000}, {.mss = 1200}};

    g_assert_true(ds_strategy_is_alike(&usual, &usual));
    g_assert_true(ds_strategy_is_alike(&rows[0], &further));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_false(ds_strategy_is_alike(&usual, &rows[i]));
        for (gsize j = 0; j < i; j++)
            g_assert_false(ds_strategy_is_alike(&rows[j], &rows[i]));
    }
}

/* One NAT is passed at first, and one more in each further generation, a few times. */
static void
test_hops(void)
{
    const struct ds_outcome last = {.was_reset = true};

    for (guint32 generation = 2; generation < 12; generation++)
        g_assert_cmpuint(choose(generation, &last, EASY, EASY).hops, ==, 2 + (generation - 2) % 4);
}

static void
test_segments(void)
{
    const struct ds_outcome stuck = {.was_stuck = true};

    for (enum ds_mapping here = UNKNOWN; here <= OPEN; here++) {
        struct ds_strategy strategy = choose(2, &stuck, here, EASY);
        g_assert_cmpuint(strategy.mss, ==, 1200);
        g_assert_cmpuint(strategy.hops, ==, 0);
    }
    const struct ds_outcome both = {.was_stuck = true, .was_reset = true};
    g_assert_cmpuint(choose(3, &both, EASY, EASY).mss, ==, 1200);
    g_assert_cmpuint(choose(3, &both, EASY, EASY).hops, ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/strategy/first", test_first);
    g_test_add_func("/strategy/reset", test_reset);
    g_test_add_func("/strategy/hops", test_hops);
    g_test_add_func("/strategy/alike", test_alike);
    g_test_add_func("/strategy/segments", test_segments);
    return g_test_run();
}
