/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strangers at the ports of a generation of tries. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/integration/punching.h"

/* --- those who come to the door --- */

/* Connects from `from`, an address of this machine. */
static int
knock_from(const char *from, guint16 port)
{
    struct ds_addr local = punching_addr(from, 1), addr = punching_addr("127.0.0.1", port);
    ((struct sockaddr_in *)&local.ss)->sin_port = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&local.ss, local.len), ==, 0);
    int result = connect(fd, (struct sockaddr *)&addr.ss, addr.len);
    g_assert_true(result == 0 || errno == EINPROGRESS);
    return fd;
}

static int
knock(const struct punching *world, int side)
{
    return knock_from("127.0.0.9", punching_port(world, side, 0));
}

/* Return what is left to read: a count, 0 at its end, -1 for nothing yet. */
static int
hear(int fd)
{
    char bytes[2048];
    gssize n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return n < 0 && errno != EAGAIN ? 0 : (int)n;
}

/* Return what the helper of another key, or of another generation, says first. Owned. */
static GByteArray *
make_hello(const char *key, guint32 generation)
{
    int fds[2];
    struct ds_path *path;
    struct ds_carrier *carrier;
    struct event_base *base = event_base_new();
    struct ds_path_config config = {.role = DS_ROLE_HELPER,
            .kind = DS_PATH_LAN,
            .generation = generation,
            .session_key = (const uint8_t *)key};
    guint8 bytes[2048];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
    g_assert_cmpint(ds_carrier_from_fd(&carrier, base, fds[0]), ==, 0);
    g_assert_cmpint(ds_path_new(&path, base, carrier, &config), ==, 0);
    event_base_loop(base, EVLOOP_ONCE);
    gssize n = recv(fds[1], bytes, sizeof bytes, 0);
    g_assert_cmpint((int)n, >, 200);
    ds_path_free(path);
    close(fds[1]);
    event_base_free(base);
    return g_byte_array_append(g_byte_array_new(), bytes, (guint)n);
}

static void
say(int fd, const GByteArray *bytes)
{
    g_assert_cmpint(send(fd, bytes->data, bytes->len, MSG_NOSIGNAL), ==, bytes->len);
}

/* --- one of them --- */

enum { HELLO_OTHER_KEY, HELLO_OLD, HELLO_NEW, GARBAGE, TOO_MUCH, SHAPES };

/* Owned. */
static GByteArray *
make_shape(int shape)
{
    static const char other_key[] = "thirty-two bytes of another key!";
    guint8 junk[DS_PUNCH_HANDSHAKE_BYTES + 1] = {22, 3, 3, 0x3f, 0xff, 1, 0, 0x3f, 0};
    switch (shape) {
    case HELLO_OTHER_KEY:
        return make_hello(other_key, PUNCHING_GENERATION);
    case HELLO_OLD:
        return make_hello(punching_key, PUNCHING_GENERATION - 1);
    case HELLO_NEW:
        return make_hello(punching_key, PUNCHING_GENERATION + 1);
    case GARBAGE:
        return g_byte_array_append(
                g_byte_array_new(), (const guint8 *)"GET / HTTP/1.1\r\n\r\n", 18);
    default:
        return g_byte_array_append(g_byte_array_new(), junk, sizeof junk);
    }
}

/* Each is closed at once, and the helpee says nothing: nobody learns that somebody is here. */
static void
test_shapes(void)
{
    for (int shape = 0; shape < SHAPES; shape++) {
        g_autoptr(GByteArray) bytes = make_shape(shape);
        struct punching world;
        punching_init(&world);
        punching_start(&world, HELPEE);
        int fd = knock(&world, HELPEE);
        say(fd, bytes);
        punching_run_ms(&world, 50);
        g_test_message("shape %d", shape);
        g_assert_cmpint(hear(fd), ==, 0);
        close(fd);
        struct ds_attempt_counts counts = ds_attempt_get_counts(world.side[HELPEE].attempt);
        g_assert_cmpuint(counts.opened, ==, 1);
        g_assert_cmpuint(counts.strangers, ==, 1);
        punching_start(&world, HELPER);
        punching_run(&world, punching_is_through);
        punching_assert_through(&world, DS_PATH_LAN);
        punching_finish(&world);
    }
}

/* The helper's end speaks first, and says in clear only what a ClientHello does. */
static void
test_at_the_helper(void)
{
    struct punching world;
    punching_init(&world);
    punching_start(&world, HELPER);
    int fd = knock(&world, HELPER);
    punching_run_ms(&world, 30);
    g_assert_cmpint(hear(fd), >, 200);
    g_assert_cmpint((int)send(fd, "\x15\x03\x03\x00\x02\x02\x28", 7, MSG_NOSIGNAL), ==, 7);
    punching_run_ms(&world, 30);
    g_assert_cmpint(hear(fd), ==, 0);
    close(fd);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPER].attempt).strangers, ==, 1);
    punching_start(&world, HELPEE);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_finish(&world);
}

/* The recording gets an answer, once as often as it is played, and never further. */
static void
test_replay(void)
{
    g_autoptr(GByteArray) hello = make_hello(punching_key, PUNCHING_GENERATION);
    int fds[3];
    struct punching world;
    punching_init(&world);
    punching_start(&world, HELPEE);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = knock(&world, HELPEE);
        say(fds[i], hello);
    }
    punching_run_ms(&world, 50);
    g_assert_cmpuint(world.side[HELPEE].proven, ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_assert_cmpint(hear(fds[i]), >, 100);
        say(fds[i], hello);
    }
    punching_run_ms(&world, 50);
    g_assert_cmpuint(world.side[HELPEE].proven, ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_assert_cmpint(hear(fds[i]), ==, 0);
        close(fds[i]);
    }
    punching_start(&world, HELPER);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    punching_finish(&world);
}

static gboolean
has_dismissed(const struct punching *world)
{
    return ds_attempt_get_counts(world->side[HELPEE].attempt).strangers > 0;
}

static void
test_silent(void)
{
    struct punching world;
    punching_init(&world);
    world.side[HELPEE].remote.count = 0;
    punching_start(&world, HELPEE);
    gint64 start = g_get_monotonic_time();
    int fd = knock(&world, HELPEE);
    punching_run(&world, has_dismissed);
    gint64 took_us = g_get_monotonic_time() - start;
    g_assert_cmpint(took_us, >=, (DS_PUNCH_HANDSHAKE_MS - 100) * 1000);
    g_assert_cmpint(took_us, <, (DS_PUNCH_HANDSHAKE_MS + 900) * 1000);
    g_assert_cmpint(hear(fd), ==, 0);
    close(fd);
    punching_finish(&world);
}

/* --- many of them --- */

enum { CROWD = 100 };

static guint
count_open(const int *fds, guint count)
{
    guint open = 0;
    for (guint i = 0; i < count; i++)
        open += hear(fds[i]) == -1 ? 1 : 0;
    return open;
}

/* They fill the door; the other side comes all the same, by its own SYN or the one it is sent. */
static void
test_crowd(gconstpointer data)
{
    const gboolean only_listens = GPOINTER_TO_INT(data);
    int fds[CROWD];
    struct punching world;
    punching_init(&world);
    guint before = punching_descriptors();
    if (only_listens)
        world.side[HELPEE].config.wait_ms = 60000;
    punching_start(&world, HELPEE);
    for (guint i = 0; i < CROWD; i++) {
        fds[i] = knock_from("127.0.0.1", punching_port(&world, HELPEE, 0));
        if (i % 8 == 7)
            punching_run_ms(&world, 1);
    }
    punching_run_ms(&world, 50);
    g_assert_cmpuint(count_open(fds, CROWD), ==, DS_PUNCH_PENDING_MAX);
    g_assert_cmpuint(punching_descriptors(), <=,
            before + CROWD + DS_PUNCH_PENDING_MAX + 2 * DS_PUNCH_SETS + 1);
    gint64 start = g_get_monotonic_time();
    punching_start(&world, HELPER);
    punching_run(&world, punching_is_through);
    punching_assert_through(&world, DS_PATH_LAN);
    g_assert_cmpint(g_get_monotonic_time() - start, <, DS_PUNCH_HANDSHAKE_MS * 1000 / 2);
    if (only_listens)
        g_assert_cmpuint(count_open(fds, CROWD), ==, DS_PUNCH_PENDING_MAX - 1);
    g_assert_cmpuint(ds_attempt_get_counts(world.side[HELPEE].attempt).strangers, >=,
            CROWD - DS_PUNCH_PENDING_MAX);
    for (guint i = 0; i < CROWD; i++)
        close(fds[i]);
    punching_finish(&world);
}

static void
knock_often(struct punching *world, const char *from, int *fds, guint count)
{
    for (guint i = 0; i < count; i++) {
        fds[i] = knock_from(from, punching_port(world, HELPEE, 0));
        punching_run_ms(world, 1);
    }
    punching_run_ms(world, 20);
}

/* Who comes from a candidate's host is let in before one from elsewhere, the candidate before all.
 */
static void
test_order(void)
{
    enum { PLACES = DS_PUNCH_PENDING_MAX };
    int elsewhere[PLACES + 1], near[PLACES + 1], late;
    struct punching world;
    punching_init(&world);
    world.side[HELPEE].config.wait_ms = 60000;
    punching_start(&world, HELPEE);
    knock_often(&world, "127.0.0.9", elsewhere, PLACES + 1);
    g_assert_cmpuint(count_open(elsewhere, PLACES), ==, PLACES);
    g_assert_cmpint(hear(elsewhere[PLACES]), ==, 0); /* the last one found no place */
    knock_often(&world, "127.0.0.1", near, PLACES + 1);
    g_assert_cmpuint(count_open(elsewhere, PLACES), ==, 0);
    g_assert_cmpuint(count_open(near, PLACES), ==, PLACES);
    g_assert_cmpint(hear(near[PLACES]), ==, 0);
    close(near[PLACES / 2]); /* one of them goes, and one from elsewhere takes its place */
    near[PLACES / 2] = near[PLACES];
    punching_run_ms(&world, 20);
    knock_often(&world, "127.0.0.9", &late, 1);
    g_assert_cmpint(hear(late), ==, -1);
    punching_start(&world, HELPER);
    punching_run(&world, punching_is_through);
    g_assert_cmpint(hear(late), ==, 0);
    g_assert_cmpuint(count_open(near, PLACES), ==, PLACES - 1);
    close(late);
    for (guint i = 0; i < PLACES; i++) {
        close(near[i]);
        close(elsewhere[i]);
    }
    close(elsewhere[PLACES]);
    punching_finish(&world);
}

static gboolean
helper_is_over(const struct punching *world)
{
    return world->side[HELPER].over > 0;
}

/* Who is in the middle of the proof when the tries are over gets a little longer for it. */
static void
test_over_in_the_proof(void)
{
    struct punching world;
    punching_init(&world);
    world.side[HELPER].remote.count = 0;
    gint64 start = g_get_monotonic_time();
    punching_start(&world, HELPER);
    punching_run_ms(&world, DS_PUNCH_MS - 300);
    int fd = knock(&world, HELPER);
    punching_run(&world, helper_is_over);
    gint64 took_us = world.side[HELPER].over_at - start;
    g_assert_cmpint(took_us, >=, (DS_PUNCH_MS + DS_PUNCH_LINGER_MS - 100) * 1000);
    g_assert_cmpint(took_us, <, (DS_PUNCH_MS + DS_PUNCH_LINGER_MS + 900) * 1000);
    close(fd);
    punching_finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attempt-strangers/shapes", test_shapes);
    g_test_add_func("/attempt-strangers/at-the-helper", test_at_the_helper);
    g_test_add_func("/attempt-strangers/replay", test_replay);
    g_test_add_func("/attempt-strangers/silent", test_silent);
    g_test_add_data_func("/attempt-strangers/crowd/dials", GINT_TO_POINTER(FALSE), test_crowd);
    g_test_add_data_func("/attempt-strangers/crowd/listens", GINT_TO_POINTER(TRUE), test_crowd);
    g_test_add_func("/attempt-strangers/order", test_order);
    g_test_add_func("/attempt-strangers/over-in-the-proof", test_over_in_the_proof);
    return g_test_run();
}
