/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to a STUN server over loopback, and every way not to answer it. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/punch/stun_client.h"
#include "tests/integration/fake_stun.h"

enum { DEADLINE_MS = 20000, SHORT_MS = 50 };

struct world {
    struct event_base *base;
    struct ds_local_port *port;
    struct fake_stun server;
    struct ds_stun_client *client;
    gboolean frees; /* the callback frees the client */
    unsigned calls;
    int err;
    struct ds_addr seen;
};

static void
on_answer(void *arg, int err, const struct ds_addr *seen)
{
    struct world *world = arg;
    world->calls++;
    world->err = err;
    g_assert_true((seen == NULL) == (err < 0));
    if (seen != NULL)
        world->seen = *seen;
    if (world->frees) {
        ds_stun_client_free(world->client);
        world->client = NULL;
    }
}

static void
world_open(struct world *world, const char *addr)
{
    *world = (struct world){.base = event_base_new()};
    g_assert_cmpint(ds_local_port_claim(&world->port), ==, 0);
    fake_stun_begin(&world->server, world->base, addr);
}

static void
world_close(struct world *world)
{
    ds_stun_client_free(world->client);
    fake_stun_end(&world->server);
    ds_local_port_unref(world->port);
    event_base_free(world->base);
}

static int
begin(struct world *world, unsigned timeout_ms)
{
    int err = ds_stun_client_new(&world->client, world->base, world->port, &world->server.addr,
            timeout_ms, on_answer, world);
    g_assert_cmpuint(world->calls, ==, 0);
    return err;
}

/* Run until the client has called. */
static void
run(struct world *world)
{
    uint64_t end_us = ds_clock_us() + DEADLINE_MS * 1000ULL;
    while (world->calls == 0 && ds_clock_us() < end_us)
        event_base_loop(world->base, EVLOOP_ONCE);
    g_assert_cmpuint(world->calls, ==, 1);
}

/* Let the loop do what is to be done, a few times over. */
static void
settle(struct world *world)
{
    for (unsigned i = 0; i < 20; i++) {
        struct timeval soon = ds_clock_timeval(5);
        event_base_loopexit(world->base, &soon);
        event_base_dispatch(world->base);
    }
}

/* ---- tests ---- */

static void
check_answer(const char *addr, enum fake_stun_manner manner)
{
    struct world world;
    world_open(&world, addr);
    world.server.manner = manner;
    g_assert_cmpint(begin(&world, DEADLINE_MS), ==, 0);
    run(&world);
    g_assert_cmpint(world.err, ==, 0);
    g_assert_true(ds_addr_equal(&world.seen, &world.server.from));
    g_assert_cmpuint(ds_addr_port(&world.seen), ==, ds_local_port_number(world.port));
    settle(&world); /* what holds the mapping stays */
    g_assert_cmpuint(world.calls, ==, 1);
    g_assert_cmpuint(world.server.open, ==, 1);
    ds_stun_client_free(world.client);
    world.client = NULL;
    settle(&world);
    g_assert_cmpuint(world.server.open, ==, 0);
    g_assert_cmpuint(world.server.questions, ==, 1);
    world_close(&world);
}

static void
test_answer(void)
{
    check_answer("127.0.0.1:0", FAKE_STUN_HONEST);
    check_answer("[::1]:0", FAKE_STUN_HONEST);
    check_answer("127.0.0.1:0", FAKE_STUN_BYTES);
    check_answer("127.0.0.1:0", FAKE_STUN_MORE);
}

/* Another address than ours is what a NAT makes of it. */
static void
test_mapped(void)
{
    struct world world;
    world_open(&world, "127.0.0.1:0");
    g_assert_cmpint(ds_addr_parse(&world.server.seen, "203.0.113.7:40001", 0), ==, 0);
    g_assert_cmpint(begin(&world, DEADLINE_MS), ==, 0);
    run(&world);
    g_assert_true(ds_addr_equal(&world.seen, &world.server.seen));
    world_close(&world);
}

static void
check_failure(enum fake_stun_manner manner, int err, gboolean frees)
{
    struct world world;
    world_open(&world, "127.0.0.1:0");
    world.server.manner = manner;
    world.frees = frees;
    g_assert_cmpint(begin(&world, manner == FAKE_STUN_SILENT ? SHORT_MS : DEADLINE_MS), ==, 0);
    run(&world);
    g_assert_cmpint(world.err, ==, err);
    settle(&world); /* nothing is kept for a server that says nothing */
    g_assert_cmpuint(world.calls, ==, 1);
    g_assert_cmpuint(world.server.open, ==, 0);
    world_close(&world);
}

static void
test_hostile(void)
{
    static const struct {
        enum fake_stun_manner manner;
        int err;
    } rows[] = {
            {FAKE_STUN_SILENT, DS_ERR_TIMEOUT},
            {FAKE_STUN_CLOSES, DS_ERR_CLOSED},
            {FAKE_STUN_CLOSES_LATE, DS_ERR_CLOSED},
            {FAKE_STUN_GARBAGE, DS_ERR_PROTOCOL},
            {FAKE_STUN_LONG, DS_ERR_PROTOCOL},
            {FAKE_STUN_WRONG_ID, DS_ERR_PROTOCOL},
            {FAKE_STUN_ERROR, DS_ERR_PROTOCOL},
            {FAKE_STUN_ECHO, DS_ERR_PROTOCOL},
            {FAKE_STUN_NO_ADDRESS, DS_ERR_PROTOCOL},
            {FAKE_STUN_FAMILY, DS_ERR_PROTOCOL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("manner %d", (int)rows[i].manner);
        check_failure(rows[i].manner, rows[i].err, i % 2 == 0);
    }
}

static void
test_refused(void)
{
    struct world world;
    world_open(&world, "127.0.0.1:0");
    struct ds_addr addr = world.server.addr;
    fake_stun_end(&world.server);
    world.server.addr = addr;
    g_assert_cmpint(begin(&world, DEADLINE_MS), ==, 0);
    run(&world);
    g_assert_cmpint(world.err, ==, DS_ERR_UNREACHABLE);
    world_close(&world);
}

/* There is a connection of the same two ends: one question at a time. */
static void
test_taken(void)
{
    struct world world;
    struct ds_stun_client *first;
    world_open(&world, "127.0.0.1:0");
    world.server.manner = FAKE_STUN_SILENT;
    g_assert_cmpint(begin(&world, DEADLINE_MS), ==, 0);
    first = world.client;
    g_assert_cmpint(begin(&world, DEADLINE_MS), ==, DS_ERR_SYSTEM);
    g_assert_cmpint(errno, ==, EADDRNOTAVAIL);
    g_assert_true(world.client == first);
    world_close(&world); /* while it waits */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stun-client/answer", test_answer);
    g_test_add_func("/stun-client/mapped", test_mapped);
    g_test_add_func("/stun-client/hostile", test_hostile);
    g_test_add_func("/stun-client/refused", test_refused);
    g_test_add_func("/stun-client/taken", test_taken);
    return g_test_run();
}
