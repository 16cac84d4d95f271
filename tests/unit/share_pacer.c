/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pacer's rules, one by one; share_pacing.c has them on lines. */
#include <glib.h>

#include "app/share/rfb/pacer.h"

enum { MS = 1000, SECOND = 1000 * MS, FRAME = 100 * 1000, PROBE = 4 };

/* A pacer that has sent one update in 20 ms, at a round trip of `rtt_us`, until `now_us`. */
static void
begin(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    ds_pacer_init(pacer);
    ds_pacer_rtt(pacer, now_us - rtt_us - 20 * MS, rtt_us);
    ds_pacer_asked(pacer, now_us - rtt_us - 20 * MS);
    ds_pacer_sent(pacer, now_us - rtt_us - 20 * MS, FRAME);
    ds_pacer_asked(pacer, now_us);
}

/* What was asked for, and one update at a time until something is known. */
static void
test_first(void)
{
    struct ds_pacer pacer;
    uint64_t next_us;
    ds_pacer_init(&pacer);
    g_assert_false(ds_pacer_may_send(&pacer, SECOND, &next_us));
    g_assert_cmpuint(next_us, ==, UINT64_MAX);
    ds_pacer_asked(&pacer, SECOND);
    g_assert_true(ds_pacer_may_send(&pacer, SECOND, &next_us));
    g_assert_false(ds_pacer_wants_probe(&pacer, SECOND)); /* it may know nothing but answers */
    ds_pacer_sent(&pacer, SECOND, FRAME);
    g_assert_false(ds_pacer_may_send(&pacer, 10 * SECOND, &next_us));
    g_assert_cmpuint(next_us, ==, UINT64_MAX);
    ds_pacer_asked(&pacer, 11 * SECOND);
    g_assert_true(ds_pacer_may_send(&pacer, 11 * SECOND, &next_us));
}

/* A second update follows the first when the queue is about to be empty. */
static void
test_ahead(void)
{
    struct ds_pacer pacer;
    uint64_t next_us;
    begin(&pacer, 100 * SECOND, 50 * MS);
    g_assert_cmpuint(
            ds_pacer_bandwidth(&pacer, 100 * SECOND), ==, (uint64_t)FRAME * SECOND / (20 * MS));
    ds_pacer_sent(&pacer, 100 * SECOND, FRAME);
    g_assert_false(ds_pacer_may_send(&pacer, 100 * SECOND, &next_us));
    g_assert_cmpuint(next_us, >, 100 * SECOND);
    g_assert_cmpuint(next_us, <, 100 * SECOND + 20 * MS);
    g_assert_true(ds_pacer_may_send(&pacer, next_us, &next_us));
}

/* Requests without updates harm nobody. */
static void
test_eager(void)
{
    struct ds_pacer pacer;
    uint64_t next_us;
    begin(&pacer, 60 * SECOND, 10 * MS);
    for (int i = 0; i < 1000; i++)
        ds_pacer_asked(&pacer, 61 * SECOND);
    g_assert_true(ds_pacer_may_send(&pacer, 61 * SECOND, &next_us));
    ds_pacer_sent(&pacer, 61 * SECOND, FRAME);
    g_assert_false(ds_pacer_may_send(&pacer, 61 * SECOND, &next_us));
}

/* A round trip is the smallest of half a minute; a probe tells of one that has grown at once. */
static void
test_rtt(void)
{
    struct ds_pacer pacer;
    ds_pacer_init(&pacer);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 0);
    ds_pacer_rtt(&pacer, 41 * SECOND, 50 * MS);
    ds_pacer_rtt(&pacer, 42 * SECOND, 30 * MS);
    ds_pacer_rtt(&pacer, 43 * SECOND, 70 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 30 * MS);
    ds_pacer_rtt(&pacer, 60 * SECOND, 70 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 30 * MS);
    ds_pacer_rtt(&pacer, 80 * SECOND, 60 * MS); /* the old path is forgotten */
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 60 * MS);
    ds_pacer_sent_probe(&pacer, 81 * SECOND, PROBE);
    ds_pacer_asked(&pacer, 81 * SECOND + 200 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 200 * MS);
}

/* Behind a probe an update's own time is seen, whatever the round trip is believed to be. */
static void
test_probe(void)
{
    struct ds_pacer pacer;
    begin(&pacer, 100 * SECOND, 50 * MS);
    g_assert_false(ds_pacer_wants_probe(&pacer, 101 * SECOND));
    g_assert_true(ds_pacer_wants_probe(&pacer, 120 * SECOND)); /* nothing was measured for long */
    ds_pacer_sent_probe(&pacer, 120 * SECOND, PROBE);
    ds_pacer_sent(&pacer, 120 * SECOND, FRAME);
    g_assert_false(ds_pacer_wants_probe(&pacer, 120 * SECOND));
    ds_pacer_asked(&pacer, 120 * SECOND + 300 * MS);
    ds_pacer_asked(&pacer, 120 * SECOND + 400 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 300 * MS);
    g_assert_cmpuint(ds_pacer_bandwidth(&pacer, 121 * SECOND), ==, 10 * FRAME);
}

/* Another path: one update goes first, and what was on its way measures nothing. */
static void
test_path(void)
{
    struct ds_pacer pacer;
    uint64_t next_us;
    begin(&pacer, 100 * SECOND, 50 * MS);
    ds_pacer_sent(&pacer, 100 * SECOND, FRAME);
    ds_pacer_path(pacer.line, 100 * SECOND, 80 * MS);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 80 * MS);
    g_assert_cmpuint(
            ds_pacer_bandwidth(&pacer, 100 * SECOND), ==, 1000 * 1000); /* no more than a guess */
    g_assert_false(ds_pacer_may_send(&pacer, 101 * SECOND, &next_us));
    ds_pacer_asked(&pacer, 101 * SECOND);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 80 * MS);
    g_assert_true(ds_pacer_may_send(&pacer, 101 * SECOND, &next_us));
    g_assert_true(ds_pacer_wants_probe(&pacer, 101 * SECOND));
    ds_pacer_path(pacer.line, 101 * SECOND, 0);
    g_assert_cmpuint(ds_pacer_min_rtt(&pacer), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pacer/first", test_first);
    g_test_add_func("/pacer/ahead", test_ahead);
    g_test_add_func("/pacer/eager", test_eager);
    g_test_add_func("/pacer/rtt", test_rtt);
    g_test_add_func("/pacer/probe", test_probe);
    g_test_add_func("/pacer/path", test_path);
    return g_test_run();
}
