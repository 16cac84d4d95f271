/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A check of the network where there is little of one. */
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>
#include <openssl/ssl.h>

#include "net/netcheck/netcheck.h"
#include "net/netcheck/verdict.h"
#include "net/relay/relay.h"
#include "net/relay/state.h"
#include "tests/integration/relay_double.h"
#include "tests/lib/own_net.h"

enum { SHORT_MS = 300, LONG_MS = 20000 };

struct world {
    struct event_base *base;
    struct ds_netcheck *netcheck;
    unsigned told;
    struct ds_netcheck_facts facts;
};

static void
on_checked(void *arg, const struct ds_netcheck_facts *facts)
{
    struct world *world = arg;

    world->told++;
    world->facts = *facts;
    ds_netcheck_free(world->netcheck);
    world->netcheck = NULL;
}

static struct ds_relay_addr
relay_on(const char *host, uint16_t port)
{
    struct ds_relay_addr relay = {.port = port};
    g_strlcpy(relay.host, host, sizeof relay.host);
    return relay;
}

static struct ds_relay_addr
relay_at(uint16_t port)
{
    return relay_on("127.0.0.1", port);
}

static void
begin(struct world *world, const struct ds_relay_addr *relay, unsigned limit_ms)
{
    struct ds_netcheck_config config = {
            .base = world->base, .relay = relay, .proxy = "", .limit_ms = limit_ms};
    g_assert_cmpint(ds_netcheck_new(&world->netcheck, &config, on_checked, world), ==, 0);
    g_assert_cmpuint(world->told, ==, 0);
}

/* Nothing is left in the loop when it is over: this returns by itself. */
static void
check(const struct ds_relay_addr *relay, unsigned limit_ms, struct ds_netcheck_facts *facts)
{
    struct world world = {.base = event_base_new()};

    begin(&world, relay, limit_ms);
    event_base_dispatch(world.base);
    g_assert_cmpuint(world.told, ==, 1);
    *facts = world.facts;
    event_base_free(world.base);
}

/* Returns an fd, and in `*port` where it is; nobody accepts there. */
static int
silent_port(uint16_t *port)
{
    struct ds_addr any;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(ds_addr_parse(&any, "127.0.0.1:0", 0), ==, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)&any.ss, any.len), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&ss, &len), ==, 0);
    g_assert_cmpint(ds_addr_from_sockaddr(&any, (const struct sockaddr *)&ss, len), ==, 0);
    *port = ds_addr_port(&any);
    return fd;
}

/* ---- no relay ---- */

static void
test_none(void)
{
    struct ds_netcheck_facts facts;

    check(NULL, LONG_MS, &facts);
    g_assert_false(facts.relay.is_set);
    g_assert_false(facts.relay.is_reached);
    g_assert_false(facts.router.is_asked);
    g_assert_cmpint(facts.ipv4.mapping, ==, DS_MAPPING_UNKNOWN);
}

static void
test_refused(void)
{
    struct ds_netcheck_facts facts;
    uint16_t port;
    int fd = silent_port(&port); /* bound, and nobody listens */
    struct ds_relay_addr relay = relay_at(port);

    check(&relay, LONG_MS, &facts);
    g_assert_true(facts.relay.is_set);
    g_assert_false(facts.relay.is_reached);
    g_assert_cmpint(facts.relay.reason, ==, DS_REASON_NO_RELAY);
    g_assert_cmpstr(facts.relay.text, !=, "");
    close(fd);
}

/* One that takes the connection and says nothing ends it when the time is over. */
static void
test_silent(void)
{
    struct ds_netcheck_facts facts;
    uint16_t port;
    int fd = silent_port(&port);
    struct ds_relay_addr relay = relay_at(port);

    g_assert_cmpint(listen(fd, 8), ==, 0);
    check(&relay, SHORT_MS, &facts);
    g_assert_false(facts.relay.is_reached);
    g_assert_cmpint(facts.relay.reason, ==, DS_REASON_NO_RELAY);
    g_assert_cmpstr(facts.relay.text, !=, "");
    close(fd);
}

/* Ended before it is over, at any moment, it says nothing any more. */
static void
test_freed(void)
{
    uint16_t port;
    int fd = silent_port(&port);
    struct ds_relay_addr relay = relay_at(port);

    g_assert_cmpint(listen(fd, 64), ==, 0);
    for (int turns = 0; turns < 8; turns++) {
        struct world world = {.base = event_base_new()};
        begin(&world, &relay, LONG_MS);
        for (int i = 0; i < turns; i++)
            event_base_loop(world.base, EVLOOP_NONBLOCK);
        ds_netcheck_free(world.netcheck);
        event_base_dispatch(world.base);
        g_assert_cmpuint(world.told, ==, 0);
        event_base_free(world.base);
    }
    close(fd);
}

/* ---- a relay on this machine ---- */

/* Returns it (owned), and in `*addr` where it is. */
static struct ds_relay *
open_relay(struct event_base *base, const char *where, enum ds_relay_dial_back dial_back,
        struct ds_addr *addr)
{
    const struct ds_relay_config config = {.times = &ds_relay_times_default,
            .connections_max = 64,
            .per_subscriber_max = 64,
            .dial_back = dial_back};
    struct ds_relay *relay = NULL;
    struct ds_addr any;
    SSL_CTX *ctx = relay_double_ctx(true);

    g_assert_cmpint(ds_relay_new(&relay, base, &config), ==, 0);
    ds_relay_set_tls(relay, ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(ds_addr_parse(&any, where, 0), ==, 0);
    g_assert_cmpint(ds_relay_listen(relay, &any, addr), ==, 0);
    return relay;
}

static void
run_until_told(struct world *world)
{
    while (world->told == 0)
        g_assert_cmpint(event_base_loop(world->base, EVLOOP_ONCE), ==, 0);
}

static void
test_relay(void)
{
    struct world world = {.base = event_base_new()};
    struct ds_addr addr;
    struct ds_relay *relay = open_relay(world.base, "127.0.0.1:0", DS_RELAY_DIAL_BACK_NO, &addr);
    struct ds_relay_addr where = relay_at(ds_addr_port(&addr));

    begin(&world, &where, LONG_MS);
    run_until_told(&world);
    g_assert_true(world.facts.relay.is_reached);
    g_assert_true(ds_addr_equal(&world.facts.relay.addr, &addr));
    g_assert_cmpuint(world.facts.relay.rtt_us, >, 0);
    g_assert_true(ds_addr_is_loopback(&world.facts.ipv4.observed));
    g_assert_cmpint(ds_netcheck_judge(&world.facts).kind, ==, DS_NETCHECK_LOCAL);
    g_assert_false(world.facts.router.is_asked);
    ds_relay_free(relay);
    event_base_free(world.base);
}

/* Returns how many ports but those that speak to it the relay dials for us from now on. */
static unsigned
dials_left(struct ds_relay *relay, const struct ds_addr *us)
{
    unsigned left = 0;

    while (ds_relay_rate_allows(&relay->other_dials, us))
        left++;
    return left;
}

/* Of a relay that dials back. Returns what dials_left() does when it is over. */
static unsigned
check_dialled(const char *host, const char *listen, struct ds_netcheck_facts *facts)
{
    struct world world = {.base = event_base_new()};
    struct ds_addr addr;
    struct ds_relay *relay = open_relay(world.base, listen, DS_RELAY_DIAL_BACK_LAN, &addr);
    struct ds_relay_addr where = relay_on(host, ds_addr_port(&addr));

    begin(&world, &where, LONG_MS);
    run_until_told(&world);
    *facts = world.facts;
    unsigned left = dials_left(relay, &addr);
    ds_relay_free(relay);
    event_base_free(world.base);
    return left;
}

/* Where it gets in by IPv4 a port that nobody opened is dialled, too. */
static void
test_closed_port(void)
{
    struct ds_netcheck_facts facts;

    g_assert_cmpuint(
            check_dialled("127.0.0.1", "127.0.0.1:0", &facts), ==, DS_RELAY_DIAL_OTHER_BURST - 1);
    g_assert_cmpint(facts.ipv4.unsolicited, ==, DS_UNSOLICITED_RST);
}

/* By IPv6 it is one dial, to the port that speaks to the relay. */
static void
test_ipv6(gconstpointer has_own_net)
{
    struct ds_netcheck_facts facts;

    if (!GPOINTER_TO_INT(has_own_net)) {
        g_test_skip("no network of one's own can be had here");
        return;
    }
    own_net_ip("link add near type veth peer name far\n"
               "link set far up\n"
               "link set near up\n"
               "address add 2001:db8::7/64 dev near nodad\n");
    g_assert_cmpuint(check_dialled("::1", "[::1]:0", &facts), ==, DS_RELAY_DIAL_OTHER_BURST);
    g_assert_cmpint(facts.ipv6.lets_in, ==, DS_ANSWER_YES);
    g_assert_cmpint(facts.ipv6.unsolicited, ==, DS_UNSOLICITED_UNKNOWN);
    own_net_ip("link delete near\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    bool has_own_net = own_net_enter();
    if (has_own_net)
        own_net_ip("link set lo up\n");
    g_test_add_func("/netcheck/none", test_none);
    g_test_add_func("/netcheck/refused", test_refused);
    g_test_add_func("/netcheck/silent", test_silent);
    g_test_add_func("/netcheck/freed", test_freed);
    g_test_add_func("/netcheck/relay", test_relay);
    g_test_add_func("/netcheck/closed-port", test_closed_port);
    g_test_add_data_func("/netcheck/ipv6", GINT_TO_POINTER(has_own_net), test_ipv6);
    return g_test_run();
}
