/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Viewers at one end of a session, a TCP service at the other: share --vnc and connect --listen. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "app/share/carry.h"
#include "app/view/offer.h"
#include "net/base/clock.h"
#include "net/base/limits.h"
#include "tests/integration/hostile_relay.h"
#include "tests/lib/patience.h"
#include "tests/lib/pattern.h"

enum { PIECE = 65536, MANY_BYTES = 50000 };

/* What the service does with a connection. */
enum manner { ECHO, LISTEN, FLOOD };

struct world {
    struct event_base *base;
    struct hostile_relay *relay;
    struct ds_relay_addr relay_addr;
    struct ds_peer_times times;
    struct ds_code code;

    struct ds_peer *helpee, *helper;
    struct ds_carry *carry;
    struct ds_viewer_offer *offer;
    struct ds_addr offered;
    enum ds_level level; /* the helper's */
    guint asked_again;
    enum ds_reason helpee_end, helper_end;
    enum ds_reason helpee_trouble, helper_trouble; /* the last ones */
    guint troubles;

    struct evconnlistener *service;
    struct ds_addr service_addr;
    enum manner manner; /* of the next connection */
    GPtrArray *served;  /* of struct served */
    GArray *viewers;    /* of int */
};

/* One connection that the service took. */
struct served {
    struct world *world;
    int fd;
    enum manner manner;
    struct event *event;
    GByteArray *got;
    bool is_over;
};

/* --- the service --- */

static void
served_end(struct served *served)
{
    if (served->is_over)
        return;
    served->is_over = true;
    event_free(served->event);
    close(served->fd);
}

static void
served_free(gpointer data)
{
    struct served *served = data;
    served_end(served);
    g_byte_array_unref(served->got);
    g_free(served);
}

static void
on_served(evutil_socket_t fd, short what, void *arg)
{
    static guint8 piece[PIECE];
    struct served *served = arg;

    if (served->manner == FLOOD) {
        (void)!send(fd, piece, sizeof piece, MSG_NOSIGNAL);
        return;
    }
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n <= 0) {
        served_end(served);
        return;
    }
    g_byte_array_append(served->got, piece, (guint)n);
    if (served->manner == ECHO)
        g_assert_cmpint(send(fd, piece, (size_t)n, MSG_NOSIGNAL), ==, n);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct world *world = arg;
    struct served *served = g_new0(struct served, 1);
    served->world = world;
    served->fd = fd;
    served->manner = world->manner;
    served->got = g_byte_array_new();
    served->event = event_new(world->base, fd,
            (served->manner == FLOOD ? EV_WRITE : EV_READ) | EV_PERSIST, on_served, served);
    g_assert_cmpint(event_add(served->event, NULL), ==, 0);
    g_ptr_array_add(world->served, served);
}

/* Listen where it did before, or anywhere. */
static void
start_service(struct world *world)
{
    socklen_t len = sizeof world->service_addr.ss;
    world->service = evconnlistener_new_bind(world->base, on_accepted, world,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, 128,
            (struct sockaddr *)&world->service_addr.ss, (int)world->service_addr.len);
    g_assert_nonnull(world->service);
    g_assert_cmpint(getsockname(evconnlistener_get_fd(world->service),
                            (struct sockaddr *)&world->service_addr.ss, &len),
            ==, 0);
}

static struct served *
served_at(struct world *world, guint i)
{
    return g_ptr_array_index(world->served, i);
}

/* --- the peers --- */

static const struct ds_peer_handler helper_handler;

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct world *world = arg;
    struct ds_peer_config config = {.base = world->base,
            .role = DS_ROLE_HELPER,
            .relays = &world->relay_addr,
            .relay_count = 1,
            .code = code,
            .name = "Tom",
            .wants = DS_LEVEL_CONTROL,
            .direct = DS_DIRECT_NEVER,
            .times = &world->times};
    world->code = *code;
    g_assert_cmpint(ds_peer_new(&world->helper, &config, &helper_handler, world), ==, 0);
}

static void
on_offline(void *arg)
{
}

static void
on_guess(void *arg, unsigned left)
{
}

/* As share --ask does. */
static void
on_request(void *arg, const char *name, enum ds_level wants, bool again)
{
    struct world *world = arg;
    if (again) {
        world->asked_again++;
        ds_carry_hold(world->carry, true);
    } else {
        ds_peer_grant(world->helpee, DS_LEVEL_CONTROL);
    }
}

static void
on_helpee_peer(void *arg, const char *name, enum ds_level level)
{
}

static void
on_helper_peer(void *arg, const char *name, enum ds_level level)
{
    struct world *world = arg;
    world->level = level;
    ds_viewer_offer_begin(world->offer, world->helper);
}

static void
on_helpee_level(void *arg, enum ds_level level)
{
}

static void
on_helper_level(void *arg, enum ds_level level)
{
    struct world *world = arg;
    world->level = level;
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct world *world = arg;
    ds_carry_open(world->carry, channel);
    return true;
}

static void
on_helpee_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct world *world = arg;
    world->helpee_end = reason;
}

static void
on_helper_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct world *world = arg;
    world->helper_end = reason;
}

static const struct ds_peer_handler helpee_handler = {.on_code = on_code,
        .on_offline = on_offline,
        .on_guess = on_guess,
        .on_request = on_request,
        .on_peer = on_helpee_peer,
        .on_level = on_helpee_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_helpee_closed};

static const struct ds_peer_handler helper_handler = {.on_peer = on_helper_peer,
        .on_level = on_helper_level,
        .on_path = on_path,
        .on_open = on_open,
        .on_closed = on_helper_closed};

/* --- the world --- */

static void
on_helpee_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    struct world *world = arg;
    world->helpee_trouble = reason;
    world->troubles++;
}

static void
on_helper_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    struct world *world = arg;
    world->helper_trouble = reason;
}

static void
run_until(struct world *world, bool (*is_done)(struct world *world))
{
    struct patience patience;
    patience_begin(&patience, world->base);
    while (!is_done(world))
        patience_turn(&patience);
    patience_end(&patience);
}

static bool
helper_is_in(struct world *world)
{
    return world->level == DS_LEVEL_CONTROL;
}

/* Both are in, and nobody views yet. */
static void
world_begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->base = event_base_new();
    world->relay = hostile_relay_new(world->base);
    g_strlcpy(world->relay_addr.host, "127.0.0.1", sizeof world->relay_addr.host);
    world->relay_addr.port = hostile_relay_port(world->relay);
    world->times = *ds_peer_default_times();
    world->times.ask_again = 1;
    world->served = g_ptr_array_new_with_free_func(served_free);
    world->viewers = g_array_new(FALSE, FALSE, sizeof(int));
    g_assert_cmpint(ds_addr_parse(&world->service_addr, "127.0.0.1:0", 0), ==, 0);
    world->offered = world->service_addr;
    start_service(world);
    world->carry = ds_carry_new(
            world->base, "127.0.0.1", ds_addr_port(&world->service_addr), on_helpee_trouble, world);
    g_assert_cmpint(ds_viewer_offer_new(&world->offer, world->base, &world->offered,
                            &world->offered, on_helper_trouble, world),
            ==, 0);
    struct ds_peer_config config = {.base = world->base,
            .role = DS_ROLE_HELPEE,
            .relays = &world->relay_addr,
            .relay_count = 1,
            .name = "Maria",
            .direct = DS_DIRECT_NEVER,
            .times = &world->times};
    g_assert_cmpint(ds_peer_new(&world->helpee, &config, &helpee_handler, world), ==, 0);
    run_until(world, helper_is_in);
}

static void
world_end(struct world *world)
{
    for (guint i = 0; i < world->viewers->len; i++)
        close(g_array_index(world->viewers, int, i));
    g_array_unref(world->viewers);
    ds_viewer_offer_free(world->offer);
    ds_carry_free(world->carry);
    ds_peer_free(world->helper);
    ds_peer_free(world->helpee);
    if (world->service != NULL)
        evconnlistener_free(world->service);
    g_ptr_array_unref(world->served);
    hostile_relay_free(world->relay);
    event_base_free(world->base);
}

/* Connect a viewer; returns its socket, which world_end() closes. */
static int
view(struct world *world)
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
helpee_received(struct world *world)
{
    struct ds_peer_stats stats;
    ds_peer_get_stats(world->helpee, &stats);
    return stats.received_bytes;
}

/* --- the tests --- */

static bool
service_has_begun(struct world *world)
{
    return world->served->len == 1 && served_at(world, 0)->got->len == MANY_BYTES;
}

static bool
is_asked_again(struct world *world)
{
    return world->asked_again > 0 && world->level == DS_LEVEL_VIEW;
}

static guint64 received_before;

static bool
more_has_come(struct world *world)
{
    return helpee_received(world) >= received_before + 2 * MANY_BYTES;
}

/*
 * A viewer types; both are parted for too long; it types on, and another one comes. All of that has
 * reached the helpee's program when this returns.
 */
static void
part(struct world *world)
{
    world_begin(world);
    world->manner = LISTEN;
    int first = view(world);
    type(first, 1, 0, MANY_BYTES);
    run_until(world, service_has_begun);
    received_before = helpee_received(world);
    hostile_relay_cut(hostile_relay_find(world->relay, world->code.nameplate), DS_ROLE_HELPER);
    type(first, 1, MANY_BYTES, MANY_BYTES);
    run_until(world, is_asked_again);
    type(view(world), 2, 0, MANY_BYTES);
    run_until(world, more_has_come);
    g_assert_cmpuint(world->served->len, ==, 1);
    g_assert_cmpuint(served_at(world, 0)->got->len, ==, MANY_BYTES);
}

static bool
service_has_all(struct world *world)
{
    return world->served->len == 2 && served_at(world, 0)->got->len == 2 * MANY_BYTES &&
           served_at(world, 1)->got->len == MANY_BYTES;
}

/* After yes all that was held comes, each byte once. */
static void
test_held_yes(void)
{
    struct world world;
    part(&world);
    ds_carry_hold(world.carry, false);
    ds_peer_grant(world.helpee, DS_LEVEL_CONTROL);
    run_until(&world, service_has_all);
    pattern_check(served_at(&world, 0)->got->data, 2 * MANY_BYTES, 1, 0);
    pattern_check(served_at(&world, 1)->got->data, MANY_BYTES, 2, 0);
    run_until(&world, helper_is_in);
    world_end(&world);
}

static bool
is_closed(struct world *world)
{
    return world->helpee_end != DS_REASON_NONE && world->helper_end != DS_REASON_NONE;
}

static bool
service_is_left(struct world *world)
{
    return served_at(world, 0)->is_over;
}

/* After no nothing of it ever comes, and the helper is out. */
static void
test_held_no(void)
{
    struct world world;
    part(&world);
    ds_peer_close(world.helpee, DS_REASON_DECLINED);
    run_until(&world, is_closed);
    g_assert_cmpint(world.helpee_end, ==, DS_REASON_DECLINED);
    g_assert_cmpint(world.helper_end, ==, DS_REASON_DECLINED);
    ds_carry_free(g_steal_pointer(&world.carry));
    run_until(&world, service_is_left);
    g_assert_cmpuint(world.served->len, ==, 1);
    g_assert_cmpuint(served_at(&world, 0)->got->len, ==, MANY_BYTES);
    world_end(&world);
}

static bool
asleep_is_over(struct world *world)
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
    struct world world;
    world_begin(&world);
    world.times.ask_again = DS_LINK_LATE_MS;
    world.manner = LISTEN;
    int viewer = view(&world);
    type(viewer, 1, 0, MANY_BYTES);
    run_until(&world, service_has_begun);
    received_before = helpee_received(&world);
    type(viewer, 1, MANY_BYTES, MANY_BYTES);
    g_usleep((DS_LINK_LATE_MS + 10) * 1000);
    run_until(&world, asleep_is_over);
    g_assert_cmpuint(world.asked_again, ==, 1);
    g_assert_cmpuint(served_at(&world, 0)->got->len, ==, MANY_BYTES);
    world_end(&world);
}

static bool
both_have_trouble(struct world *world)
{
    return world->helpee_trouble != DS_REASON_NONE && world->helper_trouble != DS_REASON_NONE;
}

static bool
one_is_served(struct world *world)
{
    return world->served->len > 0;
}

static bool
two_are_served(struct world *world)
{
    return world->served->len == 2 && served_at(world, 1)->got->len > 0;
}

/* The server dies, a viewer comes, the server comes back: the session stays through all of it. */
static void
test_server_dies(void)
{
    struct world world;
    world_begin(&world);
    view(&world);
    run_until(&world, one_is_served);
    evconnlistener_free(g_steal_pointer(&world.service));
    served_end(served_at(&world, 0));
    view(&world);
    run_until(&world, both_have_trouble);
    g_assert_cmpint(world.helpee_trouble, ==, DS_REASON_NO_SERVER);
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_NO_SERVER);
    g_assert_cmpuint(world.troubles, ==, 1);
    start_service(&world);
    type(view(&world), 1, 0, 5);
    run_until(&world, two_are_served);
    g_assert_cmpint(world.helpee_end, ==, DS_REASON_NONE);
    world_end(&world);
}

static bool
all_are_served(struct world *world)
{
    return world->served->len == DS_MUX_CHANNELS_MAX;
}

static bool
helper_has_trouble(struct world *world)
{
    return world->helper_trouble != DS_REASON_NONE;
}

static bool
last_has_echo(struct world *world)
{
    char byte;
    return recv(g_array_index(world->viewers, int, world->viewers->len - 1), &byte, 1, MSG_PEEK) ==
           1;
}

static bool
first_has_end(struct world *world)
{
    char bytes[2];
    return recv(g_array_index(world->viewers, int, 0), bytes, sizeof bytes, 0) == 0;
}

/* As many viewers as there is room for; one more is turned away; when one goes the next may come.
 */
static void
test_many_viewers(void)
{
    struct world world;
    world_begin(&world);
    for (int i = 0; i < DS_MUX_CHANNELS_MAX; i++) {
        type(view(&world), 1, 0, 1);
        run_until(&world, last_has_echo); /* one by one: the backlog is short */
    }
    g_assert_true(all_are_served(&world));
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_NONE);
    view(&world);
    run_until(&world, helper_has_trouble);
    g_assert_cmpint(world.helper_trouble, ==, DS_REASON_INTERNAL);
    g_assert_true(all_are_served(&world));
    shutdown(g_array_index(world.viewers, int, 0), SHUT_WR);
    run_until(&world, first_has_end);
    type(view(&world), 1, 0, 1);
    run_until(&world, last_has_echo);
    world_end(&world);
}

/* One viewer reads nothing while it is flooded: another one has its echo all the same. */
static void
test_stalled_viewer(void)
{
    struct world world;
    world_begin(&world);
    world.manner = FLOOD;
    view(&world);
    run_until(&world, one_is_served);
    received_before = helpee_received(&world);
    world.manner = ECHO;
    type(view(&world), 1, 0, 1);
    run_until(&world, last_has_echo);
    world_end(&world);
}

static bool
none_are_left(struct world *world)
{
    return served_at(world, 0)->is_over;
}

/* Who comes before the session stands waits; who comes to a taken address hears so. */
static void
test_offer(void)
{
    struct world world;
    struct ds_viewer_offer *other;
    struct ds_addr bound;
    world_begin(&world);
    g_assert_cmpint(ds_viewer_offer_new(
                            &other, world.base, &world.offered, &bound, on_helper_trouble, &world),
            ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    ds_viewer_offer_free(world.offer);
    g_assert_cmpint(ds_viewer_offer_new(&world.offer, world.base, &world.offered, &bound,
                            on_helper_trouble, &world),
            ==, 0);
    g_assert_true(ds_addr_equal(&bound, &world.offered));
    type(view(&world), 1, 0, 1); /* early */
    ds_viewer_offer_begin(world.offer, world.helper);
    run_until(&world, last_has_echo);
    ds_viewer_offer_free(g_steal_pointer(&world.offer));
    run_until(&world, none_are_left);
    world_end(&world);
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
