/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The link on paths of a simulated world: each test is one story. */
#include <glib.h>

#include "net/base/limits.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

static struct world_side *helpee, *helper;

static const struct world_way relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 20 * MS, .bps = 4000000, .in_pieces = TRUE};
static const struct world_way lan_way = {
        .kind = DS_PATH_LAN, .delay_us = 1 * MS, .bps = 20000000, .in_pieces = TRUE};

static void
begin(uint64_t to_send)
{
    world_begin_pair(1, to_send);
    helpee = world_side(0);
    helper = world_side(1);
}

static enum ds_path_kind
kind_of(const struct world_side *side)
{
    struct ds_path *path = ds_link_active_path(side->link);
    g_assert_true(path == side->path);
    return path != NULL ? ds_path_kind(path) : DS_PATH_NONE;
}

static void
test_both_ways(void)
{
    begin(3000000);
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_delivered, 5 * S));
    world_run(S);
    for (unsigned i = 0; i < 2; i++) {
        struct ds_link_stats stats = world_stats(i);
        g_assert_cmpuint(stats.sent_bytes, ==, 3000000);
        g_assert_cmpuint(stats.received_bytes, ==, 3000000);
        g_assert_cmpuint(stats.in_flight_bytes, ==, 0);
        g_assert_cmpuint(stats.resent_bytes, ==, 0);
        g_assert_cmpuint(stats.rtt_min_ms, >=, 40);
        g_assert_cmpuint(stats.rtt_min_ms, <=, 46);
        g_assert_cmpuint(world_side(i)->on_paths, ==, 1);
    }
    world_end();
}

/* The first bytes come one way after the path stands, not a round trip after it. */
static void
test_data_follows_hello(void)
{
    begin(100);
    world_connect(&relay_way);
    world_run(relay_way.delay_us + 10 * MS);
    g_assert_true(world_is_delivered());
    world_end();
}

static void
test_cut_and_resume(void)
{
    begin(3000000);
    struct ds_path *path = world_connect(&relay_way);
    world_run(300 * MS);
    world_cut(path);
    world_run(300 * MS);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(world_side(i)->lost_paths, ==, 1);
        g_assert_cmpint(world_side(i)->lost_err, ==, DS_ERR_CLOSED);
        g_assert_cmpuint(world_side(i)->on_paths, ==, 2);
        g_assert_null(world_side(i)->path);
    }
    g_assert_cmpuint(world_paths(), ==, 0);
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_delivered, 5 * S));
    g_assert_cmpuint(world_stats(1).resent_bytes + world_stats(0).resent_bytes, >, 0);
    world_end();
}

/* A path that never gets through its HELLO is lost, and the owner is asked for another. */
static void
test_lost_before_hello(void)
{
    begin(100);
    world_stall(world_connect(&relay_way), TRUE);
    world_run(5900 * MS);
    g_assert_cmpuint(helper->lost_paths, ==, 0);
    g_assert_cmpuint(helper->on_paths, ==, 0);
    world_run(200 * MS);
    g_assert_cmpuint(helper->lost_paths, ==, 1);
    g_assert_cmpint(helper->lost_err, ==, DS_ERR_TIMEOUT);
    g_assert_cmpuint(helper->on_paths, ==, 1);
    g_assert_null(helper->path);
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_delivered, S));
    world_end();
}

/* Data does not wait for a path that may never answer when another one does. */
static void
test_answering_path_first(void)
{
    begin(100000);
    struct ds_path *silent = world_connect(&lan_way);
    world_stall(silent, TRUE);
    world_run(500 * MS);
    g_assert_null(helper->path);
    struct ds_path *path = world_connect(&relay_way);
    world_run(200 * MS);
    g_assert_true(helpee->path == path);
    g_assert_true(world_is_delivered());
    world_end();
}

static void
test_move_to_direct(void)
{
    begin(50000000);
    world_connect(&relay_way);
    world_run(S);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_RELAY);
    uint64_t before = helper->received;
    world_connect(&lan_way);
    world_run(100 * MS);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_LAN);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_LAN);      /* nominated */
    g_assert_cmpuint(helper->received, >, before + 400000); /* no stall on the way */
    g_assert_true(world_run_until(world_is_delivered, 6 * S));
    g_assert_cmpuint(world_paths(), ==, 4); /* the relay's stays as a standby */
    g_assert_cmpuint(world_stats(0).resent_bytes, <=, 400000);
    world_end();
}

static void
test_slow_direct_stays_standby(void)
{
    struct world_way slow_way = {.kind = DS_PATH_PUNCHED, .delay_us = 60 * MS};
    struct world_way good_way = {.kind = DS_PATH_PUNCHED, .delay_us = 22 * MS};
    begin(1000);
    world_connect(&relay_way);
    world_connect(&slow_way);
    world_run(2 * S);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_RELAY);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_RELAY);
    world_connect(&good_way); /* the twin */
    world_run(2 * S);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_PUNCHED);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_PUNCHED);
    g_assert_cmpuint(world_stats(1).rtt_min_ms, <=, 46);
    world_end();
}

static void
test_newer_relay_wins(void)
{
    struct world_way far_way = {.kind = DS_PATH_RELAY, .delay_us = 200 * MS};
    begin(10);
    struct ds_path *older = world_connect(&relay_way);
    world_run(S);
    g_assert_true(helpee->path == older);
    struct ds_path *newer = world_connect(&far_way); /* even though it is slower */
    world_run(S);
    g_assert_true(helpee->path == newer);
    g_assert_true(helper->path == world_other(newer));
    world_end();
}

/* Silence on the direct path: the tail goes out on the relay's within about a second. */
static void
test_standby_takes_over(void)
{
    begin(200000000);
    world_connect(&relay_way);
    struct ds_path *direct = world_connect(&lan_way);
    world_run(2 * S);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_LAN);
    world_stall(direct, TRUE);
    world_run(1300 * MS);
    uint64_t before = helper->received;
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_RELAY);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_RELAY);
    world_run(500 * MS);
    g_assert_cmpuint(helper->received, >, before + 500000);
    g_assert_cmpuint(helper->lost_paths, ==, 0);

    world_stall(direct, FALSE); /* it is trusted again after a while of answers */
    world_run(3 * S);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_RELAY);
    world_run(3 * S);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_LAN);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_LAN);

    world_stall(direct, TRUE); /* and dead after 6 s */
    world_run(6500 * MS);
    g_assert_cmpuint(helper->lost_paths, ==, 1);
    g_assert_cmpuint(helpee->lost_paths, ==, 1);
    g_assert_cmpint(helper->lost_err, ==, DS_ERR_TIMEOUT);
    g_assert_true(world_run_until(world_is_delivered, 60 * S));
    world_end();
}

static void
test_direct_dies(void)
{
    begin(20000000);
    world_connect(&relay_way);
    struct ds_path *direct = world_connect(&lan_way);
    world_run(300 * MS);
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_LAN);
    world_cut(direct);
    world_run(3 * MS); /* what was under way comes first */
    g_assert_cmpint(kind_of(helpee), ==, DS_PATH_RELAY);
    g_assert_cmpint(kind_of(helper), ==, DS_PATH_RELAY);
    g_assert_true(world_run_until(world_is_delivered, 10 * S));
    world_end();
}

/* One side sleeps for a minute; the other finds its path dead, and brings a new one in the end. */
static void
test_peer_suspended(void)
{
    begin(3000000);
    world_connect(&relay_way);
    world_run(200 * MS);
    world_stop(0, TRUE);
    world_run(60 * S);
    g_assert_cmpuint(helper->lost_paths, ==, 1);
    g_assert_null(helper->path);
    world_connect(&relay_way);
    world_run(3 * S);
    world_stop(0, FALSE);
    g_assert_true(world_run_until(world_is_delivered, 5 * S));
    world_end();
}

/* The relay's path is not blamed for the time in which this side did not run. */
static void
test_own_suspend(void)
{
    struct ds_path *raw;
    for (unsigned is_asleep = 0; is_asleep < 2; is_asleep++) {
        begin(0);
        world_free_link(0);
        raw = world_connect(&relay_way); /* an other side that says HELLO and nothing more */
        uint8_t hello[DS_LINK_HELLO_BYTES] = {1, 0, 0x0b, 0xb4};
        world_write(raw, hello, sizeof hello);
        world_run(S);
        world_stop(1, is_asleep != 0);
        world_run(60 * S);
        world_stop(1, FALSE);
        world_run(3 * S);
        g_assert_cmpuint(helper->lost_paths, ==, is_asleep != 0 ? 0 : 1);
        world_run(5 * S); /* awake, it is */
        g_assert_cmpuint(helper->lost_paths, ==, 1);
        world_end();
    }
}

/* So slow that a PING is answered after its time: but bytes come. */
static void
test_slow_path_is_not_dead(void)
{
    struct world_way way = {
            .kind = DS_PATH_RELAY, .delay_us = 100 * MS, .bps = 8000, .queue_us = 10 * S};
    begin(400000);
    world_connect(&way);
    g_assert_true(world_run_until(world_is_delivered, 90 * S));
    g_assert_cmpuint(helper->lost_paths + helpee->lost_paths, ==, 0);
    world_end();
}

static void
test_idle_path_is_held(void)
{
    begin(10);
    world_connect(&relay_way);
    world_run(3600 * S);
    g_assert_true(world_is_delivered());
    g_assert_cmpuint(helper->lost_paths + helpee->lost_paths, ==, 0);
    world_end();
}

static void
test_close(void)
{
    begin(1000000);
    world_connect(&relay_way);
    world_run(100 * MS);
    uint64_t pulled = helper->handed_out;
    g_assert_cmpuint(pulled, >, helpee->received);
    ds_link_close(helper->link, DS_REASON_STOPPED);
    ds_link_close(helper->link, DS_REASON_BUSY);
    g_assert_cmpuint(helper->closed, ==, 0);
    uint64_t start = world_now();
    g_assert_true(world_run_until(world_is_closed, 3 * S));
    g_assert_cmpuint(world_now() - start, <, 300 * MS); /* who answered waits for the closer only */
    g_assert_cmpuint(helpee->received, ==, pulled);     /* what was pulled came, and no more */
    g_assert_cmpuint(helper->handed_out, ==, pulled);
    g_assert_cmpuint(helpee->handed_out, <, helpee->to_send); /* the rest was dropped */
    g_assert_cmpint(helper->reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(helpee->reason, ==, DS_REASON_STOPPED);
    g_assert_false(helper->by_peer);
    g_assert_true(helpee->by_peer);
    g_assert_cmpuint(world_paths(), ==, 0);
    world_run(20 * S);
    g_assert_cmpuint(helper->closed + helpee->closed, ==, 2);
    world_end();
}

static void
test_close_from_both(void)
{
    begin(1000000);
    world_connect(&relay_way);
    world_run(100 * MS);
    ds_link_close(helper->link, DS_REASON_STOPPED);
    ds_link_close(helpee->link, DS_REASON_DECLINED);
    uint64_t start = world_now();
    g_assert_true(world_run_until(world_is_closed, 3 * S));
    g_assert_cmpuint(world_now() - start, <, S);
    g_assert_cmpint(helper->reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(helpee->reason, ==, DS_REASON_DECLINED);
    g_assert_false(helper->by_peer || helpee->by_peer);
    g_assert_cmpuint(helpee->received, ==, helper->handed_out);
    g_assert_cmpuint(helper->received, ==, helpee->handed_out);
    world_end();
}

static gboolean
is_helper_closed(void)
{
    return helper->closed > 0;
}

/* The other side has its answer and is gone: there is nobody to wait for. */
static void
test_close_after_close(void)
{
    begin(1000000);
    world_connect(&relay_way);
    world_run(100 * MS);
    ds_link_close(helper->link, DS_REASON_STOPPED);
    g_assert_true(world_run_until(is_helper_closed, 3 * S));
    g_assert_cmpuint(helpee->closed, ==, 0);
    ds_link_close(helpee->link, DS_REASON_DECLINED);
    uint64_t start = world_now();
    g_assert_true(world_run_until(world_is_closed, 3 * S));
    g_assert_cmpuint(world_now() - start, <, 300 * MS);
    g_assert_true(helpee->by_peer);
    g_assert_cmpint(helpee->reason, ==, DS_REASON_STOPPED);
    world_end();
}

/* The path dies with CLOSE on it; the next one carries it, and what was not delivered. */
static void
test_close_over_a_new_path(void)
{
    begin(1000000);
    struct ds_path *path = world_connect(&relay_way);
    world_run(100 * MS);
    ds_link_close(helper->link, DS_REASON_STOPPED);
    world_cut(path);
    world_run(2 * S);
    g_assert_cmpuint(helper->closed + helpee->closed, ==, 0);
    g_assert_null(helper->path);
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_closed, 3 * S));
    g_assert_cmpuint(helpee->received, ==, helper->handed_out);
    g_assert_true(helpee->by_peer);
    world_end();
}

static void
test_close_without_a_path(void)
{
    begin(10);
    ds_link_close(helper->link, DS_REASON_STOPPED);
    world_run(4900 * MS);
    g_assert_cmpuint(helper->closed, ==, 0);
    world_run(200 * MS);
    g_assert_cmpuint(helper->closed, ==, 1);
    g_assert_cmpint(helper->reason, ==, DS_REASON_STOPPED);
    world_end();
}

static const char *free_at;

static void
free_inside(struct world_side *side, const char *name)
{
    if (g_str_equal(name, free_at) && side->link != NULL) {
        ds_link_free(side->link);
        side->link = NULL;
    }
}

/* Each callback may free its link; the other side sees the path lost. */
static void
test_free_inside(void)
{
    static const char *const names[] = {"data", "path", "lost", "closed"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (unsigned others = 0; others < 2; others++) {
            begin(500000);
            free_at = names[i];
            helper->on_event = free_inside;
            struct ds_path *path = world_connect(&relay_way);
            if (others)
                world_connect(&lan_way);
            if (g_str_equal(free_at, "lost")) {
                world_run(50 * MS);
                world_cut(path);
            } else if (g_str_equal(free_at, "closed")) {
                ds_link_close(helper->link, DS_REASON_STOPPED);
            }
            world_run(10 * S);
            g_assert_null(helper->link);
            g_assert_cmpuint(world_paths(), ==, 0);
            world_end();
        }
}

static void
close_in_pull(struct world_side *side, const char *name)
{
    if (g_str_equal(name, "pull") && side->handed_out > 50000)
        ds_link_close(side->link, DS_REASON_STOPPED);
}

static void
test_close_inside_pull(void)
{
    begin(500000);
    helper->on_event = close_in_pull;
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_closed, 3 * S));
    g_assert_cmpuint(helpee->received, ==, helper->handed_out);
    g_assert_cmpuint(helper->handed_out, <, 50000 + DS_PATH_RECORD_MAX);
    world_end();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/both-ways", test_both_ways);
    g_test_add_func("/link/data-follows-hello", test_data_follows_hello);
    g_test_add_func("/link/cut-and-resume", test_cut_and_resume);
    g_test_add_func("/link/lost-before-hello", test_lost_before_hello);
    g_test_add_func("/link/answering-path-first", test_answering_path_first);
    g_test_add_func("/link/move-to-direct", test_move_to_direct);
    g_test_add_func("/link/slow-direct-stays-standby", test_slow_direct_stays_standby);
    g_test_add_func("/link/newer-relay-wins", test_newer_relay_wins);
    g_test_add_func("/link/standby-takes-over", test_standby_takes_over);
    g_test_add_func("/link/direct-dies", test_direct_dies);
    g_test_add_func("/link/peer-suspended", test_peer_suspended);
    g_test_add_func("/link/own-suspend", test_own_suspend);
    g_test_add_func("/link/slow-path-is-not-dead", test_slow_path_is_not_dead);
    g_test_add_func("/link/idle-path-is-held", test_idle_path_is_held);
    g_test_add_func("/link/close", test_close);
    g_test_add_func("/link/close-from-both", test_close_from_both);
    g_test_add_func("/link/close-after-close", test_close_after_close);
    g_test_add_func("/link/close-over-a-new-path", test_close_over_a_new_path);
    g_test_add_func("/link/close-without-a-path", test_close_without_a_path);
    g_test_add_func("/link/free-inside", test_free_inside);
    g_test_add_func("/link/close-inside-pull", test_close_inside_pull);
    return g_test_run();
}
