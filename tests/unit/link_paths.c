/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the owner of a link can ask of its paths, and do with them. */
#include <glib.h>

#include "net/base/limits.h"
#include "tests/lib/link_world.h"

#define MS 1000ull
#define S 1000000ull

static struct world_side *helpee, *helper;

static const struct world_way relay_way = {
        .kind = DS_PATH_RELAY, .delay_us = 30 * MS, .bps = 2000000};
static const struct world_way direct_way = {
        .kind = DS_PATH_PUNCHED, .delay_us = 20 * MS, .bps = 5000000};
static const struct world_way lan_way = {.kind = DS_PATH_LAN, .delay_us = 1 * MS, .bps = 20000000};

static void
begin(uint64_t to_send)
{
    world_begin_pair(1, to_send);
    helpee = world_side(0);
    helper = world_side(1);
}

/* How a side's link describes a path; all zero where it does not have it. */
static struct ds_link_path_state
state_of(const struct world_side *side, const struct ds_path *path)
{
    struct ds_link_path_state states[DS_LINK_PATHS_MAX];
    size_t n = ds_link_get_paths(side->link, states);
    for (size_t i = 0; i < n; i++)
        if (states[i].path == path)
            return states[i];
    return (struct ds_link_path_state){.path = NULL};
}

static size_t
count_paths(const struct world_side *side)
{
    struct ds_link_path_state states[DS_LINK_PATHS_MAX];
    return ds_link_get_paths(side->link, states);
}

static void
test_states(void)
{
    begin(1000);
    g_assert_cmpuint(count_paths(helper), ==, 0);
    struct ds_path *relay = world_other(world_connect(&relay_way));
    struct ds_path *direct = world_other(world_connect(&direct_way));
    g_assert_cmpuint(count_paths(helper), ==, 2);
    g_assert_false(state_of(helper, direct).is_validated);
    g_assert_cmpuint(state_of(helper, direct).rtt_min_us, ==, 0);
    world_run(S);
    g_assert_true(state_of(helper, relay).is_validated);
    g_assert_false(state_of(helper, relay).is_active);
    g_assert_cmpuint(state_of(helper, relay).rtt_min_us / 1000, >=, 60);
    g_assert_true(state_of(helper, direct).is_active);
    g_assert_cmpuint(state_of(helper, direct).rtt_min_us / 1000, >=, 40);
    g_assert_cmpuint(state_of(helper, direct).rtt_min_us / 1000, <, 45);
    world_end();
}

/* Where nothing but a direct path will do, one that is slower than the relay's does. */
static void
test_prefer_direct(void)
{
    struct world_way slow_way = {.kind = DS_PATH_PUNCHED, .delay_us = 90 * MS};
    begin(1000);
    ds_link_prefer_direct(helper->link);
    ds_link_prefer_direct(helpee->link);
    world_connect(&relay_way);
    world_run(S);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_RELAY);
    world_connect(&slow_way);
    world_run(S);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_PUNCHED);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_PUNCHED);
    world_run(60 * S);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_PUNCHED);
    world_connect(&relay_way); /* also one that comes later */
    world_run(2 * S);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_PUNCHED);
    world_end();
}

/* A standby is closed by one side: the other sees it lost, and nothing else happens. */
static void
test_drop_standby(void)
{
    begin(20000000);
    world_connect(&relay_way);
    struct ds_path *punched = world_connect(&direct_way);
    world_connect(&lan_way);
    world_run(500 * MS);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_LAN);
    unsigned told = helper->on_paths + helpee->on_paths;
    ds_link_drop_path(helper->link, world_other(punched));
    g_assert_cmpuint(count_paths(helper), ==, 3); /* in the next turn, not from within */
    world_run(100 * MS);
    g_assert_cmpuint(count_paths(helper), ==, 2);
    g_assert_cmpuint(count_paths(helpee), ==, 2);
    g_assert_cmpuint(helper->lost_paths, ==, 0);
    g_assert_cmpuint(helpee->lost_paths, ==, 1);
    g_assert_cmpint(helpee->lost_err, ==, DS_ERR_CLOSED);
    g_assert_cmpuint(helper->on_paths + helpee->on_paths, ==, told);
    g_assert_true(world_run_until(world_is_delivered, 20 * S));
    world_end();
}

/* The one in use: both go on over another at once. */
static void
test_drop_active(void)
{
    begin(20000000);
    world_connect(&relay_way);
    struct ds_path *direct = world_connect(&direct_way);
    world_run(500 * MS);
    g_assert_true(helpee->path == direct);
    ds_link_drop_path(helper->link, world_other(direct));
    world_run(MS);
    g_assert_cmpint(ds_path_kind(helper->path), ==, DS_PATH_RELAY);
    world_run(200 * MS);
    g_assert_cmpint(ds_path_kind(helpee->path), ==, DS_PATH_RELAY);
    g_assert_true(world_run_until(world_is_delivered, 30 * S));
    world_end();
}

/* The last one: the owner is asked for another, and the session goes on over that. */
static void
test_drop_last(void)
{
    begin(1000000);
    struct ds_path *relay = world_connect(&relay_way);
    world_run(200 * MS);
    ds_link_drop_path(helper->link, relay); /* the other side's end: not of this link */
    ds_link_drop_path(helper->link, world_other(relay));
    ds_link_drop_path(helper->link, world_other(relay));
    world_run(200 * MS);
    g_assert_null(helper->path);
    g_assert_null(helpee->path);
    g_assert_cmpuint(helper->on_paths, ==, 2);
    g_assert_cmpuint(helpee->lost_paths, ==, 1);
    world_connect(&relay_way);
    g_assert_true(world_run_until(world_is_delivered, 5 * S));
    world_end();
}

/* The network changed: a standby that died is found now, and not at its next PING. */
static void
test_probe(void)
{
    for (unsigned is_probed = 0; is_probed < 2; is_probed++) {
        begin(1000);
        struct ds_path *relay = world_connect(&relay_way);
        struct ds_path *direct = world_connect(&direct_way);
        world_run(2 * S);
        world_stall(relay, TRUE);
        if (is_probed)
            ds_link_probe(helper->link);
        world_run(1100 * MS);
        g_assert_cmpint(state_of(helper, world_other(relay)).is_suspect, ==, is_probed);
        g_assert_false(state_of(helper, world_other(direct)).is_suspect);
        world_run(5 * S);
        g_assert_cmpuint(helper->lost_paths, ==, is_probed);
        world_end();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-paths/states", test_states);
    g_test_add_func("/link-paths/prefer-direct", test_prefer_direct);
    g_test_add_func("/link-paths/drop-standby", test_drop_standby);
    g_test_add_func("/link-paths/drop-active", test_drop_active);
    g_test_add_func("/link-paths/drop-last", test_drop_last);
    g_test_add_func("/link-paths/probe", test_probe);
    return g_test_run();
}
