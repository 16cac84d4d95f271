/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much is in flight: the numbers alone, then on paths of a simulated world. */
#include <glib.h>

#include "net/base/limits.h"
#include "net/link/rate.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

/* Known numbers in, known numbers out. */
static void
test_numbers(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 0);
    g_assert_cmpuint(ds_rate_window(&rate), ==, DS_LINK_WINDOW_BASE);
    g_assert_cmpuint(ds_rate_record(&rate), ==, DS_PATH_RECORD_MAX);

    ds_rate_sent(&rate, S, 0, 10000); /* 40000 bytes in 100 ms */
    ds_rate_sent(&rate, S, 0, 40000);
    ds_rate_acked(&rate, S + 50 * MS, 9999);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 0);
    ds_rate_acked(&rate, S + 100 * MS, 40000);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 400000);
    g_assert_cmpuint(rate.srtt_us, ==, 100 * MS);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 40000 * 5 / 4 + DS_LINK_WINDOW_BASE);
    g_assert_cmpuint(ds_rate_record(&rate), ==, 4000);
    ds_rate_rtt(&rate, S + 200 * MS, 20 * MS);
    g_assert_cmpuint(rate.min_rtt_us, ==, 20 * MS);
    g_assert_cmpuint(rate.srtt_us, ==, 90 * MS);
}

static void
send_round(struct ds_rate *rate, uint64_t *now_us, uint64_t bytes, gboolean is_starved)
{
    uint64_t start = rate->acked;
    ds_rate_sent(rate, *now_us, start, start + bytes);
    if (is_starved)
        ds_rate_starved(rate);
    *now_us += 100 * MS;
    ds_rate_acked(rate, *now_us, start + bytes);
}

/* A full path's window is spread over its round trip, a path that may take more gets it at once. */
static void
test_pace(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    uint64_t now_us = S;
    ds_rate_pace(&rate, now_us, 16384);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, 0);
    send_round(&rate, &now_us, 100000, FALSE);
    ds_rate_pace(&rate, now_us, 16384);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, 0);
    send_round(&rate, &now_us, 100000, FALSE);
    uint64_t window = ds_rate_window(&rate), slack_us = 2 * DS_LINK_PACE_MS * MS;
    g_assert_cmpuint(window, ==, 100000 + DS_LINK_WINDOW_BASE);
    ds_rate_pace(&rate, now_us, window / 10 + 1);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, now_us + 8 * MS - slack_us);
    for (unsigned i = 1; i < 10; i++)
        ds_rate_pace(&rate, now_us, window / 10 + 1);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, now_us + 80 * MS - slack_us);
    now_us += S; /* what was not sent meanwhile does not come on top */
    ds_rate_pace(&rate, now_us, window / 10 + 1);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, now_us + 8 * MS - slack_us);
    ds_rate_starved(&rate);
    ds_rate_pace(&rate, now_us, 16384);
    g_assert_cmpuint(ds_rate_due_us(&rate), ==, 0);
}

/* A round with too little to send never lowers the bandwidth, a full one does after a while. */
static void
test_starved_rounds(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    uint64_t now_us = S;
    send_round(&rate, &now_us, 100, TRUE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 0);
    send_round(&rate, &now_us, 100000, FALSE);
    for (unsigned i = 0; i < 50; i++)
        send_round(&rate, &now_us, 100, TRUE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 1000000);
    send_round(&rate, &now_us, 200000, TRUE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 2000000);
    for (unsigned i = 0; i < 2 * DS_RATE_ROUNDS; i++)
        send_round(&rate, &now_us, 1000, FALSE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 10000);
    g_assert_cmpuint(ds_rate_record(&rate), ==, DS_LINK_RECORD_MIN);
}

/* An idle path's round trip that grew is believed when the smallest one is old, not before. */
static void
test_old_min_rtt(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    ds_rate_rtt(&rate, S, 20 * MS);
    ds_rate_rtt(&rate, 30 * S, 90 * MS);
    g_assert_cmpuint(rate.min_rtt_us, ==, 20 * MS);
    ds_rate_rtt(&rate, 32 * S, 90 * MS);
    g_assert_cmpuint(rate.min_rtt_us, ==, 90 * MS);
    ds_rate_sent(&rate, 33 * S, 0, 1000);
    ds_rate_rtt(&rate, 70 * S, 200 * MS); /* bytes of ours may have been in its way */
    g_assert_cmpuint(rate.min_rtt_us, ==, 90 * MS);
}

/* A quarter more is in flight as long as that brings an eighth more, and no longer. */
static void
test_growth(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    uint64_t now_us = S;
    send_round(&rate, &now_us, 100000, FALSE);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 125000 + DS_LINK_WINDOW_BASE);
    send_round(&rate, &now_us, 120000, FALSE);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 150000 + DS_LINK_WINDOW_BASE);
    send_round(&rate, &now_us, 130000, FALSE);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 130000 + DS_LINK_WINDOW_BASE);
    send_round(&rate, &now_us, 100, TRUE); /* which tells nothing */
    g_assert_cmpuint(ds_rate_window(&rate), ==, 130000 + DS_LINK_WINDOW_BASE);
    send_round(&rate, &now_us, 160000, FALSE);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 200000 + DS_LINK_WINDOW_BASE);
}

/* What another path carried counts until this one has shown what it does. */
static void
test_expected(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    uint64_t now_us = S;
    ds_rate_expect(&rate, 5000000);
    ds_rate_rtt(&rate, now_us, 100 * MS);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 5000000);
    for (unsigned i = 0; i + 1 < DS_RATE_ROUNDS; i++)
        send_round(&rate, &now_us, 100000, FALSE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 5000000);
    send_round(&rate, &now_us, 100000, FALSE);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 1000000);
}

/* A round begins behind what came on two paths; three quarters are in flight until it is over. */
static void
test_settling(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    ds_rate_rtt(&rate, S, 100 * MS);
    ds_rate_expect(&rate, 4000000);
    ds_rate_settle(&rate, 70000);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 300000);
    ds_rate_sent(&rate, S, 69999, 369999);
    ds_rate_acked(&rate, S + 1, 369999);
    g_assert_cmpuint(rate.samples, ==, 0);
    ds_rate_sent(&rate, 2 * S, 400000, 700000);
    ds_rate_acked(&rate, 2 * S + 75 * MS, 700000); /* 4 MB/s: the queue has become shorter */
    g_assert_cmpuint(ds_rate_window(&rate), ==, 225000);
    ds_rate_sent(&rate, 3 * S, 700000, 925000);
    ds_rate_acked(&rate, 3 * S + 70 * MS, 925000);
    g_assert_cmpuint(rate.min_rtt_us, ==, 70 * MS);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 280000 + DS_LINK_WINDOW_BASE);
    ds_rate_settle(&rate, 925000);
    ds_rate_rtt(&rate, 4 * S, 1 * MS);
    g_assert_cmpuint(ds_rate_window(&rate), ==, 4000 + DS_LINK_WINDOW_BASE);
}

/* Whatever a peer's acknowledgements pretend, no more than the replay's bound is asked for. */
static void
test_absurd_numbers(void)
{
    struct ds_rate rate = {.is_round = FALSE};
    ds_rate_sent(&rate, S, 0, 1000000);
    ds_rate_acked(&rate, S, 1000000);
    g_assert_cmpuint(ds_rate_bps(&rate), ==, 1000000 * S);
    ds_rate_rtt(&rate, S, 0);
    rate.min_rtt_us = UINT64_MAX / 2;
    g_assert_cmpuint(ds_rate_window(&rate), ==, DS_LINK_REPLAY_MAX);
}

static const struct {
    const char *name;
    struct world_way way;
} window_cases[] = {
        {"2 MB/s 40 ms", {.delay_us = 20 * MS, .bps = 2000000, .queue_us = 30 * S}},
        {"6 MB/s 16 ms", {.delay_us = 8 * MS, .bps = 6000000, .queue_us = 30 * S}},
        {"500 KB/s 200 ms", {.delay_us = 100 * MS, .bps = 500000, .queue_us = 30 * S}},
        {"50 KB/s 30 ms", {.delay_us = 15 * MS, .bps = 50000, .queue_us = 30 * S}},
};

/* A queue of 30 s stands ready on the way: the window fills the path, and hardly the queue. */
static void
test_window(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(window_cases); i++) {
        struct world_way way = window_cases[i].way;
        way.kind = DS_PATH_RELAY;
        world_begin_pair(1, 0);
        world_side(0)->to_send = UINT64_MAX;
        world_connect(&way);
        world_run(5 * S);
        uint64_t before = world_side(1)->received, most = 0;
        for (unsigned tick = 0; tick < 600; tick++) {
            world_run(100 * MS);
            most = MAX(most, world_stats(0).in_flight_bytes);
        }
        double share = (double)(world_side(1)->received - before) / ((double)way.bps * 60);
        uint64_t bdp = way.bps * 2 * way.delay_us / S;
        g_test_message("%s: %.0f%% of the rate, %" G_GUINT64_FORMAT
                       " in flight, bdp %" G_GUINT64_FORMAT,
                window_cases[i].name, share * 100, most, bdp);
        g_assert_cmpfloat(share, >, 0.9);
        g_assert_cmpuint(most, <=, 3 * bdp + 2ull * DS_LINK_WINDOW_BASE);
        world_end();
    }
}

/* The way becomes ten times as long; a minute later the window has found out. */
static void
test_route_changes(void)
{
    struct world_way way = {.kind = DS_PATH_RELAY, .delay_us = 10 * MS, .bps = 2000000};
    world_begin_pair(1, 0);
    world_side(0)->to_send = UINT64_MAX;
    struct ds_path *path = world_connect(&way);
    world_run(10 * S);
    way.delay_us = 100 * MS;
    world_set_way(path, &way);
    world_set_way(world_other(path), &way);
    world_run(60 * S);
    uint64_t before = world_side(1)->received;
    world_run(10 * S);
    g_assert_cmpuint(world_stats(0).rtt_min_ms, >=, 200);
    g_assert_cmpuint(world_side(1)->received - before, >, way.bps * 9);
    world_end();
}

/* Nothing is ever sent without limit, not even where a second of bytes is on the way. */
static void
test_replay_bound(void)
{
    struct world_way way = {.kind = DS_PATH_RELAY, .delay_us = S};
    world_begin_pair(1, 0);
    world_side(0)->to_send = UINT64_MAX;
    world_connect(&way);
    uint64_t most = 0;
    for (unsigned tick = 0; tick < 600; tick++) {
        world_run(100 * MS);
        most = MAX(most, world_stats(0).in_flight_bytes);
    }
    g_assert_cmpuint(most, <=, DS_LINK_REPLAY_MAX);
    g_assert_cmpuint(most, >, DS_LINK_REPLAY_MAX - DS_PATH_RECORD_MAX);
    world_end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-rate/numbers", test_numbers);
    g_test_add_func("/link-rate/pace", test_pace);
    g_test_add_func("/link-rate/starved-rounds", test_starved_rounds);
    g_test_add_func("/link-rate/old-min-rtt", test_old_min_rtt);
    g_test_add_func("/link-rate/growth", test_growth);
    g_test_add_func("/link-rate/expected", test_expected);
    g_test_add_func("/link-rate/settling", test_settling);
    g_test_add_func("/link-rate/absurd-numbers", test_absurd_numbers);
    g_test_add_func("/link-rate/window", test_window);
    g_test_add_func("/link-rate/route-changes", test_route_changes);
    g_test_add_func("/link-rate/replay-bound", test_replay_bound);
    return g_test_run();
}
