/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Viewers at one end of a session, a TCP service at the other: share --vnc and connect --listen. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "tests/integration/carry_world.h"
#include "tests/lib/pattern.h"

enum { MANY_BYTES = 50000 };

/* --- the viewers --- */

/* Connect a viewer; returns its socket, which carry_world_end() closes. */
static int
view(struct carry_world *world)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&world->offered.ss, world->offered.len), ==, 0);
    g_assert_cmpint(evutil_make_socket_nonblocking(fd), ==, 0);
    g_array_append_val(world->viewers, fd);
    return fd;
}

/* Send the bytes of a viewer's stream from `offset` on. */
static void
type(int fd, unsigned stream, gsize offset, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);
    pattern_fill(bytes, len, stream, offset);
    g_assert_cmpint(send(fd, bytes, len, MSG_NOSIGNAL), ==, (gssize)len);
}

static guint64
helpee_received(struct carry_world *world)
{
    struct ds_peer_stats stats;
    ds_peer_get_stats(world->helpee, &stats);
    return stats.received_bytes;
}

/* --- the tests --- */

static bool
service_has_begun(struct carry_world *world)
{
    return world->served->len == 1 && carry_world_served(world, 0)->got->len == MANY_BYTES;
}

static bool
is_asked_again(struct carry_world *world)
{
    return world->asked_again > 0 && world->level == DS_LEVEL_VIEW;
}

static guint64 received_before;

static bool
more_has_come(struct carry_world *world)
{
    return helpee_received(world) >= received_before + 2 * MANY_BYTES;
}

/*
 * A viewer types; both are parted for too long; it types on, and another one comes. All of that has
 * reached the helpee's program when this returns.
 */
static void
part(struct carry_world *world)
{
    carry_world_begin(world);
    world->manner = CARRY_LISTEN;
    int first = view(world);
    type(first, 1, 0, MANY_BYTES);
    carry_world_run_until(world, service_has_begun);
    received_before = helpee_received(world);
    hostile_relay_cut(hostile_relay_find(world->relay, world->code.nameplate), DS_ROLE_HELPER);
    type(first, 1, MANY_BYTES, MANY_BYTES);
    carry_world_run_until(world, is_asked_again);
    type(view(world), 2, 0, MANY_BYTES);
    carry_world_run_until(world, more_has_come);
    g_assert_cmpuint(world->served->len, ==, 1);
    g_assert_cmpuint(carry_world_served(world, 0)->got->len, ==, MANY_BYTES);
}

static bool
service_has_all(struct carry_world *world)
{
    return world->served->len == 2 && carry_world_served(world, 0)->got->len == 2 * MANY_BYTES &&
           carry_world_served(world, 1)->got->len == MANY_BYTES;
}

/* After yes all that was held comes, each byte once. */
static void
test_held_yes(void)
{
    struct carry_world world;
    part(&world);
    ds_carry_hold(world.carry, false);
    ds_peer_grant(world.helpee, DS_LEVEL_CONTROL);
    carry_world_run_until(&world, service_has_all);
    pattern_check(carry_world_served(&world, 0)->got->data, 2 * MANY_BYTES, 1, 0);
    pattern_check(carry_world_served(&world, 1)->got->data, MANY_BYTES, 2, 0);
    carry_world_run_until(&world, carry_world_helper_is_in);
    carry_world_end(&world);
}

static bool
is_closed(struct carry_world *world)
{
    return world->helpee_end != DS_REASON_NONE && world->helper_end != DS_REASON_NONE;
}

static bool
service_is_left(struct carry_world *world)
{
    return carry_world_served(world, 0)->is_over;
}

/* After no nothing of it ever comes, and the helper is out. */
static void
test_held_no(void)
{
    struct carry_world world;
    part(&world);
    ds_peer_close(world.helpee, DS_REASON_DECLINED);
    carry_world_run_until(&world, is_closed);
    g_assert_cmpint(world.helpee_end, ==, DS_REASON_DECLINED);
    g_assert_cmpint(world.helper_end, ==, DS_REASON_DECLINED);
    ds_carry_free(g_steal_pointer(&world.carry));
    carry_world_run_until(&world, service_is_left);
    g_assert_cmpuint(world.served->len, ==, 1);
    g_assert_cmpuint(carry_world_served(&world, 0)->got->len, ==, MANY_BYTES);
    carry_world_end(&world);
}

static bool
asleep_is_over(struct carry_world *world)
{
    return world->asked_again > 0 && helpee_received(world) >= received_before + MANY_BYTES;
}

/*
 * The helpee's computer sleeps, and no connection notices: what was typed meanwhile is held as
 * well.
 */
static void
test_held_asleep(void)
{
    struct carry_world world;
    carry_world_begin(&world);
    world.times.ask_again = DS_LINK_LATE_MS;
    world.manner = CARRY_LISTEN;
    int viewer = view(&world);
    type(viewer, 1, 0, MANY_BYTES);
    carry_world_run_until(&world, service_has_begun);
    received_before = helpee_received(&world);
    type(viewer, 1, MANY_BYTES, MANY_BYTES);
    g_usleep((DS_LINK_LATE_MS + 10) * 1000);
    carry_world_run_until(&world, asleep_is_over);
    g_assert_cmpuint(world.asked_again, ==, 1);
    g_assert_cmpuint(carry_world_served(&world, 0)->got->len, ==, MANY_BYTES);
    carry_world_end(&world);
}

static bool
both_have_trouble(struct carry_world *world)
{
    return world->helpee_trouble != DS_REASON_NONE && world->helper_trouble != DS_REASON_NONE;
}

static bool
one_is_served(struct carry_world *world)
{
    return world->served->len > 0;
}

static bool
two_are_served(struct carry_world *world)
{
    return world->served->len == 2 && carry_world_served(world, 1)->got->len > 0;
}

/* The server dies, a viewer comes, the server comes back: the session stays through all of it. */
static void
test_server_dies(void)
{
    struct carry_world world;
    carry_world_begin(&world);
    view(&world);
    carry_world_run_until(&world, one_is_served);
    evconnlistener_free(g_steal_pointer(&world.service));
    carry_world_hang_up(carry_world_served(&world, 0));
    view(&world);
    carry_world_run_until(&world, both_have_trouble);
    g_assert_cmpint(world.helpee_trouble, ==, DS_REASON_NO_SERVER);
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_NO_SERVER);
    g_assert_cmpuint(world.troubles, ==, 1);
    carry_world_serve(&world);
    type(view(&world), 1, 0, 5);
    carry_world_run_until(&world, two_are_served);
    g_assert_cmpint(world.helpee_end, ==, DS_REASON_NONE);
    carry_world_end(&world);
}

static bool
all_are_served(struct carry_world *world)
{
    return world->served->len == DS_MUX_CHANNELS_MAX;
}

static bool
helper_has_trouble(struct carry_world *world)
{
    return world->helper_trouble != DS_REASON_NONE;
}

static bool
last_has_echo(struct carry_world *world)
{
    char byte;
    return recv(g_array_index(world->viewers, int, world->viewers->len - 1), &byte, 1, MSG_PEEK) ==
           1;
}

static bool
first_has_end(struct carry_world *world)
{
    char bytes[2];
    return recv(g_array_index(world->viewers, int, 0), bytes, sizeof bytes, 0) == 0;
}

/* As many viewers as there is room for; one more is turned away; when one goes the next may come.
 */
static void
test_many_viewers(void)
{
    struct carry_world world;
    carry_world_begin(&world);
    for (int i = 0; i < DS_MUX_CHANNELS_MAX; i++) {
        type(view(&world), 1, 0, 1);
        carry_world_run_until(&world, last_has_echo); /* one by one: the backlog is short */
    }
    g_assert_true(all_are_served(&world));
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_NONE);
    view(&world);
    carry_world_run_until(&world, helper_has_trouble);
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_INTERNAL);
    g_assert_true(all_are_served(&world));
    shutdown(g_array_index(world.viewers, int, 0), SHUT_WR);
    carry_world_run_until(&world, first_has_end);
    type(view(&world), 1, 0, 1);
    carry_world_run_until(&world, last_has_echo);
    carry_world_end(&world);
}

/* One viewer reads nothing while it is flooded: another one has its echo all the same. */
static void
test_stalled_viewer(void)
{
    struct carry_world world;
    carry_world_begin(&world);
    world.manner = CARRY_FLOOD;
    view(&world);
    carry_world_run_until(&world, one_is_served);
    received_before = helpee_received(&world);
    world.manner = CARRY_ECHO;
    type(view(&world), 1, 0, 1);
    carry_world_run_until(&world, last_has_echo);
    carry_world_end(&world);
}

static bool
none_are_left(struct carry_world *world)
{
    return carry_world_served(world, 0)->is_over;
}

/* Who comes before the session stands waits; who comes to a taken address hears so. */
static void
test_offer(void)
{
    struct carry_world world;
    struct ds_viewer_offer *other;
    struct ds_addr bound;
    carry_world_begin(&world);
    g_assert_cmpint(ds_viewer_offer_new(&other, world.base, &world.offered, &bound,
                            carry_world_on_helper_trouble, &world),
            ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    ds_viewer_offer_free(world.offer);
    g_assert_cmpint(ds_viewer_offer_new(&world.offer, world.base, &world.offered, &bound,
                            carry_world_on_helper_trouble, &world),
            ==, 0);
    g_assert_true(ds_addr_equal(&bound, &world.offered));
    type(view(&world), 1, 0, 1); /* early */
    ds_viewer_offer_begin(world.offer, world.helper);
    carry_world_run_until(&world, last_has_echo);
    ds_viewer_offer_free(g_steal_pointer(&world.offer));
    carry_world_run_until(&world, none_are_left);
    carry_world_end(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/carry/held/yes", test_held_yes);
    g_test_add_func("/carry/held/no", test_held_no);
    g_test_add_func("/carry/held/asleep", test_held_asleep);
    g_test_add_func("/carry/server-dies", test_server_dies);
    g_test_add_func("/carry/many-viewers", test_many_viewers);
    g_test_add_func("/carry/stalled-viewer", test_stalled_viewer);
    g_test_add_func("/carry/offer", test_offer);
    return g_test_run();
}
