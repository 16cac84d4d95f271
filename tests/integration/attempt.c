/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two honest sides of a generation of tries, on loopback. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/integration/punching.h"

/* --- starts --- */

/* Both are there from the start; what is given out is what on_over() counts. */
static void
test_together(void)
{
    struct punching world;
    punching_init(&world);
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++) {
        const struct punching_side *side = &world.side[i];
        g_assert_cmpuint(side->over, ==, 1);
        g_assert_cmpuint(side->counts.proven, ==, side->proven);
        g_assert_cmpuint(side->counts.opened, >=, side->proven);
    }
    punching_finish(&world);
}

static void
test_v6(void)
{
    struct punching world;
    punching_init(&world);
    for (int i = 0; i < SIDES; i++)
        world.side[i].remote.count = 0;
    punching_aim_both(&world, DS_CANDIDATE_HOST, 0, "::1");
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN); /* ::1 is no address of the Internet */
    for (int i = 0; i < SIDES; i++)
        if (!g_str_equal(world.side[i].paths[0].technique, "accept"))
            g_assert_cmpstr(world.side[i].paths[0].technique, ==, "ipv6");
    punching_finish(&world);
}

/* Until the later side is there, this machine's own RSTs come back. */
static void
test_late(gconstpointer data)
{
    const int first = GPOINTER_TO_INT(data);
    struct punching world;
    punching_init(&world);
    punching_start(&world, first);
    punching_run_ms(&world, 300);
    g_assert_cmpuint(world.side[first].proven, ==, 0);
    struct ds_attempt_counts counts = ds_attempt_get_counts(world.side[first].attempt);
    g_assert_cmpuint(counts.refused, >, 5);
    g_assert_cmpuint(counts.refused, >=, counts.syns - 1);
    g_assert_cmpuint(counts.opened, ==, 0);
    gint64 start = g_get_monotonic_time();
    punching_start(&world, 1 - first);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 2 * G_USEC_PER_SEC);
    punching_finish(&world);
}

/* One side cannot send a SYN yet, or knows nowhere to send it to. */
static void
test_listener(gconstpointer data)
{
    const int listener = GPOINTER_TO_INT(data);
    for (int is_waiting = 0; is_waiting < 2; is_waiting++) {
        struct punching world;
        punching_init(&world);
        if (is_waiting)
            world.side[listener].config.wait_ms = 60000;
        else
            world.side[listener].remote.count = 0;
        punching_start_both(&world);
        punching_run(&world, punching_is_through);
        punching_assert_through(&world, DS_PATH_LAN);
        g_assert_cmpstr(world.side[listener].paths[0].technique, ==, "accept");
        g_assert_cmpstr(world.side[1 - listener].paths[0].technique, ==, "host");
        g_assert_cmpuint(ds_attempt_get_counts(world.side[listener].attempt).syns, ==, 0);
        punching_finish(&world);
    }
}

/* A side that was told of has its listeners before it knows of the other: who came waits there. */
static void
test_early(void)
{
    struct ds_listeners listeners = {0};
    struct punching world;
    punching_init(&world);
    struct punching_side *helpee = &world.side[HELPEE], *helper = &world.side[HELPER];
    g_assert_cmpint(ds_listeners_open(&listeners, helpee->config.ports), ==, 0);
    punching_start(&world, HELPER);
    punching_run_ms(&world, 300);
    struct ds_attempt_counts counts = ds_attempt_get_counts(helper->attempt);
    g_assert_cmpuint(counts.opened, ==, 1);
    g_assert_cmpuint(counts.refused, ==, 0);
    helpee->config.listeners = &listeners;
    punching_start(&world, HELPEE);
    g_assert_false(listeners.is_open);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpstr(helpee->paths[0].technique, ==, "accept");
    punching_finish(&world);
}

/* And it is refused where these are closed again. */
static void
test_early_closed(void)
{
    struct ds_listeners listeners = {0};
    struct punching world;
    punching_init(&world);
    guint before = punching_descriptors();
    g_assert_cmpint(ds_listeners_open(&listeners, world.side[HELPEE].config.ports), ==, 0);
    g_assert_cmpuint(punching_descriptors(), >, before);
    ds_listeners_close(&listeners);
    g_assert_cmpuint(punching_descriptors(), ==, before);
    punching_start(&world, HELPER);
    punching_run_ms(&world, 100);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).opened, ==, 0);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).refused, >, 0);
    punching_finish(&world);
}

static void
test_wait(void)
{
    struct punching world;
    punching_init(&world);
    world.side[HELPER].config.wait_ms = 100;
    world.side[HELPEE].remote.count = 0;
    punching_start_both(&world);
    gint64 start = g_get_monotonic_time();
    punching_run(&world, punching_is_through);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 90000);
    punching_finish(&world);
}

/* --- candidates --- */

/* All that either side knows of the other is that. */
static void
aim_into(struct punching *world, const struct punching_hole *hole)
{
    for (int i = 0; i < SIDES; i++) {
        world->side[i].remote.count = 0;
        punching_aim(&world->side[i], DS_CANDIDATE_REFLEXIVE, 0, "127.0.0.1", hole->port);
    }
}

/* What answers nothing holds up nothing, and its SYN stays under way. */
static void
test_black_hole(void)
{
    struct punching_hole hole;
    struct punching world;
    punching_hole_init(&hole, "127.0.0.1");
    punching_init(&world);
    aim_into(&world, &hole);
    punching_aim_both(&world, DS_CANDIDATE_HOST, 0, "127.0.0.1");
    gint64 start = g_get_monotonic_time();
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++)
        g_assert_cmpuint(world.side[i].counts.refused, ==, 0);
    punching_finish(&world);
    punching_hole_finish(&hole);
}

/* The second port begins a little later, and aims at the other's second port. */
static void
test_spare_port(void)
{
    struct punching_hole hole;
    struct punching world;
    punching_hole_init(&hole, "127.0.0.1");
    punching_init(&world);
    aim_into(&world, &hole);
    punching_aim_both(&world, DS_CANDIDATE_REFLEXIVE, 1, "127.0.0.1");
    gint64 start = g_get_monotonic_time();
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, DS_PUNCH_RESYN_MS * 1000 - 10000);
    for (int i = 0; i < SIDES; i++) {
        struct ds_addr local, remote;
        ds_path_addresses(world.side[i].paths[0].path, &local, &remote);
        g_assert_cmpuint(ds_addr_port(&local), ==, punching_port(&world, i, 1));
        g_assert_cmpuint(ds_addr_port(&remote), ==, punching_port(&world, 1 - i, 1));
    }
    punching_finish(&world);
    punching_hole_finish(&hole);
}

/* A socket that dials its own address and port is connected: to itself. */
static void
test_self(void)
{
    struct punching world;
    punching_init(&world);
    world.side[HELPER].remote.count = 0;
    punching_aim(&world.side[HELPER], DS_CANDIDATE_HOST, 0, "127.0.0.1",
            punching_port(&world, HELPER, 0));
    punching_start(&world, HELPER);
    punching_run_ms(&world, 50);
    struct ds_attempt_counts counts = ds_attempt_get_counts(world.side[HELPER].attempt);
    g_assert_cmpuint(counts.syns, ==, 1);
    g_assert_cmpuint(counts.opened, ==, 0);
    punching_start(&world, HELPEE);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).syns, ==, 1);
    punching_finish(&world);
}

/* More candidates come later; those of another generation are not for this one. */
static void
test_trickle(void)
{
    struct punching world;
    punching_init(&world);
    struct ds_offer offer = world.side[HELPER].remote;
    for (int i = 0; i < SIDES; i++)
        world.side[i].remote.count = 0;
    punching_start_both(&world);
    punching_run_ms(&world, 20);
    offer.generation--;
    ds_attempt_add(world.side[HELPER].attempt, &offer);
    punching_run_ms(&world, 50);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).syns, ==, 0);
    offer.generation++;
    ds_attempt_add(world.side[HELPER].attempt, &offer);
    ds_attempt_add(world.side[HELPER].attempt, &offer); /* what is known is not tried twice */
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).syns, ==, 1);
    punching_finish(&world);
}

/* However many candidates are told: one descriptor for each of the first few. */
static void
test_many_candidates(void)
{
    struct punching world;
    guint before = punching_descriptors();
    punching_init(&world);
    guint claimed = punching_descriptors();
    world.side[HELPER].remote.count = 0;
    punching_start(&world, HELPER);
    guint listening = punching_descriptors();
    for (guint16 i = 0; i < 40; i++) {
        struct punching_hole hole;
        world.side[HELPER].remote.count = 0;
        punching_hole_init(&hole, "127.0.0.1");
        punching_aim(&world.side[HELPER], DS_CANDIDATE_HOST, 0, "127.0.0.1", hole.port);
        ds_attempt_add(world.side[HELPER].attempt, &world.side[HELPER].remote);
        punching_run_ms(&world, 2);
        punching_hole_finish(&hole);
    }
    g_assert_cmpuint(claimed, >, before);
    g_assert_cmpuint(listening, <=, claimed + 2 * DS_PUNCH_SETS);
    g_assert_cmpuint(punching_descriptors(), <=, listening + DS_CANDIDATES_MAX);
    punching_finish(&world);
}

/* --- the end --- */

/* All that is proven is given out, to both alike: the owner chooses. */
static void
test_several(void)
{
    struct punching world;
    punching_init(&world);
    for (int i = 0; i < SIDES; i++)
        world.side[i].settles = FALSE;
    punching_aim_both(&world, DS_CANDIDATE_HOST, 1, "127.0.0.1");
    punching_start_both(&world);
    punching_run_ms(&world, 600);
    g_assert_cmpuint(world.side[HELPER].proven, >=, 2);
    g_assert_cmpuint(world.side[HELPER].proven, ==, world.side[HELPEE].proven);
    for (int i = 0; i < SIDES; i++)
        for (guint j = 0; j < world.side[i].proven; j++)
            g_assert_true(world.side[i].paths[j].has_heard);
    for (int i = 0; i < SIDES; i++)
        ds_attempt_settle(world.side[i].attempt);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++)
        g_assert_cmpuint(world.side[i].counts.proven, ==, world.side[i].proven);
    punching_finish(&world);
}

/* Settled, the listeners stay for a while: what the other side opened must not be reset. */
static void
test_settle(void)
{
    char byte;
    struct punching world;
    punching_init(&world);
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    gint64 start = g_get_monotonic_time();
    punching_run_ms(&world, DS_PUNCH_LINGER_MS * 3 / 4);
    for (int i = 0; i < SIDES; i++)
        ds_attempt_settle(world.side[i].attempt); /* again: the time does not begin anew */
    int fd = punching_connect("127.0.0.1", punching_port(&world, HELPEE, 0));
    punching_run_ms(&world, 50);
    g_assert_cmpint((int)recv(fd, &byte, 1, 0), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    g_assert_cmpuint(world.side[HELPER].over + world.side[HELPEE].over, ==, 0);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++) {
        g_assert_cmpint(world.side[i].over_at - start, >=, (DS_PUNCH_LINGER_MS - 100) * 1000);
        g_assert_cmpint(world.side[i].over_at - start, <, (DS_PUNCH_LINGER_MS + 600) * 1000);
        ds_attempt_settle(world.side[i].attempt); /* nothing is left to be settled */
        ds_attempt_add(world.side[i].attempt, &world.side[i].remote);
    }
    punching_run_ms(&world, 20);
    close(fd);
    fd = punching_connect("127.0.0.1", punching_port(&world, HELPEE, 0));
    g_assert_cmpint((int)send(fd, "x", 1, MSG_NOSIGNAL), ==, -1);
    close(fd);
    punching_finish(&world);
}

static gboolean
helper_is_over(const struct punching *world)
{
    return world->side[HELPER].over > 0;
}

/* Nobody is there at all. */
static void
test_nobody(void)
{
    struct punching world;
    punching_init(&world);
    guint before = punching_descriptors();
    gint64 start = g_get_monotonic_time();
    punching_start(&world, HELPER);
    punching_run(&world, helper_is_over);
    const struct punching_side *side = &world.side[HELPER];
    g_assert_cmpint(side->over_at - start, >=, (DS_PUNCH_MS - 100) * 1000);
    g_assert_cmpint(side->over_at - start, <, (DS_PUNCH_MS + 900) * 1000);
    g_assert_cmpuint(side->counts.proven + side->counts.opened, ==, 0);
    g_assert_cmpuint(side->counts.syns, <=, DS_PUNCH_TRIES_MAX);
    g_assert_cmpuint(side->counts.refused, ==, side->counts.syns);
    g_assert_cmpuint(punching_descriptors(), ==, before);
    punching_finish(&world);
}

/* --- this machine has no more descriptors --- */

static gboolean
helpee_was_visited_twice(const struct punching *world)
{
    return ds_attempt_get_counts(world->side[HELPEE].attempt).opened == 2;
}

static void
test_no_descriptor_to_begin(void)
{
    static const struct ds_attempt_handler handler = {NULL, NULL};
    struct punching world;
    struct ds_attempt *attempt;
    punching_init(&world);
    guint before = punching_descriptors();
    rlim_t old = punching_limit_descriptors(3);
    int err = ds_attempt_new(
            &attempt, &world.side[HELPER].config, &world.side[HELPER].remote, &handler, NULL);
    g_assert_cmpint(err, ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EMFILE);
    g_assert_null(attempt);
    for (guint room = 1; err < 0; room++) { /* for some of the listeners */
        punching_limit_descriptors(before + room);
        err = ds_attempt_new(
                &attempt, &world.side[HELPER].config, &world.side[HELPER].remote, &handler, NULL);
        g_assert_true(err == 0 || (err == DS_ERR_SYSTEM && errno == EMFILE));
        g_assert_cmpuint(room, <=, 2 * DS_PUNCH_SETS);
        punching_limit_descriptors(old);
        ds_attempt_free(attempt);
        g_assert_cmpuint(punching_descriptors(), ==, before);
    }
    punching_start_both(&world);
    punching_run(&world, punching_is_through);
    punching_finish(&world);
}

/* Neither the dial nor the listener, at whose door somebody waits, spins; and both go on. */
static void
test_no_descriptor_for_a_while(void)
{
    struct punching world;
    punching_init(&world);
    world.side[HELPEE].remote.count = 0;
    punching_start_both(&world);
    int fd = punching_connect("127.0.0.1", punching_port(&world, HELPEE, 1));
    rlim_t old = punching_limit_descriptors(3);
    int turns = 0;
    gint64 end = g_get_monotonic_time() + 200000;
    while (g_get_monotonic_time() < end) {
        struct timeval soon = {.tv_usec = 200000};
        event_base_loopexit(world.base, &soon);
        event_base_loop(world.base, EVLOOP_ONCE);
        turns++;
    }
    g_assert_cmpint(turns, <, 40);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).syns, ==, 0);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPEE].attempt).opened, ==, 0);
    punching_limit_descriptors(old);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_run(&world, helpee_was_visited_twice);
    close(fd);
    punching_finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attempt/together", test_together);
    g_test_add_func("/attempt/v6", test_v6);
    g_test_add_data_func("/attempt/late/helpee", GINT_TO_POINTER(HELPER), test_late);
    g_test_add_data_func("/attempt/late/helper", GINT_TO_POINTER(HELPEE), test_late);
    g_test_add_data_func("/attempt/listener/helper", GINT_TO_POINTER(HELPER), test_listener);
    g_test_add_data_func("/attempt/listener/helpee", GINT_TO_POINTER(HELPEE), test_listener);
    g_test_add_func("/attempt/early", test_early);
    g_test_add_func("/attempt/early/closed", test_early_closed);
    g_test_add_func("/attempt/wait", test_wait);
    g_test_add_func("/attempt/black-hole", test_black_hole);
    g_test_add_func("/attempt/spare-port", test_spare_port);
    g_test_add_func("/attempt/self", test_self);
    g_test_add_func("/attempt/trickle", test_trickle);
    g_test_add_func("/attempt/many-candidates", test_many_candidates);
    g_test_add_func("/attempt/several", test_several);
    g_test_add_func("/attempt/settle", test_settle);
    g_test_add_func("/attempt/nobody", test_nobody);
    g_test_add_func("/attempt/no-descriptor/to-begin", test_no_descriptor_to_begin);
    g_test_add_func("/attempt/no-descriptor/for-a-while", test_no_descriptor_for_a_while);
    return g_test_run();
}
