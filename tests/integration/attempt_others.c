/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody else is where a candidate was said to be. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/integration/punching.h"

/* Listens where a candidate is said to be. */
struct other {
    struct event *event;
    const char *greeting; /* NULL: it says nothing */
    gboolean hangs_up;
    guint came;
    int fds[DS_PUNCH_TRIES_MAX + 1];
};

static void
on_visitor(evutil_socket_t listener, short what, void *arg)
{
    struct other *other = arg;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpuint(other->came, <, G_N_ELEMENTS(other->fds));
    if (other->greeting != NULL)
        (void)!send(fd, other->greeting, strlen(other->greeting), MSG_NOSIGNAL);
    if (other->hangs_up) {
        close(fd);
        fd = -1;
    }
    other->fds[other->came++] = fd;
}

/* Have `side` look for its other there, too. */
static void
other_init(struct other *other, struct punching *world, int side)
{
    struct ds_addr addr = punching_addr("127.0.0.1", 1);
    ((struct sockaddr_in *)&addr.ss)->sin_port = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&addr.ss, addr.len), ==, 0);
    g_assert_cmpint(listen(fd, 16), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&addr.ss, &addr.len), ==, 0);
    other->event = event_new(world->base, fd, EV_READ | EV_PERSIST, on_visitor, other);
    event_add(other->event, NULL);
    punching_aim(&world->side[side], DS_CANDIDATE_HOST, 0, "127.0.0.1", ds_addr_port(&addr));
}

static void
other_finish(struct other *other)
{
    close(event_get_fd(other->event));
    event_free(other->event);
    for (guint i = 0; i < other->came; i++)
        if (other->fds[i] >= 0)
            close(other->fds[i]);
}

/* It speaks another language: it is not asked again. */
static void
test_other_speaks(gconstpointer data)
{
    const int side = GPOINTER_TO_INT(data);
    struct other other = {.greeting = "SSH-2.0-OpenSSH_9.2\r\n"};
    struct punching world;
    punching_init(&world);
    other_init(&other, &world, side);
    punching_start(&world, side);
    punching_run_ms(&world, 200);
    g_assert_cmpuint(other.came, ==, 1);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[side].attempt).strangers, ==, 1);
    punching_start(&world, 1 - side);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpuint(other.came, ==, 1);
    other_finish(&other);
    punching_finish(&world);
}

static gboolean
helper_is_over(const struct punching *world)
{
    return world->side[HELPER].over > 0;
}

/* It hangs up: that is a refusal, and SYNs go on, with pauses. */
static void
test_other_hangs_up(void)
{
    struct other other = {.hangs_up = TRUE};
    struct punching world;
    punching_init(&world);
    world.side[HELPER].remote.count = 0;
    other_init(&other, &world, HELPER);
    punching_start(&world, HELPER);
    punching_run_ms(&world, 500);
    ds_attempt_settle(world.side[HELPER].attempt);
    punching_run(&world, helper_is_over);
    const struct ds_attempt_counts *counts = &world.side[HELPER].counts;
    g_assert_cmpuint(other.came, >, 10);
    g_assert_cmpuint(counts->syns, <=, DS_PUNCH_TRIES_MAX);
    g_assert_cmpuint(counts->opened, ==, counts->strangers);
    g_assert_cmpuint(world.side[HELPER].counts.proven, ==, 0);
    other_finish(&other);
    punching_finish(&world);
}

static gboolean
helper_has_opened_two(const struct punching *world)
{
    return ds_attempt_get_counts(world->side[HELPER].attempt).opened >= 2;
}

/*
 * A connection stands and nothing is heard on it: a late ICMP error has killed the other half. A
 * new SYN follows, and meanwhile the other tries go on.
 */
static void
test_other_is_silent(gconstpointer data)
{
    static const struct {
        guint rtt_ms, word_ms;
    } rows[] = {{40, DS_PUNCH_WORD_MS}, {600, 1800}, {0, DS_PUNCH_HANDSHAKE_MS}};
    const guint rtt_ms = rows[GPOINTER_TO_UINT(data)].rtt_ms;
    const gint64 word_us = rows[GPOINTER_TO_UINT(data)].word_ms * 1000;
    struct other other = {0};
    struct punching world;
    punching_init(&world);
    world.side[HELPER].remote.count = 0;
    world.side[HELPER].config.rtt_ms = rtt_ms;
    other_init(&other, &world, HELPER);
    gint64 start = g_get_monotonic_time();
    punching_start(&world, HELPER);
    punching_run(&world, helper_has_opened_two);
    gint64 took_us = g_get_monotonic_time() - start;
    g_assert_cmpint(took_us, >=, word_us - 100000);
    g_assert_cmpint(took_us, <, word_us + 700000);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).strangers, ==, 1);
    start = g_get_monotonic_time();
    punching_start(&world, HELPEE);
    punching_run(&world, punching_is_through);
    g_assert_cmpint(g_get_monotonic_time() - start, <, DS_PUNCH_WORD_MS * 1000 / 2);
    other_finish(&other);
    punching_finish(&world);
}

/* Once settled no SYN leaves: not where a connection ends, nor to a candidate that is told then. */
static void
test_other_when_settled(void)
{
    struct other first = {0}, second = {0};
    struct punching world;
    punching_init(&world);
    world.side[HELPER].remote.count = 0;
    other_init(&first, &world, HELPER);
    punching_start(&world, HELPER);
    punching_run_ms(&world, 50);
    g_assert_cmpuint(first.came, ==, 1);
    ds_attempt_settle(world.side[HELPER].attempt);
    close(first.fds[0]);
    first.fds[0] = -1;
    other_init(&second, &world, HELPER);
    ds_attempt_add(world.side[HELPER].attempt, &world.side[HELPER].remote);
    punching_run_ms(&world, 100);
    struct ds_attempt_counts counts = ds_attempt_get_counts(world.side[HELPER].attempt);
    g_assert_cmpuint(counts.strangers, ==, 1);
    g_assert_cmpuint(counts.syns, ==, 1);
    g_assert_cmpuint(first.came + second.came, ==, 1);
    other_finish(&first);
    other_finish(&second);
    punching_finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func(
            "/attempt-others/speaks/helper", GINT_TO_POINTER(HELPER), test_other_speaks);
    g_test_add_data_func(
            "/attempt-others/speaks/helpee", GINT_TO_POINTER(HELPEE), test_other_speaks);
    g_test_add_func("/attempt-others/hangs-up", test_other_hangs_up);
    g_test_add_data_func(
            "/attempt-others/is-silent/near", GUINT_TO_POINTER(0), test_other_is_silent);
    g_test_add_data_func(
            "/attempt-others/is-silent/far", GUINT_TO_POINTER(1), test_other_is_silent);
    g_test_add_data_func(
            "/attempt-others/is-silent/unknown", GUINT_TO_POINTER(2), test_other_is_silent);
    g_test_add_func("/attempt-others/when-settled", test_other_when_settled);
    return g_test_run();
}
