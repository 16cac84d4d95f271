/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/carry_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/patience.h"

enum { PIECE = 65536 };

/* --- the service --- */

void
carry_world_hang_up(struct carry_served *served)
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
    struct carry_served *served = data;
    carry_world_hang_up(served);
    g_byte_array_unref(served->got);
    g_free(served);
}

static void
on_served(evutil_socket_t fd, short what, void *arg)
{
    static guint8 piece[PIECE];
    struct carry_served *served = arg;

    if (served->manner == CARRY_FLOOD) {
        (void)!send(fd, piece, sizeof piece, MSG_NOSIGNAL);
        return;
    }
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n <= 0) {
        carry_world_hang_up(served);
        return;
    }
    g_byte_array_append(served->got, piece, (guint)n);
    if (served->manner == CARRY_ECHO)
        g_assert_cmpint(send(fd, piece, (size_t)n, MSG_NOSIGNAL), ==, n);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct carry_world *world = arg;
    struct carry_served *served = g_new0(struct carry_served, 1);
    served->world = world;
    served->fd = fd;
    served->manner = world->manner;
    served->got = g_byte_array_new();
    served->event = event_new(world->base, fd,
            (served->manner == CARRY_FLOOD ? EV_WRITE : EV_READ) | EV_PERSIST, on_served, served);
    g_assert_cmpint(event_add(served->event, NULL), ==, 0);
    g_ptr_array_add(world->served, served);
}

void
carry_world_serve(struct carry_world *world)
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

struct carry_served *
carry_world_served(struct carry_world *world, guint i)
{
    return g_ptr_array_index(world->served, i);
}

/* --- the peers --- */

static const struct ds_peer_handler helper_handler;

static void
on_code(void *arg, const struct ds_code *code, uint64_t left_ms)
{
    struct carry_world *world = arg;
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
    struct carry_world *world = arg;
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
    struct carry_world *world = arg;
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
    struct carry_world *world = arg;
    world->level = level;
}

static void
on_path(void *arg, const struct ds_peer_path *path)
{
}

static bool
on_open(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct carry_world *world = arg;
    ds_carry_open(world->carry, channel);
    return true;
}

static void
on_helpee_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct carry_world *world = arg;
    world->helpee_end = reason;
}

static void
on_helper_closed(void *arg, enum ds_reason reason, const char *step, uint32_t retry_ms)
{
    struct carry_world *world = arg;
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
    struct carry_world *world = arg;
    world->helpee_trouble = reason;
    world->troubles++;
}

void
carry_world_on_helper_trouble(void *arg, enum ds_reason reason, const char *detail)
{
    struct carry_world *world = arg;
    world->helper_trouble = reason;
}

void
carry_world_run_until(struct carry_world *world, bool (*is_done)(struct carry_world *world))
{
    struct patience patience;
    patience_begin(&patience, world->base);
    while (!is_done(world))
        patience_turn(&patience);
    patience_end(&patience);
}

bool
carry_world_helper_is_in(struct carry_world *world)
{
    return world->level == DS_LEVEL_CONTROL;
}

void
carry_world_begin(struct carry_world *world)
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
    carry_world_serve(world);
    world->carry = ds_carry_new(
            world->base, "127.0.0.1", ds_addr_port(&world->service_addr), on_helpee_trouble, world);
    g_assert_cmpint(ds_viewer_offer_new(&world->offer, world->base, &world->offered,
                            &world->offered, carry_world_on_helper_trouble, world),
            ==, 0);
    struct ds_peer_config config = {.base = world->base,
            .role = DS_ROLE_HELPEE,
            .relays = &world->relay_addr,
            .relay_count = 1,
            .name = "Maria",
            .direct = DS_DIRECT_NEVER,
            .times = &world->times};
    g_assert_cmpint(ds_peer_new(&world->helpee, &config, &helpee_handler, world), ==, 0);
    carry_world_run_until(world, carry_world_helper_is_in);
}

void
carry_world_end(struct carry_world *world)
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
