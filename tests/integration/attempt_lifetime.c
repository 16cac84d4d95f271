/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of an attempt at every moment; the address sanitizer and the open descriptors judge. */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/punching.h"

enum { TURNS_MAX = 400 };

static guint before;

/* A stranger at the door of each side, so that something is pending as well. */
static void
knock(const struct punching *world, int side)
{
    struct ds_addr addr = punching_addr("127.0.0.1", punching_port(world, side, 0));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)!connect(fd, (struct sockaddr *)&addr.ss, addr.len);
    close(fd);
}

static void
init(struct punching *world)
{
    before = punching_descriptors();
    punching_init(world);
    for (int i = 0; i < SIDES; i++)
        punching_aim(
                &world->side[i], DS_CANDIDATE_HOST, 1, "127.0.0.1", punching_port(world, 1 - i, 1));
}

static void
finish(struct punching *world)
{
    punching_finish(world);
    g_assert_cmpuint(punching_descriptors(), ==, before);
}

/* After each number of turns of the loop, until both have been through for long. */
static void
test_every_turn(gconstpointer data)
{
    const int side = GPOINTER_TO_INT(data);
    gboolean is_through = FALSE;
    for (guint turns = 0; !is_through && turns < TURNS_MAX; turns++) {
        struct punching world;
        init(&world);
        punching_start_both(&world);
        knock(&world, HELPER);
        knock(&world, HELPEE);
        for (guint i = 0; i < turns; i++)
            event_base_loop(world.base, EVLOOP_NONBLOCK);
        is_through = punching_is_through(&world);
        g_clear_pointer(&world.side[side].attempt, ds_attempt_free);
        for (guint i = 0; i < 20; i++)
            event_base_loop(world.base, EVLOOP_NONBLOCK);
        finish(&world);
    }
    g_assert_true(is_through);
}

/* The same, with one side that has been refused for a while. */
static void
test_alone(void)
{
    for (guint ms = 0; ms < 40; ms += 3) {
        struct punching world;
        init(&world);
        punching_start(&world, HELPER);
        punching_run_ms(&world, ms);
        g_clear_pointer(&world.side[HELPER].attempt, ds_attempt_free);
        punching_run_ms(&world, 2);
        finish(&world);
    }
}

static gboolean
is_helper_freed(const struct punching *world)
{
    return world->side[HELPER].attempt == NULL;
}

static gboolean
is_helpee_freed(const struct punching *world)
{
    return world->side[HELPEE].attempt == NULL;
}

/* Within on_path(): of the first path, and of the second, which may come by the other way. */
static void
test_in_on_path(gconstpointer data)
{
    const int side = GPOINTER_TO_INT(data);
    for (guint nth = 1; nth <= 2; nth++) {
        struct punching world;
        init(&world);
        world.side[side].settles = FALSE;
        world.side[side].free_at_path = nth;
        world.side[1 - side].settles = FALSE;
        punching_start_both(&world);
        punching_run(&world, side == HELPER ? is_helper_freed : is_helpee_freed);
        g_assert_cmpuint(world.side[side].proven, ==, nth);
        g_assert_cmpuint(world.side[side].over, ==, 0);
        punching_run_ms(&world, 20);
        finish(&world);
    }
}

static void
test_in_on_over(void)
{
    struct punching world;
    init(&world);
    for (int i = 0; i < SIDES; i++)
        world.side[i].free_at_over = TRUE;
    punching_start_both(&world);
    punching_run(&world, punching_is_over);
    for (int i = 0; i < SIDES; i++) {
        g_assert_null(world.side[i].attempt);
        g_assert_cmpuint(world.side[i].counts.proven, >=, 1);
    }
    finish(&world);
}

/* A path that was given out outlives the attempt, and its ports. */
static void
test_path_outlives(void)
{
    struct punching world;
    init(&world);
    for (int i = 0; i < SIDES; i++)
        world.side[i].free_at_path = 1;
    punching_start_both(&world);
    punching_run(&world, is_helper_freed);
    punching_run(&world, is_helpee_freed);
    for (int i = 0; i < SIDES; i++)
        for (guint set = 0; set < DS_PUNCH_SETS; set++)
            g_clear_pointer(&world.side[i].config.ports[set], ds_local_port_unref);
    punching_run_ms(&world, 50);
    finish(&world);
}

static void
test_null(void)
{
    ds_attempt_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func(
            "/attempt-lifetime/every-turn/helper", GINT_TO_POINTER(HELPER), test_every_turn);
    g_test_add_data_func(
            "/attempt-lifetime/every-turn/helpee", GINT_TO_POINTER(HELPEE), test_every_turn);
    g_test_add_func("/attempt-lifetime/alone", test_alone);
    g_test_add_data_func(
            "/attempt-lifetime/in-on-path/helper", GINT_TO_POINTER(HELPER), test_in_on_path);
    g_test_add_data_func(
            "/attempt-lifetime/in-on-path/helpee", GINT_TO_POINTER(HELPEE), test_in_on_path);
    g_test_add_func("/attempt-lifetime/in-on-over", test_in_on_over);
    g_test_add_func("/attempt-lifetime/path-outlives", test_path_outlives);
    g_test_add_func("/attempt-lifetime/null", test_null);
    return g_test_run();
}
