/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long nothing is delivered when the link goes from one path to another while both directions
 * are full: onto the direct path, away from it when it is cut, when it falls silent, and when only
 * one of its directions does.
 */
#include <glib.h>

#include "net/base/limits.h"
#include "tests/lib/link_world.h"
#include "tests/lib/seed.h"

#define MS 1000ull
#define S 1000000ull

enum { ROUNDS = 4 };

/*
 * 60 and 40 ms there and back. At 4 Mbit/s a deep queue stands in the relay's chain; at 50 it is
 * that of DS_NOTSENT_LOWAT.
 */
static const struct world_way relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 500000, .queue_us = 100 * MS};
static const struct world_way fast_relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 6250000, .queue_us = 50 * MS};
static const struct world_way shallow_relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 6250000, .queue_us = 3 * MS};
static const struct world_way direct_way = {
        .kind = DS_PATH_PUNCHED, .delay_us = 20 * MS, .bps = 6250000, .queue_us = 3 * MS};
/* Both paths of somebody whose line is full: each fills a queue of 15 ms. */
static const struct world_way shared_relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 6250000, .queue_us = 15 * MS, .line = 1};
static const struct world_way shared_direct_way = {.kind = DS_PATH_PUNCHED,
        .delay_us = 20 * MS,
        .bps = 6250000,
        .queue_us = 15 * MS,
        .line = 1};
/* The path before goes on, so that nobody waits for the new one's round trip. */
enum { HANDED_OVER_US = 30000 };
enum { RELAY_RTT_US = 60000, DIRECT_RTT_US = 40000 };

static GRand *seeds;

/* Begin anew with both directions full on the relay; returns the helpee's end of it. */
static struct ds_path *
begin(const struct world_way *relay)
{
    world_begin_pair(g_rand_int(seeds), UINT64_MAX);
    struct ds_path *path = world_connect(relay);
    world_run(S + world_random(300) * MS);
    return path;
}

static struct ds_path *
go_direct(void)
{
    struct ds_path *direct = world_connect(&direct_way);
    world_run(S + world_random(300) * MS);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmpint(ds_path_kind(world_side(i)->path), ==, DS_PATH_PUNCHED);
    return direct;
}

/* Let time pass and note in `*gap_us` the longest gap of both sides, which both get something. */
static void
watch(uint64_t us, uint64_t *gap_us)
{
    uint64_t received[2] = {world_side(0)->received, world_side(1)->received};
    for (unsigned i = 0; i < 2; i++)
        world_side(i)->gap_us = 0;
    world_run(us);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(world_side(i)->received, >, received[i]);
        *gap_us = MAX(*gap_us, world_side(i)->gap_us);
    }
}

static void
check(const char *what, uint64_t gap_us, uint64_t most_us)
{
    g_test_message("%s: at most %.1f ms, %.1f ms allowed", what, (double)gap_us / 1000,
            (double)most_us / 1000);
    g_assert_cmpuint(gap_us, <=, most_us);
}

static void
test_onto_direct(void)
{
    const struct world_way *relays[] = {&relay_way, &fast_relay_way};
    for (size_t k = 0; k < G_N_ELEMENTS(relays); k++) {
        uint64_t gap_us = 0;
        for (unsigned i = 0; i < ROUNDS; i++) {
            begin(relays[k]);
            world_connect(&direct_way);
            watch(S, &gap_us);
            world_end();
        }
        check(k == 0 ? "from a slow relay" : "from a fast relay", gap_us, HANDED_OVER_US);
    }
}

static void
test_shared_line(void)
{
    uint64_t gap_us = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        begin(&shared_relay_way);
        world_connect(&shared_direct_way);
        watch(S, &gap_us);
        for (unsigned k = 0; k < 2; k++)
            g_assert_cmpint(ds_path_kind(world_side(k)->path), ==, DS_PATH_PUNCHED);
        world_end();
    }
    /* Less is in flight for a while then, so that the line's queue gets shorter. */
    check("both on one line", gap_us, DIRECT_RTT_US + 10 * MS);
}

/* Let time pass; each 10 ms there is so much more to send. */
static void
trickle(unsigned ms, uint64_t bytes)
{
    for (unsigned tick = 0; tick < ms / 10; tick++) {
        for (unsigned i = 0; i < 2; i++)
            world_side(i)->to_send += bytes;
        world_run(10 * MS);
    }
}

/* From a path that is not full both go at once, and from a full one bit by bit. */
static void
test_not_full(void)
{
    for (unsigned is_full = 0; is_full < 2; is_full++) {
        world_begin_pair(g_rand_int(seeds), 0);
        world_connect(&fast_relay_way);
        trickle(1000, is_full ? 1000000 : 10000);
        world_connect(&direct_way);
        world_side(0)->gap_us = world_side(1)->gap_us = 0;
        trickle(2 * DIRECT_RTT_US / MS, is_full ? 1000000 : 10000);
        for (unsigned i = 0; i < 2; i++) {
            g_assert_cmpint(ds_path_kind(world_side(i)->path), ==,
                    is_full ? DS_PATH_RELAY : DS_PATH_PUNCHED);
            g_assert_cmpuint(world_side(i)->gap_us, <=, DIRECT_RTT_US + 10 * MS);
        }
        world_end();
    }
}

/* A full path is full, too, where there was nothing to send for a moment. */
static void
test_full_but_for_a_moment(void)
{
    world_begin_pair(g_rand_int(seeds), UINT64_MAX);
    world_connect(&shallow_relay_way);
    world_run(2 * S);
    world_connect(&direct_way);
    for (unsigned i = 0; i < 2; i++)
        world_side(i)->to_send = world_side(i)->handed_out;
    world_run(DIRECT_RTT_US / 4);
    for (unsigned i = 0; i < 2; i++)
        world_side(i)->to_send = UINT64_MAX;
    world_side(0)->gap_us = world_side(1)->gap_us = 0;
    world_run(2 * DIRECT_RTT_US);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpint(ds_path_kind(world_side(i)->path), ==, DS_PATH_RELAY);
        g_assert_cmpuint(world_side(i)->gap_us, <=, HANDED_OVER_US);
    }
    world_end();
}

/* The direct path has brought PONG, and dies before it has brought anything else. */
static void
test_dead_when_taken(void)
{
    uint64_t gap_us = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        begin(&relay_way);
        struct ds_path *direct = world_connect(&direct_way);
        watch(DIRECT_RTT_US + (5 + world_random(10)) * MS, &gap_us);
        world_deafen(direct, TRUE);
        world_deafen(world_other(direct), TRUE);
        watch(3 * S, &gap_us);
        for (unsigned k = 0; k < 2; k++)
            g_assert_cmpint(ds_path_kind(world_side(k)->path), ==, DS_PATH_RELAY);
        world_end();
    }
    check("onto a path that dies", gap_us, RELAY_RTT_US + 50 * MS);
}

/* The relay's path is cut while the direct one takes over from it. */
static void
test_cut_while_left(void)
{
    uint64_t gap_us = 0;
    for (unsigned i = 0; i < 2 * ROUNDS; i++) {
        struct ds_path *relay = begin(&shared_relay_way);
        world_connect(&shared_direct_way);
        watch((60 + world_random(150)) * MS, &gap_us);
        world_cut(relay);
        watch(S, &gap_us);
        world_end();
    }
    check("from a path that is cut", gap_us, 160 * MS);
}

static void
test_reset(void)
{
    uint64_t gap_us = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        begin(&relay_way);
        world_cut(go_direct());
        watch(S, &gap_us);
        world_end();
    }
    check("after a reset", gap_us, RELAY_RTT_US + 50 * MS);
}

static void
test_silent_death(void)
{
    uint64_t gap_us = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        begin(&relay_way);
        struct ds_path *direct = go_direct();
        world_deafen(direct, TRUE);
        world_deafen(world_other(direct), TRUE);
        watch(3 * S, &gap_us);
        world_end();
    }
    check("after a silent death", gap_us, 1500 * MS);
}

/* Bytes go one way and nothing comes back: both leave the path. */
static void
test_half_death(void)
{
    for (unsigned deaf = 0; deaf < 2; deaf++) {
        uint64_t gap_us = 0;
        for (unsigned i = 0; i < ROUNDS / 2; i++) {
            begin(&relay_way);
            struct ds_path *direct = go_direct();
            world_deafen(deaf == 0 ? direct : world_other(direct), TRUE);
            watch(3 * S, &gap_us);
            for (unsigned k = 0; k < 2; k++)
                g_assert_cmpint(ds_path_kind(world_side(k)->path), ==, DS_PATH_RELAY);
            world_end();
        }
        check(deaf == 0 ? "the helpee hears nothing" : "the helper hears nothing", gap_us,
                1500 * MS);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seeds = test_seed();
    g_test_add_func("/link-switch/onto-direct", test_onto_direct);
    g_test_add_func("/link-switch/shared-line", test_shared_line);
    g_test_add_func("/link-switch/not-full", test_not_full);
    g_test_add_func("/link-switch/full-but-for-a-moment", test_full_but_for_a_moment);
    g_test_add_func("/link-switch/dead-when-taken", test_dead_when_taken);
    g_test_add_func("/link-switch/cut-while-left", test_cut_while_left);
    g_test_add_func("/link-switch/reset", test_reset);
    g_test_add_func("/link-switch/silent-death", test_silent_death);
    g_test_add_func("/link-switch/half-death", test_half_death);
    int result = g_test_run();
    g_rand_free(seeds);
    return result;
}
