/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many sockets that aim at one port, and one that aims at a predicted one, in a network of the
 * test's own where the sides have a public address. */
#include "net/base/limits.h"
#include "tests/integration/punching.h"
#include "tests/lib/own_net.h"

#define HOME "198.51.100.7"

enum { RTT_MS = 40, SOON_MS = 3 * DS_PUNCH_WINDOW_WAIT_MS };

/* The helper looks for somebody who answers nothing, by one plain candidate. */
struct world {
    struct punching punching;
    struct punching_hole hole;
    struct punching_side *helper;
    guint descriptors; /* before the start */
};

static void
world_open(struct world *world, enum ds_mapping theirs)
{
    punching_hole_init(&world->hole, HOME);
    punching_init(&world->punching);
    world->helper = &world->punching.side[HELPER];
    world->helper->config.rtt_ms = RTT_MS;
    world->helper->remote.count = 0;
    world->helper->remote.mapping = theirs;
    punching_aim(world->helper, DS_CANDIDATE_REFLEXIVE, 0, HOME, world->hole.port);
    world->descriptors = punching_descriptors();
}

static void
world_close(struct world *world)
{
    g_clear_pointer(&world->helper->attempt, ds_attempt_free);
    g_assert_cmpuint(punching_descriptors(), ==, world->descriptors);
    punching_finish(&world->punching);
    punching_hole_finish(&world->hole);
}

static guint
syns(const struct world *world)
{
    return ds_attempt_get_counts(world->helper->attempt).syns;
}

/* ---- when it opens, and where to ---- */

/* It waits for what the plain candidate comes to, which is nothing. */
static void
test_easy(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_INDEPENDENT);
    world.helper->config.window = DS_PORT_WINDOW_MANY;
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, 1);
    g_assert_cmpuint(syns(&world), ==, 1);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1 + DS_PUNCH_WINDOW);
    g_assert_cmpuint(punching_descriptors(), <=, world.descriptors + 28 + 3 * DS_PUNCH_WINDOW);
    ds_attempt_set_window(world.helper->attempt, DS_PORT_WINDOW_MANY); /* there is one already */
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1 + DS_PUNCH_WINDOW);
    world_close(&world);
}

static void
test_told_later(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_INDEPENDENT);
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1); /* who needs none opens none */
    ds_attempt_set_window(world.helper->attempt, DS_PORT_WINDOW_MANY);
    g_assert_cmpuint(syns(&world), ==, 1 + DS_PUNCH_WINDOW);
    world_close(&world);
}

/* The other side's ports are hard to tell, too: not before it has told one, and then at once. */
static void
test_hard(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    world.helper->config.window = DS_PORT_WINDOW_MANY;
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1);
    world.helper->remote.aim = world.hole.port;
    ds_attempt_add(world.helper->attempt, &world.helper->remote);
    g_assert_cmpuint(syns(&world), ==, 1 + DS_PUNCH_WINDOW_BOTH);
    world_close(&world);
}

/*
 * The other side learns of our aim later than we know of its own, or about when we do: so long ours
 * stays shut.
 */
static void
test_held(gconstpointer data)
{
    const gboolean is_told_first = GPOINTER_TO_INT(data);
    struct world world;
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    world.helper->remote.aim = is_told_first ? world.hole.port : 0;
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, 1);
    ds_attempt_hold_window(world.helper->attempt, SOON_MS);
    ds_attempt_set_window(world.helper->attempt, DS_PORT_WINDOW_MANY);
    world.helper->remote.aim = world.hole.port;
    ds_attempt_add(world.helper->attempt, &world.helper->remote);
    g_assert_cmpuint(syns(&world), ==, 1);
    punching_run_ms(&world.punching, 2 * SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1 + DS_PUNCH_WINDOW_BOTH);
    world_close(&world);
}

/* An easy side meets the other's window by one socket more; no other aim is taken then. */
static void
test_aimed(void)
{
    struct punching_hole there;
    struct world world;
    punching_hole_init(&there, HOME);
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    punching_start(&world.punching, HELPER);
    world.helper->remote.aim = there.port;
    ds_attempt_add(world.helper->attempt, &world.helper->remote);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1); /* its own ports may be hard to tell, too */
    ds_attempt_set_window(world.helper->attempt, DS_PORT_WINDOW_ONE);
    g_assert_cmpuint(syns(&world), ==, 2);
    world.helper->remote.aim++;
    ds_attempt_add(world.helper->attempt, &world.helper->remote);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 2);
    world_close(&world);
    punching_hole_finish(&there);
}

/* The very port that is dialled already is not dialled twice. */
static void
test_aimed_at_candidate(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    world.helper->config.window = DS_PORT_WINDOW_ONE;
    world.helper->remote.aim = world.hole.port;
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1);
    world_close(&world);
}

/* A private address is no place to aim many sockets at. */
static void
test_private(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_INDEPENDENT);
    world.helper->remote.count = 0;
    punching_aim(world.helper, DS_CANDIDATE_HOST, 0, "127.0.0.1", world.hole.port);
    world.helper->config.window = DS_PORT_WINDOW_MANY;
    world.helper->remote.aim = 40000;
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, SOON_MS);
    struct ds_attempt_counts counts = ds_attempt_get_counts(world.helper->attempt);
    g_assert_cmpuint(counts.syns - counts.refused, <=, 1); /* to the candidate alone, again */
    g_assert_cmpuint(punching_descriptors(), <=, world.descriptors + 28);
    world_close(&world);
}

/* ---- when it does not open any more ---- */

static void
test_settled(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_INDEPENDENT);
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, SOON_MS);
    ds_attempt_settle(world.helper->attempt);
    ds_attempt_set_window(world.helper->attempt, DS_PORT_WINDOW_MANY);
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(syns(&world), ==, 1);
    world_close(&world);
}

/* Somebody is there: the proof is waited for. */
static void
test_proving(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_INDEPENDENT);
    world.helper->config.window = DS_PORT_WINDOW_MANY;
    world.helper->config.rtt_ms = 0; /* so that the proof has 3 s */
    punching_start(&world.punching, HELPER);
    int fd = punching_connect(HOME, punching_port(&world.punching, HELPER, 0));
    world.descriptors++;
    punching_run_ms(&world.punching, SOON_MS);
    g_assert_cmpuint(ds_attempt_get_counts(world.helper->attempt).opened, ==, 1);
    g_assert_cmpuint(syns(&world), ==, 1);
    world_close(&world);
    close(fd);
}

/* A relay that is very near: what is waited for is not asked about without a pause. */
static void
test_near(void)
{
    g_assert_cmpuint(ds_attempt_window_ms(1), ==, DS_PUNCH_WAIT_MIN_MS);
    g_assert_cmpuint(ds_attempt_window_ms(40), ==, 30);
    g_assert_cmpuint(ds_attempt_window_ms(4000), ==, DS_PUNCH_WINDOW_WAIT_MS);
    g_assert_cmpuint(ds_attempt_window_ms(0), ==, DS_PUNCH_WINDOW_WAIT_MS);
}

/* Refused by RST, each socket tries again, and not for ever. */
static void
test_refused(void)
{
    struct world world;
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    world.helper->config.window = DS_PORT_WINDOW_MANY;
    world.helper->remote.aim = 40000; /* where nobody is */
    punching_start(&world.punching, HELPER);
    punching_run_ms(&world.punching, 4 * SOON_MS);
    g_assert_cmpuint(syns(&world), >, 2 * DS_PUNCH_WINDOW_BOTH);
    g_assert_cmpuint(syns(&world), <=, 1 + DS_PUNCH_WINDOW_BOTH * DS_PUNCH_WINDOW_TRIES);
    world_close(&world);
}

/* ---- what it comes to ---- */

/* The helpee is met where it said, and nowhere else. */
static void
test_through(gconstpointer data)
{
    struct world world;
    world_open(&world, DS_MAPPING_ADDRESS_AND_PORT);
    world.helper->config.window = GPOINTER_TO_INT(data);
    world.helper->remote.aim = punching_port(&world.punching, HELPEE, 0);
    world.punching.side[HELPEE].remote.count = 0;
    punching_start_both(&world.punching);
    punching_run(&world.punching, punching_is_through);
    punching_assert_through(&world.punching, DS_PATH_PUNCHED);
    g_assert_cmpstr(world.helper->paths[0].technique, ==, "predicted");
    punching_run(&world.punching, punching_is_over);
    punching_finish(&world.punching);
    punching_hole_finish(&world.hole);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no network of one's own can be had here\n");
        return 0;
    }
    own_net_ip("link set lo up\n"
               "address add " HOME "/32 dev lo\n");
    g_test_add_func("/window/easy", test_easy);
    g_test_add_func("/window/told-later", test_told_later);
    g_test_add_func("/window/hard", test_hard);
    g_test_add_data_func("/window/held", GINT_TO_POINTER(TRUE), test_held);
    g_test_add_data_func("/window/held/told-meanwhile", GINT_TO_POINTER(FALSE), test_held);
    g_test_add_func("/window/aimed", test_aimed);
    g_test_add_func("/window/aimed-at-candidate", test_aimed_at_candidate);
    g_test_add_func("/window/private", test_private);
    g_test_add_func("/window/settled", test_settled);
    g_test_add_func("/window/proving", test_proving);
    g_test_add_func("/window/near", test_near);
    g_test_add_func("/window/refused", test_refused);
    g_test_add_data_func("/window/through/one", GINT_TO_POINTER(DS_PORT_WINDOW_ONE), test_through);
    g_test_add_data_func(
            "/window/through/many", GINT_TO_POINTER(DS_PORT_WINDOW_MANY), test_through);
    return g_test_run();
}
