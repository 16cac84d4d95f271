/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random lives of a link: paths come, stall, are cut at any byte, sides sleep. No byte is lost. */
#include <glib.h>

#include "tests/lib/link_world.h"
#include "tests/lib/seed.h"

#define MS 1000ull
#define S 1000000ull

enum { LIVES = 80, MOMENTS = 30, STREAM_MAX = 400000 };

static GRand *seeds;

static struct {
    unsigned cuts, stalls, sleeps, paths;
    uint64_t resent_bytes, dropped_bytes;
} counted;

static void
connect_some_way(void)
{
    static const uint64_t rates_bps[] = {0, 20000, 300000, 5000000};
    struct world_way way = {
            .kind = DS_PATH_RELAY + world_random(5),
            .delay_us = world_random(60) * MS,
            .bps = rates_bps[world_random(G_N_ELEMENTS(rates_bps))],
            .queue_us = world_random(3) * 100 * MS,
            .in_pieces = world_random(4) > 0,
    };
    if (world_paths() >= 12)
        return;
    world_connect(&way);
    counted.paths++;
}

static void
do_something(void)
{
    struct ds_path *path = world_any_path();
    switch (world_random(8)) {
    case 0:
    case 1:
    case 2:
        if (path != NULL) {
            world_cut(path);
            counted.cuts++;
        }
        break;
    case 3:
    case 4:
        connect_some_way();
        break;
    case 5:
        if (path != NULL) {
            world_stall(path, world_random(2) > 0);
            counted.stalls++;
        }
        break;
    case 6:
        world_stop(world_random(2), world_random(4) == 0);
        counted.sleeps++;
        break;
    default:
        break;
    }
    if (world_any_path() == NULL)
        connect_some_way();
    world_run(world_random(20) == 0 ? world_random(8000) * MS : world_random(100000));
}

static void
make_peace(void)
{
    struct world_way way = {.kind = DS_PATH_LAN, .delay_us = 5 * MS, .bps = 5000000};
    world_stop(0, FALSE);
    world_stop(1, FALSE);
    for (struct ds_path *path; (path = world_any_path()) != NULL;)
        world_cut(path);
    world_run(S);
    world_connect(&way);
}

static void
count_bytes(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct ds_link_stats stats = world_stats(i);
        counted.resent_bytes += stats.resent_bytes;
        counted.dropped_bytes += stats.dropped_bytes;
        g_assert_cmpuint(stats.received_bytes, ==, world_side(i)->received);
        g_assert_cmpuint(stats.sent_bytes, ==, world_side(i)->handed_out);
    }
}

static void
live(gboolean is_whole)
{
    world_begin_pair(g_rand_int(seeds), 0);
    for (unsigned i = 0; i < 2; i++)
        world_side(i)->to_send = world_random(4) > 0 ? world_random(STREAM_MAX) : 0;
    for (unsigned i = 0; i < MOMENTS; i++)
        do_something();
    make_peace();
    if (is_whole) {
        g_assert_true(world_run_until(world_is_delivered, 100 * S));
        count_bytes();
    }
    unsigned closers = 1 + world_random(3); /* one, the other, or both */
    for (unsigned i = 0; i < 2; i++)
        if ((closers >> i & 1) != 0)
            ds_link_close(world_side(i)->link, DS_REASON_STOPPED);
    g_assert_true(world_run_until(world_is_closed, 10 * S));
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(world_side(i)->closed, ==, 1);
        g_assert_cmpint(world_side(i)->reason, ==, DS_REASON_STOPPED);
        g_assert_cmpint(world_side(i)->by_peer, ==, (closers >> i & 1) == 0);
        if ((closers >> i & 1) != 0) /* what a closer had pulled was delivered */
            g_assert_cmpuint(world_side(1 - i)->received, ==, world_side(i)->handed_out);
    }
    g_assert_cmpuint(world_paths(), ==, 0);
    world_end();
}

static void
test_lives(void)
{
    for (unsigned i = 0; i < LIVES; i++)
        live(i % 3 > 0);
    g_test_message("%u paths, %u cuts, %u stalls, %u sleeps, %" G_GUINT64_FORMAT
                   " bytes sent again, %" G_GUINT64_FORMAT " dropped",
            counted.paths, counted.cuts, counted.stalls, counted.sleeps, counted.resent_bytes,
            counted.dropped_bytes);
    g_assert_cmpuint(counted.cuts, >, LIVES);
    g_assert_cmpuint(counted.resent_bytes, >, 0);
    g_assert_cmpuint(counted.dropped_bytes, >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seeds = test_seed();
    g_test_add_func("/link-random/lives", test_lives);
    int result = g_test_run();
    g_rand_free(seeds);
    return result;
}
