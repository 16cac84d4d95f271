/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A port that a router is asked to open, in a network of the test's own where the router is us. */
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/portmap/gateway.h"
#include "tests/integration/fake_router.h"
#include "tests/integration/port_wish.h"
#include "tests/lib/own_net.h"

enum { PORT = PORT_WISH_PORT, ANOTHER_PORT = 23200, SETTLE_MS = 10000 };
enum { LEASE_S = PORT_WISH_LEASE_S, SHORT_LEASE_S = 2 };

struct world {
    struct port_wish wish;
    struct fake_router router;
};

static void
world_open(struct world *world)
{
    *world = (struct world){.wish.base = event_base_new()};
    fake_router_begin(&world->router, world->wish.base);
}

static void
assert_external(const struct world *world, const char *host, guint16 port)
{
    g_autofree char *wanted = g_strdup_printf("%s:%u", host, port);
    char text[DS_ADDR_TEXT_MAX];
    g_assert_cmpstr(ds_addr_format(&world->wish.news.external, text), ==, wanted);
}

static void
assert_mapped(const struct world *world, enum ds_portmap_method method, guint16 port)
{
    g_assert_cmpint(world->wish.news.state, ==, DS_PORTMAP_MAPPED);
    g_assert_cmpint(world->wish.news.method, ==, method);
    assert_external(world, "192.0.2.9", port);
}

/* What was mapped is taken back, once. */
static void
world_close(struct world *world, unsigned unmaps)
{
    ds_portmap_free(world->wish.portmap);
    port_wish_until(&world->wish, &world->router.unmaps, unmaps);
    g_assert_true(ds_portmap_settle(SETTLE_MS));
    fake_router_end(&world->router);
    event_base_free(world->wish.base);
}

/* ---- tests ---- */

static void
test_pcp(void)
{
    struct world world;
    world_open(&world);
    port_wish_ask(&world.wish, LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_PCP, PORT);
    g_assert_cmpuint(world.router.asked_s, ==, LEASE_S);
    g_assert_cmpuint(world.router.suggested, ==, PORT);
    world_close(&world, 1);
}

static void
test_natpmp(void)
{
    struct world world;
    world_open(&world);
    world.router.is_natpmp = TRUE;
    world.router.port = ANOTHER_PORT;
    port_wish_ask(&world.wish, LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_NAT_PMP, ANOTHER_PORT);
    g_assert_cmpuint(world.router.asked_s, ==, LEASE_S);
    world_close(&world, 1);
}

/* Of those who answer in the router's name, and know nothing, there may be many. */
static void
test_flood(void)
{
    struct world world;
    world_open(&world);
    world.router.floods = 64;
    port_wish_ask(&world.wish, LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_PCP, PORT);
    world_close(&world, 1);
}

static void
check_not(struct world *world, enum ds_portmap_state state)
{
    port_wish_ask(&world->wish, LEASE_S);
    port_wish_until(&world->wish, &world->wish.told, 1);
    g_assert_cmpint(world->wish.news.state, ==, state);
    g_assert_cmpint(world->wish.news.method, ==, DS_PORTMAP_NONE);
    g_assert_cmpuint(world->wish.news.external.len, ==, 0);
}

static void
test_refused(void)
{
    struct world world;
    world_open(&world);
    world.router.result = 2; /* NOT_AUTHORIZED, in both */
    check_not(&world, DS_PORTMAP_REFUSED);
    world_close(&world, 0);
}

/* A mapping that is over at once is none. */
static void
test_no_lease(void)
{
    struct world world;
    world_open(&world);
    world.router.lifetime_s = 0;
    check_not(&world, DS_PORTMAP_REFUSED);
    world_close(&world, 0);
}

static void
check_double_nat(const char *external, gboolean is_natpmp, guint8 result, unsigned unmaps)
{
    struct world world;
    world_open(&world);
    world.router.external = external;
    world.router.is_natpmp = is_natpmp;
    world.router.result = result;
    check_not(&world, DS_PORTMAP_BEHIND);
    g_assert_cmpuint(world.router.unmaps, ==, unmaps); /* before it is told */
    world_close(&world, unmaps);
}

/* An address of the world that is not the one that the relay sees, or this machine's own;
 * ADDRESS_MISMATCH, and NETWORK_FAILURE of both: there is none. */
static void
test_double_nat(void)
{
    check_double_nat("192.0.2.10", FALSE, 0, 1);
    check_double_nat("127.0.0.1", FALSE, 0, 1);
    check_double_nat("192.0.2.10", TRUE, 0, 0);
    check_double_nat("192.0.2.9", FALSE, 12, 0);
    check_double_nat("192.0.2.9", FALSE, 7, 0);
    check_double_nat("192.0.2.9", TRUE, 3, 0);
}

/* Behind another NAT, the mapping is held all the same, for those who are there, too. */
static void
check_between(const char *external, gboolean is_natpmp)
{
    struct world world;
    world_open(&world);
    world.router.external = external;
    world.router.is_natpmp = is_natpmp;
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_BEHIND);
    assert_external(&world, external, PORT);
    g_assert_cmpuint(world.router.unmaps, ==, 0);
    port_wish_until(&world.wish, &world.router.maps, 2); /* renewed */
    g_assert_cmpuint(world.wish.told, ==, 1);
    world_close(&world, 1);
}

static void
test_between(void)
{
    check_between("100.64.0.7", FALSE);
    check_between("192.168.1.2", FALSE);
    check_between("100.127.255.254", TRUE);
}

static void
check_low_port(const char *external, enum ds_portmap_state state, unsigned unmaps)
{
    struct world world;
    world_open(&world);
    world.router.external = external;
    world.router.port = 443;
    check_not(&world, state);
    g_assert_cmpuint(world.router.unmaps, ==, unmaps); /* before it is told */
    world_close(&world, unmaps);
}

/* A port that nobody may dial: where the address is right that is no NAT's fault, and the router is
 * asked by the next protocol, too. */
static void
test_low_port(void)
{
    check_low_port("192.0.2.9", DS_PORTMAP_REFUSED, 2);
    check_low_port("192.0.2.10", DS_PORTMAP_BEHIND, 1);
    check_low_port("100.64.0.7", DS_PORTMAP_BEHIND, 1);
}

/* It gives such a port when it is asked again. */
static void
test_low_port_later(void)
{
    struct world world;
    world_open(&world);
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_PCP, PORT);
    world.router.port = 443;
    port_wish_until(&world.wish, &world.wish.told, 2);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_REFUSED);
    g_assert_cmpuint(world.wish.news.external.len, ==, 0);
    world_close(&world, 1);
}

static void
test_another_nonce(void)
{
    struct world world;
    world_open(&world);
    world.router.flip = 1;
    world.router.is_pcp_alone = TRUE;
    check_not(&world, DS_PORTMAP_SILENT);
    g_assert_cmpuint(world.router.maps, ==, 2); /* asked twice */
    world_close(&world, 0);
}

static void
test_silent(void)
{
    struct world world;
    world_open(&world);
    world.router.is_silent = TRUE;
    check_not(&world, DS_PORTMAP_SILENT);
    world_close(&world, 0);
}

/* Renewed at half of the lease, with the nonce of before. */
static void
test_renewal(void)
{
    struct world world;
    world_open(&world);
    world.router.epoch_s = 1000;
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    port_wish_until(&world.wish, &world.router.maps, 3);
    g_assert_cmpuint(world.wish.told, ==, 1); /* nothing is new */
    g_assert_cmpmem(world.router.nonces[0], 12, world.router.nonces[1], 12);
    world_close(&world, 1);
}

/* A router that grants next to nothing is not asked all the time. */
static void
test_pace(void)
{
    struct world world;
    world_open(&world);
    world.router.lifetime_s = 1;
    guint64 began_us = ds_clock_us();
    port_wish_ask(&world.wish, LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_PCP, PORT);
    port_wish_until(
            &world.wish, &world.router.maps, world.router.maps + 1); /* one may be repeated */
    g_assert_cmpuint(ds_clock_us() - began_us, >=, DS_PORTMAP_PACE_MS * UINT64_C(1000));
    world_close(&world, 1);
}

/* The router begins anew: what it gives then is told. */
static void
test_epoch(void)
{
    struct world world;
    world_open(&world);
    world.router.epoch_s = 1000;
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    assert_mapped(&world, DS_PORTMAP_PCP, PORT);
    world.router.epoch_s = 1;
    world.router.port = ANOTHER_PORT;
    port_wish_until(&world.wish, &world.wish.told, 2);
    assert_mapped(&world, DS_PORTMAP_PCP, ANOTHER_PORT);
    world_close(&world, 1);
}

static void
test_lost(void)
{
    struct world world;
    world_open(&world);
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    world.router.is_silent = TRUE;
    port_wish_until(&world.wish, &world.wish.told, 2);
    g_assert_cmpint(world.wish.news.state, ==, DS_PORTMAP_LOST);
    g_assert_cmpuint(world.router.unmaps, >, 0); /* its answers may be all that is lost */
    world_close(&world, world.router.unmaps);
}

/* Nobody waits for an answer that does not come; what may have been made is taken back. */
static void
test_early_end(void)
{
    struct world world;
    world_open(&world);
    world.router.is_silent = TRUE;
    port_wish_ask(&world.wish, LEASE_S);
    port_wish_until(&world.wish, &world.router.maps, 1);
    world_close(&world, 2); /* said twice, since nobody confirms it */
    g_assert_cmpuint(world.wish.told, ==, 0);
}

/* Hushed, it says nothing more, and lives. */
static void
test_hush(void)
{
    struct world world;
    world_open(&world);
    port_wish_ask(&world.wish, SHORT_LEASE_S);
    port_wish_until(&world.wish, &world.wish.told, 1);
    ds_portmap_hush(world.wish.portmap);
    world.router.port = ANOTHER_PORT;
    port_wish_until(&world.wish, &world.router.maps, 3);
    g_assert_cmpuint(world.wish.told, ==, 1);
    world_close(&world, 1);
}

static void
assert_gateway(int family, const char *wanted)
{
    struct ds_addr gateway;
    char text[DS_ADDR_TEXT_MAX];
    g_assert_cmpint(ds_gateway_find(family, &gateway), ==, wanted != NULL);
    if (wanted != NULL)
        g_assert_cmpstr(ds_addr_format_host(&gateway, text), ==, wanted);
}

/* The router of the route that the kernel takes; one without a router is a tunnel's. */
static void
test_gateway(void)
{
    assert_gateway(AF_INET, NULL);
    assert_gateway(AF_INET6, NULL);
    own_net_ip("link add near type veth peer name far\n"
               "link set near up\n"
               "link set far up\n"
               "address add 192.168.1.20/24 dev near\n"
               "address add 2001:db8::20/64 dev near nodad\n"
               "route add default via 192.168.1.1 metric 200\n");
    assert_gateway(AF_INET, "192.168.1.1");
    own_net_ip("route add default via 192.168.1.2 metric 100\n"
               "route add 10.0.0.0/8 via 192.168.1.3\n"
               "route add ::/0 via 2001:db8::1 dev near\n");
    assert_gateway(AF_INET, "192.168.1.2");
    assert_gateway(AF_INET6, "2001:db8::1");
    own_net_ip("route add default dev far metric 50\n");
    assert_gateway(AF_INET, NULL);
    own_net_ip("link delete near\n");
}

/* The kernel says whom to ask; without a router nobody is. */
static void
test_no_gateway(void)
{
    struct ds_portmap_config config = {.family = AF_INET, .port = PORT, .lease_s = LEASE_S};
    struct port_wish wish = {.base = event_base_new()};

    config.base = wish.base;
    g_assert_cmpint(ds_portmap_new(&wish.portmap, &config, port_wish_on_news, &wish), ==, 0);
    port_wish_until(&wish, &wish.told, 1);
    g_assert_cmpint(wish.news.state, ==, DS_PORTMAP_NO_GATEWAY);
    ds_portmap_free(wish.portmap);
    g_assert_true(ds_portmap_settle(SETTLE_MS));
    event_base_free(wish.base);
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
    g_test_add_func("/portmap/pcp", test_pcp);
    g_test_add_func("/portmap/natpmp", test_natpmp);
    g_test_add_func("/portmap/flood", test_flood);
    g_test_add_func("/portmap/refused", test_refused);
    g_test_add_func("/portmap/no-lease", test_no_lease);
    g_test_add_func("/portmap/double-nat", test_double_nat);
    g_test_add_func("/portmap/between", test_between);
    g_test_add_func("/portmap/low-port", test_low_port);
    g_test_add_func("/portmap/low-port-later", test_low_port_later);
    g_test_add_func("/portmap/another-nonce", test_another_nonce);
    g_test_add_func("/portmap/silent", test_silent);
    g_test_add_func("/portmap/renewal", test_renewal);
    g_test_add_func("/portmap/pace", test_pace);
    g_test_add_func("/portmap/epoch", test_epoch);
    g_test_add_func("/portmap/lost", test_lost);
    g_test_add_func("/portmap/early-end", test_early_end);
    g_test_add_func("/portmap/hush", test_hush);
    g_test_add_func("/portmap/no-gateway", test_no_gateway);
    g_test_add_func("/portmap/gateway", test_gateway);
    return g_test_run();
}
