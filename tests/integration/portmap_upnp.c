/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A router of UPnP alone, which says what it likes: nobody else is spoken to, and not for long. */
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "tests/integration/fake_igd.h"
#include "tests/integration/port_wish.h"
#include "tests/lib/own_net.h"

struct world {
    struct port_wish wish;
    struct fake_igd igd;
};

static void
world_open(struct world *world, enum fake_igd_manner manner)
{
    *world = (struct world){.wish.base = event_base_new()};
    fake_igd_begin(&world->igd, world->wish.base);
    world->igd.manner = manner;
}

static void
run(struct world *world)
{
    port_wish_ask(&world->wish, PORT_WISH_LEASE_S);
    port_wish_until(&world->wish, &world->wish.told, 1);
}

/* What was mapped is taken back, and nobody came where nobody may. */
static void
world_close(struct world *world, unsigned deletes)
{
    guint64 end_us = ds_clock_us() + PORT_WISH_DEADLINE_MS * 1000ULL;

    ds_portmap_free(world->wish.portmap);
    while (!ds_portmap_settle(0) && ds_clock_us() < end_us)
        port_wish_turn(&world->wish);
    port_wish_turn(&world->wish);
    g_assert_true(ds_portmap_settle(0));
    g_assert_cmpuint(world->igd.deletes, ==, deletes);
    g_assert_cmpuint(world->igd.visits, ==, 0);
    fake_igd_end(&world->igd);
    event_base_free(world->wish.base);
}

static void
assert_asked(const char *request, const char *wanted)
{
    g_test_message("%s", request);
    g_assert_nonnull(strstr(request, wanted));
}

/* ---- tests ---- */

static void
test_honest(void)
{
    struct world world;
    char text[DS_ADDR_TEXT_MAX];
    world_open(&world, FAKE_IGD_HONEST);
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_MAPPED);
    g_assert_cmpint(world.wish.news.method, ==, DS_PORTMAP_UPNP);
    g_assert_cmpstr(ds_addr_format(&world.wish.news.external, text), ==, "192.0.2.9:23100");
    assert_asked(world.igd.added, "<NewExternalPort>23100</NewExternalPort>"
                                  "<NewProtocol>TCP</NewProtocol>"
                                  "<NewInternalPort>23100</NewInternalPort>"
                                  "<NewInternalClient>127.0.0.1</NewInternalClient>");
    assert_asked(world.igd.added, "<NewLeaseDuration>120</NewLeaseDuration>");
    world_close(&world, 1);
    assert_asked(world.igd.deleted, "<NewExternalPort>23100</NewExternalPort>");
}

/* Another port, where ours is somebody else's; and that one is not touched. */
static void
test_conflict(void)
{
    struct world world;
    world_open(&world, FAKE_IGD_HONEST);
    world.igd.conflicts = 2;
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_MAPPED);
    g_assert_cmpuint(world.igd.adds, ==, 3);
    guint16 port = ds_addr_port(&world.wish.news.external);
    g_assert_cmpuint(port, >=, DS_PUNCH_PORT_MIN);
    g_assert_cmpuint(port, <=, DS_PUNCH_PORT_MAX);
    g_autofree char *wanted = g_strdup_printf("<NewExternalPort>%u</NewExternalPort>", port);
    assert_asked(world.igd.added, wanted);
    world_close(&world, 1);
    assert_asked(world.igd.deleted, wanted);
}

static void
check_not(enum fake_igd_manner manner, enum ds_portmap_state state, unsigned adds)
{
    struct world world;
    world_open(&world, manner);
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, state);
    g_assert_cmpuint(world.igd.adds, ==, adds);
    world_close(&world, 0);
}

/* It was ours, and is another's by now: that is not for us to end. */
static void
test_anothers(void)
{
    struct world world;
    world_open(&world, FAKE_IGD_ANOTHERS);
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_MAPPED);
    world_close(&world, 0);
}

static void
test_full(void)
{
    struct world world;
    world_open(&world, FAKE_IGD_HONEST);
    world.igd.conflicts = 10;
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_REFUSED);
    g_assert_cmpuint(world.igd.adds, ==, 3);
    world_close(&world, 0);
}

static void
test_permanent(void)
{
    check_not(FAKE_IGD_PERMANENT, DS_PORTMAP_REFUSED, 1);
}

static void
test_elsewhere(void)
{
    check_not(FAKE_IGD_ELSEWHERE, DS_PORTMAP_SILENT, 0);
    check_not(FAKE_IGD_REDIRECT, DS_PORTMAP_SILENT, 0);
    check_not(FAKE_IGD_CONTROL_ELSEWHERE, DS_PORTMAP_SILENT, 0);
}

/* A base elsewhere is none: the service is where its description was. */
static void
test_base(void)
{
    struct world world;
    world_open(&world, FAKE_IGD_BASE_ELSEWHERE);
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_MAPPED);
    world_close(&world, 1);
}

static void
test_bad(void)
{
    check_not(FAKE_IGD_ENDLESS, DS_PORTMAP_SILENT, 0);
    check_not(FAKE_IGD_SILENT, DS_PORTMAP_SILENT, 0);
    check_not(FAKE_IGD_NONSENSE, DS_PORTMAP_SILENT, 0);
}

/* Behind another NAT, for those who are there, too. */
static void
test_between(void)
{
    struct world world;
    world_open(&world, FAKE_IGD_HONEST);
    world.igd.external = "10.0.0.7";
    run(&world);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_BEHIND);
    g_assert_cmpint(world.wish.news.method, ==, DS_PORTMAP_UPNP);
    g_assert_cmpuint(world.wish.news.external.len, !=, 0);
    g_assert_cmpuint(world.igd.adds, ==, 1);
    world_close(&world, 1);
}

/* The address is asked for first: nothing is mapped where it is of no use. */
static void
test_double_nat(void)
{
    static const char *const addresses[] = {"192.0.2.10", "127.0.0.1", "0.0.0.0", ""};
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        struct world world;
        world_open(&world, FAKE_IGD_HONEST);
        world.igd.external = addresses[i];
        run(&world);
        g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_BEHIND);
        g_assert_cmpuint(world.igd.adds, ==, 0);
        world_close(&world, 0);
    }
}

static void
test_odd_address(void)
{
    static const char *const addresses[] = {"2001:db8::9", "router.example"};
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        struct world world;
        world_open(&world, FAKE_IGD_HONEST);
        world.igd.external = addresses[i];
        run(&world);
        g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_SILENT);
        g_assert_cmpuint(world.igd.adds, ==, 0);
        world_close(&world, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!own_net_enter()) {
        g_print("1..0 # SKIP no name spaces\n");
        return 0;
    }
    own_net_ip("link set lo up\n");
    g_test_add_func("/portmap-upnp/honest", test_honest);
    g_test_add_func("/portmap-upnp/conflict", test_conflict);
    g_test_add_func("/portmap-upnp/anothers", test_anothers);
    g_test_add_func("/portmap-upnp/full", test_full);
    g_test_add_func("/portmap-upnp/permanent", test_permanent);
    g_test_add_func("/portmap-upnp/elsewhere", test_elsewhere);
    g_test_add_func("/portmap-upnp/base", test_base);
    g_test_add_func("/portmap-upnp/bad", test_bad);
    g_test_add_func("/portmap-upnp/between", test_between);
    g_test_add_func("/portmap-upnp/double-nat", test_double_nat);
    g_test_add_func("/portmap-upnp/odd-address", test_odd_address);
    return g_test_run();
}
