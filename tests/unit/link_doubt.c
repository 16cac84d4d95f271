/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A direct path that dies without a word while little or nothing is said on it. */
#include <glib.h>

#include "net/base/limits.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

static struct world_side *helpee, *helper;
static struct ds_path *relay, *direct; /* the helpee's ends */

static const struct world_way relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 500000};
static const struct world_way direct_way = {
        .kind = DS_PATH_PUNCHED, .delay_us = 20 * MS, .bps = 6250000};
enum { KEY_BYTES = 20 };

/* Both on the direct path, and nothing heard on it for a while. */
static void
begin_idle(void)
{
    world_begin_pair(1, 1000);
    helpee = world_side(0);
    helper = world_side(1);
    relay = world_connect(&relay_way);
    direct = world_connect(&direct_way);
    world_run(5 * S);
    g_assert_true(helpee->path == direct && helper->path == world_other(direct));
}

static void
send_bytes(struct world_side *side, uint64_t count)
{
    side->to_send += count;
    ds_link_kick(side->link);
}

/* What is written on it leaves for the kernel, and nothing arrives. */
static void
die_silently(struct ds_path *path)
{
    world_deafen(path, TRUE);
    world_deafen(world_other(path), TRUE);
}

static gboolean
is_suspect(const struct world_side *side, const struct ds_path *path)
{
    struct ds_link_path_state states[DS_LINK_PATHS_MAX];
    size_t n = ds_link_get_paths(side->link, states);
    for (size_t i = 0; i < n; i++)
        if (states[i].path == path)
            return states[i].is_suspect;
    return FALSE;
}

/* A key that is pressed on a dead path does not wait for the verdict, whichever side it is. */
static void
test_key_on_dead_path(void)
{
    for (unsigned from = 0; from < 2; from++) {
        begin_idle();
        struct world_side *sender = world_side(from), *other = world_side(1 - from);
        uint64_t before = other->received;
        die_silently(direct);
        for (unsigned i = 1; i <= 3; i++) { /* nor do the next ones */
            send_bytes(sender, KEY_BYTES);
            world_run(relay_way.delay_us + 2 * MS);
            g_assert_cmpuint(other->received, ==, before + i * KEY_BYTES);
            world_run(100 * MS);
            g_assert_cmpuint(world_stats(from).in_flight_bytes, ==, 0);
        }
        g_assert_true(sender->path != NULL && ds_path_kind(sender->path) == DS_PATH_PUNCHED);
        world_run(S); /* the verdict: the next go out on the relay alone */
        g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_RELAY);
        g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_RELAY);
        world_end();
    }
}

/* The twin: there is no doubt about a path that has just been heard. */
static void
test_no_doubt(void)
{
    begin_idle();
    uint64_t resent = world_stats(1).resent_bytes;
    send_bytes(helper, KEY_BYTES); /* in doubt, and answered */
    world_run(500 * MS);
    g_assert_cmpuint(world_stats(1).resent_bytes - resent, ==, KEY_BYTES);
    uint64_t before = helpee->received;
    die_silently(direct);
    send_bytes(helper, KEY_BYTES);
    world_run(900 * MS);
    g_assert_cmpuint(helpee->received, ==, before);
    world_run(200 * MS);
    g_assert_cmpuint(helpee->received, ==, before + KEY_BYTES);
    world_end();
}

/* On a path that is alive doubt costs 4 KiB, once; they come twice and are delivered once. */
static void
test_cost(void)
{
    begin_idle();
    uint64_t resent = world_stats(0).resent_bytes;
    send_bytes(helpee, 1000000);
    world_run(2 * S);
    g_assert_cmpuint(helper->received, ==, helpee->to_send);
    g_assert_cmpuint(world_stats(0).resent_bytes - resent, ==, DS_LINK_DOUBT_BYTES);
    g_assert_cmpuint(world_stats(1).dropped_bytes, >=, DS_LINK_DOUBT_BYTES);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_PUNCHED);
    world_end();
}

/* What the copy brings back says nothing about the direct path's speed and distance. */
static void
test_no_false_measure(void)
{
    static const struct world_way near_relay = {
            .kind = DS_PATH_RELAY, .delay_us = 18 * MS, .bps = 500000};
    begin_idle();
    struct ds_path *near_path = world_connect(&near_relay); /* the newer relay path */
    world_run(3 * S);
    g_assert_true(helpee->path == direct && near_path != NULL);
    struct ds_link_stats before = world_stats(1);
    die_silently(direct);
    send_bytes(helper, KEY_BYTES);
    world_run(500 * MS);
    struct ds_link_stats after = world_stats(1);
    g_assert_cmpuint(after.in_flight_bytes, ==, 0);
    g_assert_cmpuint(after.rtt_min_ms, ==, before.rtt_min_ms);
    g_assert_cmpuint(after.rtt_ms, ==, before.rtt_ms);
    g_assert_cmpuint(after.bandwidth_bps, ==, before.bandwidth_bps);
    world_end();
}

/* Who gets the copy looks after its own end, though it has nothing to say; the twin does not. */
static void
test_other_side_asks(void)
{
    for (unsigned is_pressed = 0; is_pressed < 2; is_pressed++) {
        begin_idle();
        die_silently(direct);
        if (is_pressed)
            send_bytes(helper, KEY_BYTES);
        world_run(1200 * MS);
        g_assert_cmpint(is_suspect(helpee, direct), ==, is_pressed);
        world_end();
    }
}

/* The keys come, and the word of it does not come back on the same path. */
static void
test_deaf_helper(void)
{
    begin_idle();
    world_deafen(world_other(direct), TRUE);
    uint64_t before = helpee->received;
    send_bytes(helper, KEY_BYTES);
    world_run(direct_way.delay_us + 2 * MS);
    g_assert_cmpuint(helpee->received, ==, before + KEY_BYTES);
    world_run(80 * MS);
    g_assert_cmpuint(world_stats(1).in_flight_bytes, ==, 0);
    world_run(1200 * MS);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_RELAY);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_RELAY);
    world_end();
}

/*
 * Bytes come on a path that does not bring ours there: it is left, and however many come it is not
 * trusted. Once it answers, both are back after 5 s, and stay.
 */
static void
test_trust_needs_answers(void)
{
    begin_idle();
    helpee->to_send = helper->to_send = UINT64_MAX;
    ds_link_kick(helpee->link);
    ds_link_kick(helper->link);
    world_run(2 * S);
    world_deafen(direct, TRUE); /* what the helper sends does not come */
    world_run(2 * S);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_RELAY);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_RELAY);
    unsigned moves = helper->on_paths + helpee->on_paths;
    world_run(3500 * MS); /* dead after 6 s */
    g_assert_cmpuint(helper->on_paths + helpee->on_paths, ==, moves);
    world_deafen(direct, FALSE);
    world_run(4500 * MS);
    g_assert_cmpuint(helper->on_paths + helpee->on_paths, ==, moves);
    world_run(1500 * MS);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_PUNCHED);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_PUNCHED);
    world_run(8 * S);
    g_assert_cmpuint(helper->on_paths + helpee->on_paths, ==, moves + 2);
    world_end();
}

/* Only one side has something to send. It goes by itself, and the other one follows. */
static void
test_each_role_leaves(void)
{
    for (unsigned from = 0; from < 2; from++) {
        begin_idle();
        struct world_side *sender = world_side(from), *other = world_side(1 - from);
        sender->to_send = UINT64_MAX;
        ds_link_kick(sender->link);
        world_run(2 * S);
        die_silently(direct);
        other->gap_us = 0;
        world_run(1500 * MS);
        g_assert_cmpint(ds_path_kind(sender->path), ==, DS_PATH_RELAY);
        g_assert_cmpuint(other->gap_us, <, 1300 * MS);
        world_run(S);
        g_assert_cmpint(ds_path_kind(other->path), ==, DS_PATH_RELAY);
        world_run(6 * S); /* and after 6 s it is dead for both */
        g_assert_cmpuint(helper->lost_paths, ==, 1);
        g_assert_cmpuint(helpee->lost_paths, ==, 1);
        world_end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-doubt/key-on-dead-path", test_key_on_dead_path);
    g_test_add_func("/link-doubt/no-doubt", test_no_doubt);
    g_test_add_func("/link-doubt/cost", test_cost);
    g_test_add_func("/link-doubt/no-false-measure", test_no_false_measure);
    g_test_add_func("/link-doubt/other-side-asks", test_other_side_asks);
    g_test_add_func("/link-doubt/deaf-helper", test_deaf_helper);
    g_test_add_func("/link-doubt/trust-needs-answers", test_trust_needs_answers);
    g_test_add_func("/link-doubt/each-role-leaves", test_each_role_leaves);
    return g_test_run();
}
