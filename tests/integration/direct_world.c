/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/direct_world.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "tests/lib/own_net.h"
#include "tests/lib/patience.h"

const enum ds_direct direct_world_both[] = {DS_DIRECT_AUTO, DS_DIRECT_AUTO};

gboolean
direct_world_enter(void)
{
    if (!own_net_enter())
        return FALSE;
    own_net_ip("link set lo up\n"
               "link add near type veth peer name far\n"
               "link set far up\n"
               "link set near up\n"
               "address add " ADDRESS "/24 dev near\n");
    return TRUE;
}

/* --- life --- */

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct direct_world *world = pairing->arg;
    if (side->role != DS_ROLE_HELPER || world->kind_count == G_N_ELEMENTS(world->kinds))
        return;
    if (side->moments[PAIRING_PATH] == world->kind_count)
        return; /* other news */
    world->whys[world->kind_count] = side->path.why_not.why;
    world->kinds[world->kind_count++] = side->path.kind;
}

struct direct_world *
direct_world_new_at(const enum ds_direct direct[static 2], const char *relay)
{
    struct direct_world *world = g_new0(struct direct_world, 1);
    world->base = event_base_new();
    g_assert_nonnull(world->base);
    world->relay =
            hostile_relay_new_at(world->base, htonl(relay != NULL ? INADDR_ANY : INADDR_LOOPBACK));
    world->times = *ds_peer_default_times();
    for (gsize i = 0; i < DS_PUNCH_AGAIN_STEPS; i++)
        world->times.punch_again[i] = QUICK_MS;
    world->times.punch_pace = QUICK_MS;
    world->times.punch_prune = QUICK_MS;
    world->times.punch_steady = 0;
    world->times.direct_only = 2000;
    world->pairing = (struct pairing){.base = world->base,
            .relay = relay,
            .port = hostile_relay_port(world->relay),
            .bytes = 100000,
            .helpers = 1,
            .stays = true,
            .direct = direct,
            .times = &world->times,
            .on_news = on_news,
            .arg = world};
    pairing_start(&world->pairing);
    return world;
}

struct direct_world *
direct_world_new(const enum ds_direct direct[static 2])
{
    return direct_world_new_at(direct, NULL);
}

void
direct_world_free(struct direct_world *world)
{
    pairing_finish(&world->pairing);
    event_base_loop(world->base, EVLOOP_NONBLOCK);
    if (world->relay != NULL)
        hostile_relay_free(world->relay);
    event_base_free(world->base);
    g_free(world);
}

void
direct_world_run_until(
        struct direct_world *world, bool (*is_done)(const struct direct_world *world))
{
    struct patience patience;
    patience_begin(&patience, world->base);
    while (!is_done(world))
        patience_turn(&patience);
    patience_end(&patience);
}

static bool
is_paced(const struct direct_world *world)
{
    return ds_clock_us() >= world->paced_us;
}

void
direct_world_wait_ms(struct direct_world *world, guint ms)
{
    world->paced_us = ds_clock_us() + ms * UINT64_C(1000);
    direct_world_run_until(world, is_paced);
}

static bool
both_are(const struct direct_world *world, enum ds_path_kind kind)
{
    return world->pairing.helpee.path.kind == kind && world->pairing.helper.path.kind == kind;
}

bool
direct_world_is_direct(const struct direct_world *world)
{
    return both_are(world, DS_PATH_LAN);
}

bool
direct_world_is_relayed(const struct direct_world *world)
{
    return both_are(world, DS_PATH_RELAY);
}

bool
direct_world_is_served(const struct direct_world *world)
{
    return pairing_has_all(&world->pairing);
}

bool
direct_world_is_over(const struct direct_world *world)
{
    return pairing_is_over(&world->pairing);
}

int
direct_world_socket(const struct direct_world *world)
{
    const struct ds_peer_path *path = &world->pairing.helper.path;
    for (int fd = 3; fd < FDS_MOST; fd++) {
        struct sockaddr_storage here, there;
        struct ds_addr local, remote;
        socklen_t here_len = sizeof here, there_len = sizeof there;
        if (getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
                getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
                ds_addr_from_sockaddr(&local, (struct sockaddr *)&here, here_len) == 0 &&
                ds_addr_from_sockaddr(&remote, (struct sockaddr *)&there, there_len) == 0 &&
                ds_addr_equal(&local, &path->local) && ds_addr_equal(&remote, &path->remote))
            return fd;
    }
    return -1;
}

void
direct_world_reset(const struct direct_world *world)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    int fd = direct_world_socket(world);
    g_assert_cmpint(fd, >, 0);
    g_assert_cmpint(connect(fd, &none, sizeof none), ==, 0);
}

void
direct_world_end_well(struct direct_world *world)
{
    direct_world_run_until(world, direct_world_is_served);
    ds_peer_close(world->pairing.helper.peer, DS_REASON_STOPPED);
    direct_world_run_until(world, direct_world_is_over);
    g_assert_cmpint(world->pairing.helper.reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(world->pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
    g_assert_cmpuint(world->pairing.helpee.asked_again, ==, 0);
}

struct hostile_session *
direct_world_session(const struct direct_world *world)
{
    return hostile_relay_find(world->relay, world->pairing.code.nameplate);
}
