/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one side finds out about how it may be reached, in a network of the test's own. */
#include <string.h>

#include <event2/event.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/punch/gather.h"
#include "net/relay/cert.h"
#include "net/relay/relay.h"
#include "net/relay/tls.h"
#include "tests/integration/fake_stun.h"
#include "tests/lib/own_net.h"

enum { DEADLINE_MS = 20000, GENERATION = 7 };

/* The servers: the relay's STUN list stands for the first three, and its own port is the last. */
enum { A1_P1, A1_P2, A2_P1, RELAY, SERVERS };

static const char *const places[SERVERS] = {
        [A1_P1] = "203.0.113.1:3478",
        [A1_P2] = "203.0.113.1:3479",
        [A2_P1] = "203.0.113.2:3478",
        [RELAY] = "203.0.113.1:443",
};

#define LIST "203.0.113.1:3478 203.0.113.2:3479"

/* ---- a home and what is outside of it ---- */

static struct own_net_home networks;

static gboolean
enter_networks(void)
{
    if (!own_net_enter_home(&networks))
        return FALSE;
    own_net_switch(networks.outside);
    own_net_ip("address add 203.0.113.1/32 dev wan\n"
               "address add 203.0.113.2/32 dev wan\n");
    own_net_switch(networks.home);
    return TRUE;
}

struct world {
    struct event_base *base;
    struct fake_stun servers[SERVERS];
    struct ds_gather_config config;
    struct ds_gather *gather;
    gboolean frees; /* when it is done */
    gboolean is_done;
    unsigned calls;
};

static void
parse(struct ds_addr *addr, const char *text)
{
    g_assert_cmpint(ds_addr_parse(addr, text, 0), ==, 0);
}

/* `answers` has a word for each server: "as-is", "silent", "-" for none, or what it sees. */
static void
begin_servers(struct world *world, const char *answers)
{
    g_auto(GStrv) words = g_strsplit(answers, " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, SERVERS);
    own_net_switch(networks.outside);
    for (gsize i = 0; i < SERVERS; i++) {
        struct fake_stun *server = &world->servers[i];
        if (g_str_equal(words[i], "-"))
            continue;
        fake_stun_begin(server, world->base, places[i]);
        if (g_str_equal(words[i], "silent"))
            server->manner = FAKE_STUN_SILENT;
        else if (!g_str_equal(words[i], "as-is"))
            parse(&server->seen, words[i]);
        server->seen_port = ds_local_port_number(world->config.ports[0]);
    }
    own_net_switch(networks.home);
}

/* The port P0 or P1 of an address stands for ours. */
static void
parse_own(struct world *world, struct ds_addr *addr, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":P", 2);
    if (parts[1] == NULL) {
        parse(addr, text);
        return;
    }
    uint16_t port = ds_local_port_number(world->config.ports[parts[1][0] - '0']);
    g_assert_cmpint(ds_addr_parse(addr, parts[0], port), ==, 0);
}

static void
world_open(struct world *world, const char *answers, const char *observed, const char *list)
{
    g_auto(GStrv) stun = g_strsplit(list, " ", -1);
    *world = (struct world){.base = event_base_new()};
    world->config.base = world->base;
    world->config.generation = GENERATION;
    for (gsize i = 0; i < DS_PUNCH_SETS; i++)
        g_assert_cmpint(ds_local_port_claim(&world->config.ports[i]), ==, 0);
    parse(&world->config.relay, places[RELAY]);
    if (observed[0] != '\0')
        parse_own(world, &world->config.observed, observed);
    for (; stun[world->config.stun_count] != NULL; world->config.stun_count++)
        parse(&world->config.stun[world->config.stun_count], stun[world->config.stun_count]);
    begin_servers(world, answers);
}

static void
world_close(struct world *world)
{
    ds_gather_free(world->gather);
    for (gsize i = 0; i < SERVERS; i++)
        fake_stun_end(&world->servers[i]);
    for (gsize i = 0; i < DS_PUNCH_SETS; i++)
        ds_local_port_unref(world->config.ports[i]);
    event_base_free(world->base);
}

/* ---- what came of it ---- */

/* "kind, flags, candidates in their order": owned. */
static char *
describe(const struct world *world, const struct ds_offer *offer)
{
    static const char *const kinds[] = {
            "unknown", "independent", "address", "address-port", "no-nat"};
    static const char *const types[] = {[DS_CANDIDATE_HOST] = "host",
            [DS_CANDIDATE_REFLEXIVE] = "seen",
            [DS_CANDIDATE_MAPPED] = "mapped"};
    GString *text = g_string_new(kinds[offer->mapping]);
    if (offer->network & DS_NETWORK_PROXY)
        g_string_append(text, " proxy");
    if (offer->network & DS_NETWORK_BLOCKED)
        g_string_append(text, " blocked");
    if (offer->network & DS_NETWORK_UNMAPPED)
        g_string_append(text, " unmapped");
    if (offer->network & DS_NETWORK_UNASKED)
        g_string_append(text, " unasked");
    if (offer->network & DS_NETWORK_BEHIND)
        g_string_append(text, " behind");
    for (gsize i = 0; i < offer->count; i++) {
        const struct ds_candidate *candidate = &offer->candidates[i];
        char host[DS_ADDR_TEXT_MAX], whole[DS_ADDR_TEXT_MAX];
        uint16_t own = ds_local_port_number(world->config.ports[candidate->set]);
        g_string_append_printf(text, ", %s%d ", types[candidate->type], candidate->set);
        if (ds_addr_port(&candidate->addr) == own)
            g_string_append_printf(
                    text, "%s:P%d", ds_addr_format_host(&candidate->addr, host), candidate->set);
        else
            g_string_append(text, ds_addr_format(&candidate->addr, whole));
    }
    return g_string_free(text, FALSE);
}

static void
on_known(void *arg, const struct ds_offer *offer, bool is_done)
{
    struct world *world = arg;
    g_assert_true(offer == ds_gather_offer(world->gather));
    g_assert_cmpuint(offer->generation, ==, GENERATION);
    g_assert_false(world->is_done); /* it is the last call */
    world->calls++;
    world->is_done = is_done;
    if (is_done && world->frees) {
        ds_gather_free(world->gather);
        world->gather = NULL;
    }
}

static void
begin(struct world *world)
{
    g_assert_cmpint(ds_gather_new(&world->gather, &world->config, on_known, world), ==, 0);
    g_assert_cmpuint(world->calls, ==, 0);
}

/* Run one turn of the loop at a time: it calls at most once in each. */
static void
run(struct world *world)
{
    uint64_t end_us = ds_clock_us() + DEADLINE_MS * 1000ULL;
    while (!world->is_done && ds_clock_us() < end_us) {
        unsigned before = world->calls;
        event_base_loop(world->base, EVLOOP_ONCE);
        g_assert_cmpuint(world->calls, <=, before + 1);
    }
    g_assert_true(world->is_done);
}

/* Let the loop do what is to be done still. */
static void
settle(struct world *world)
{
    struct timeval soon = ds_clock_timeval(100);
    event_base_loopexit(world->base, &soon);
    event_base_dispatch(world->base);
}

static void
assert_offer(const struct world *world, const char *expected)
{
    g_autofree char *text = describe(world, ds_gather_offer(world->gather));
    g_assert_cmpstr(text, ==, expected);
}

static unsigned
open_connections(const struct world *world)
{
    unsigned open = 0;
    for (gsize i = 0; i < SERVERS; i++)
        open += world->servers[i].open;
    return open;
}

/* ---- tests ---- */

#define HOME "192.168.1.20:P0"
#define SPARE ", host1 192.168.1.20:P1" /* the servers see the spare port as it is */

/* What is there at once, and what in the end. */
static const struct {
    const char *name, *answers, *observed, *list, *at_once, *in_the_end;
} rows[] = {
        {"no-nat", "as-is as-is as-is as-is", HOME, LIST, "no-nat, host0 " HOME,
                "no-nat, host0 " HOME SPARE},
        {"no-nat-unobserved", "as-is as-is as-is as-is", "", LIST, "unknown, host0 " HOME,
                "no-nat, host0 " HOME SPARE},
        {"independent", "198.51.100.7:40000 198.51.100.7:40000 198.51.100.7:40000 -",
                "198.51.100.7:40000", LIST, "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "independent, seen0 198.51.100.7:40000, host0 " HOME SPARE},
        {"independent-unobserved",
                "198.51.100.7:40000 198.51.100.7:40000 198.51.100.7:40000 198.51.100.7:40000", "",
                LIST, "unknown, host0 " HOME,
                "independent, seen0 198.51.100.7:40000, host0 " HOME SPARE},
        {"address", "198.51.100.7:40000 198.51.100.7:40000 198.51.100.7:40001 -",
                "198.51.100.7:40000", LIST, "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "address, seen0 198.51.100.7:40000, seen0 198.51.100.7:40001, host0 " HOME SPARE},
        {"address-and-port", "198.51.100.7:40001 198.51.100.7:40002 198.51.100.7:40003 -",
                "198.51.100.7:40000", LIST, "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "address-port, seen0 198.51.100.7:40000, seen0 198.51.100.7:40001, host0 " HOME
                        SPARE},
        {"one-server", "198.51.100.7:40001 - - -", "198.51.100.7:40000", "203.0.113.1:3478",
                "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "address-port, seen0 198.51.100.7:40000, seen0 198.51.100.7:40001, host0 " HOME
                        SPARE},
        {"relay-alone", "- - - as-is", "198.51.100.7:40000", "",
                "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "unknown, seen0 198.51.100.7:40000, host0 " HOME SPARE},
        {"relay-alone-unobserved", "- - - 198.51.100.7:40000", "", "", "unknown, host0 " HOME,
                "unknown, seen0 198.51.100.7:40000, host0 " HOME SPARE},
        {"relay-answers-nothing", "- - - -", "", "", "unknown, host0 " HOME,
                "unknown, host0 " HOME},
        {"relay-of-any-address", "198.51.100.7:40000 198.51.100.7:40000 - -", "",
                "0.0.0.0:3478 0.0.0.0:3479", "unknown, host0 " HOME,
                "independent, seen0 198.51.100.7:40000, host0 " HOME SPARE},
        {"refused", "- - - -", "198.51.100.7:40000", LIST,
                "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "unknown blocked, seen0 198.51.100.7:40000, host0 " HOME},
        {"silent", "silent silent silent -", "198.51.100.7:40000", LIST,
                "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "unknown blocked, seen0 198.51.100.7:40000, host0 " HOME},
        {"one-answers", "silent - 198.51.100.7:40000 -", "198.51.100.7:40000", LIST,
                "unknown, seen0 198.51.100.7:40000, host0 " HOME,
                "independent, seen0 198.51.100.7:40000, host0 " HOME},
        {"relay-on-this-machine", "- - - as-is", "127.0.0.1:P0", "", "unknown, host0 " HOME,
                "unknown, host0 " HOME SPARE},
        {"lies", "127.0.0.1:40000 0.0.0.0:40000 198.51.100.7:0 -", "", LIST, "unknown, host0 " HOME,
                "unknown, host0 " HOME SPARE},
};

static void
test_answers(gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE(row);
    struct world world;
    world_open(&world, rows[i].answers, rows[i].observed, rows[i].list);
    begin(&world);
    assert_offer(&world, rows[i].at_once);
    run(&world);
    assert_offer(&world, rows[i].in_the_end);
    world_close(&world);
}

/* Nobody is asked: it is the proxy whom they would see. */
static void
test_proxy(void)
{
    struct world world;
    world_open(&world, "as-is as-is as-is as-is", "198.51.100.7:40000", LIST);
    world.config.via_proxy = true;
    begin(&world);
    run(&world);
    settle(&world);
    assert_offer(&world, "unknown proxy, host0 " HOME);
    for (gsize i = 0; i < SERVERS; i++)
        g_assert_cmpuint(world.servers[i].questions, ==, 0);
    world_close(&world);
}

/* The connections are there as long as the gather is. */
static void
test_held(void)
{
    struct world world;
    world_open(&world, "as-is as-is as-is as-is", HOME, LIST);
    begin(&world);
    run(&world);
    settle(&world);
    g_assert_cmpuint(world.servers[A1_P1].open, ==, DS_PUNCH_SETS);
    g_assert_cmpuint(world.servers[A1_P2].open, ==, 1);
    g_assert_cmpuint(world.servers[A2_P1].open, ==, 1);
    g_assert_cmpuint(world.servers[RELAY].questions, ==, 0); /* the relay has said it */
    ds_gather_free(world.gather);
    world.gather = NULL;
    settle(&world);
    g_assert_cmpuint(open_connections(&world), ==, 0);
    world_close(&world);
}

static void
test_freed(void)
{
    struct world world;
    world_open(&world, "as-is as-is as-is as-is", "", LIST);
    world.frees = TRUE;
    begin(&world);
    run(&world);
    g_assert_null(world.gather);
    settle(&world);
    world_close(&world);

    world_open(&world, "as-is as-is as-is as-is", "", LIST); /* before it has begun */
    begin(&world);
    ds_gather_free(world.gather);
    world.gather = NULL;
    settle(&world);
    g_assert_cmpuint(world.calls, ==, 0);
    world_close(&world);
}

/* More than an offer holds: the best of each kind come first. */
static void
test_many(void)
{
    struct world world;
    own_net_ip("address add 10.0.0.2/24 dev lan\n"
               "address add 10.0.1.2/24 dev lan\n"
               "address add 10.0.2.2/24 dev lan\n"
               "address add 10.0.3.2/24 dev lan\n"
               "address add fd00::20/64 dev lan nodad\n"
               "address add 2001:db8::20/64 dev lan nodad\n");
    world_open(&world, "- - - as-is", "198.51.100.7:40000", "");
    begin(&world);
    run(&world);
    assert_offer(&world, "unknown, seen0 198.51.100.7:40000, host0 " HOME
                         ", host0 2001:db8::20:P0" SPARE ", host0 10.0.0.2:P0, host0 10.0.1.2:P0"
                         ", host0 10.0.2.2:P0, host0 10.0.3.2:P0");
    world_close(&world);
    own_net_ip("address delete 10.0.0.2/24 dev lan\n"
               "address delete 10.0.1.2/24 dev lan\n"
               "address delete 10.0.2.2/24 dev lan\n"
               "address delete 10.0.3.2/24 dev lan\n"
               "address delete fd00::20/64 dev lan\n"
               "address delete 2001:db8::20/64 dev lan\n");
}

/* Whoever heard of `early` and keeps what came first has a place for each of `all`. */
static void
assert_none_left_out(const struct ds_offer *early, const struct ds_offer *all)
{
    size_t count = early->count;
    for (size_t i = 0; i < all->count; i++) {
        gboolean is_known = FALSE;
        for (size_t k = 0; k < early->count; k++)
            is_known |= ds_addr_equal(&early->candidates[k].addr, &all->candidates[i].addr);
        count += !is_known;
    }
    g_assert_cmpuint(count, <=, DS_CANDIDATES_MAX);
}

/*
 * A machine full of networks that lead nowhere, containers' say: what is told is what leads out, of
 * both families, and of the rest the first few.
 */
static void
test_crowd(void)
{
    enum { BRIDGES = 4, ADDRESSES = 10 };
    struct world world;
    own_net_ip("address add 2001:db8::20/64 dev lan nodad\n"
               "route add default via 2001:db8::1\n");
    for (int i = 0; i < BRIDGES; i++) {
        g_autoptr(GString) script = g_string_new(NULL);
        g_string_printf(script, "link add b%d type veth peer name c%d\nlink set c%d up\n", i, i, i);
        g_string_append_printf(script, "link set b%d up\n", i);
        for (int j = 0; j < ADDRESSES; j++)
            g_string_append_printf(script, "address add 172.16.%d.%d/24 dev b%d\n", i, j + 1, i);
        own_net_ip(script->str);
    }
    own_net_await("b3", TRUE);
    world_open(&world, "- - - as-is", "198.51.100.7:40000", "");
    begin(&world);
    run(&world);
    g_assert_cmpuint(ds_gather_offer(world.gather)->count, ==, DS_CANDIDATES_MAX);
    assert_offer(&world, "unknown, seen0 198.51.100.7:40000, host0 " HOME
                         ", host0 2001:db8::20:P0" SPARE ", host0 172.16.0.1:P0"
                         ", host0 172.16.0.2:P0, host0 172.16.0.3:P0, host0 172.16.0.4:P0");
    world_close(&world);

    world_open(&world, "- - - as-is", "198.51.100.7:40000", "");
    world.config.may_be_mapped = true;
    begin(&world);
    const struct ds_offer early = *ds_gather_offer(world.gather);
    struct ds_addr mapped;
    parse(&mapped, "198.51.100.7:50000");
    ds_gather_set_mapped(world.gather, &mapped, 0);
    run(&world);
    assert_offer(&world,
            "unknown, mapped0 198.51.100.7:50000, seen0 198.51.100.7:40000, host0 " HOME
            ", host0 2001:db8::20:P0" SPARE ", host0 172.16.0.1:P0"
            ", host0 172.16.0.2:P0, host0 172.16.0.3:P0");
    assert_none_left_out(&early, ds_gather_offer(world.gather));
    world_close(&world);
    own_net_ip("link delete b0\nlink delete b1\nlink delete b2\nlink delete b3\n"
               "address delete 2001:db8::20/64 dev lan\n");
}

/* With nothing but a loopback there is nothing to tell, and nobody to ask. */
static void
test_offline(void)
{
    struct world world;
    own_net_ip("address delete 192.168.1.20/24 dev lan\n");
    world_open(&world, "- - - -", "", LIST);
    begin(&world);
    run(&world);
    assert_offer(&world, "unknown");
    world_close(&world);
    own_net_ip("address add 192.168.1.20/24 dev lan\n"
               "route add default via 192.168.1.1\n");
}

/* A relay of IPv6: it is asked by IPv6, and nothing translates there. */
static void
test_ipv6(void)
{
    struct world world;
    own_net_switch(networks.outside);
    own_net_ip("address add 2001:db8::1/64 dev wan nodad\n");
    own_net_switch(networks.home);
    own_net_ip("address add 2001:db8::20/64 dev lan nodad\n");
    world_open(&world, "- - - -", "", "");
    own_net_switch(networks.outside);
    fake_stun_begin(&world.servers[RELAY], world.base, "[2001:db8::1]:443");
    own_net_switch(networks.home);
    world.config.relay = world.servers[RELAY].addr;
    begin(&world);
    assert_offer(&world, "unknown, host0 " HOME ", host0 2001:db8::20:P0");
    run(&world);
    assert_offer(&world, "unknown, host0 2001:db8::20:P0, host0 " HOME ", host1 2001:db8::20:P1");
    world_close(&world);
    own_net_ip("address delete 2001:db8::20/64 dev lan\n");
    own_net_switch(networks.outside);
    own_net_ip("address delete 2001:db8::1/64 dev wan\n");
    own_net_switch(networks.home);
}

/* ---- with the relay itself ---- */

static struct ds_relay *
begin_relay(struct world *world)
{
    static const struct ds_relay_config config = {
            .times = &ds_relay_times_default, .connections_max = 100, .per_subscriber_max = 100};
    struct ds_relay *relay = NULL;
    struct ds_addr stun[2], at, bound, failed;
    char pin[DS_RELAY_PIN_TEXT];
    SSL_CTX *ctx = ds_relay_tls_new();

    parse(&stun[0], "203.0.113.1:3478");
    parse(&stun[1], "203.0.113.2:3479");
    parse(&at, "[::]:443"); /* as relays do: it sees IPv4 as v4-mapped IPv6 */
    g_assert_nonnull(ctx);
    g_assert_cmpint(ds_relay_cert_passing(ctx, pin), ==, 0);
    g_assert_cmpint(ds_relay_new(&relay, world->base, &config), ==, 0);
    ds_relay_set_tls(relay, ctx);
    SSL_CTX_free(ctx);
    own_net_switch(networks.outside);
    g_assert_cmpint(ds_relay_listen_stun(relay, stun, G_N_ELEMENTS(stun), &failed), ==, 0);
    g_assert_cmpint(ds_relay_listen(relay, &at, &bound), ==, 0);
    own_net_switch(networks.home);
    return relay;
}

static void
check_relay(const char *list)
{
    struct world world;
    world_open(&world, "- - - -", "", list);
    struct ds_relay *relay = begin_relay(&world);
    begin(&world);
    run(&world);
    assert_offer(&world, "no-nat, host0 " HOME SPARE);
    world_close(&world);
    ds_relay_free(relay);
}

static void
test_relay(void)
{
    check_relay(LIST);
    check_relay(""); /* its own port tells as much */
}

static void
map(struct world *world, const char *external, guint32 network, const char *expected)
{
    struct ds_addr addr = {0};
    if (external[0] != '\0')
        parse(&addr, external);
    world->is_done = FALSE;
    ds_gather_set_mapped(world->gather, &addr, network);
    run(world);
    assert_offer(world, expected);
}

/* What a router opens is told before all else, though everybody has answered; and that it is gone.
 */
static void
test_mapped(void)
{
    struct world world;

    world_open(&world, "198.51.100.7:40000 198.51.100.7:40000 198.51.100.7:40000 -",
            "198.51.100.7:40000", LIST);
    begin(&world);
    run(&world);
    map(&world, "198.51.100.7:23456", 0,
            "independent, mapped0 198.51.100.7:23456, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    map(&world, "198.51.100.7:40000", 0,
            "independent, mapped0 198.51.100.7:40000, host0 " HOME SPARE);
    map(&world, "", 0, "independent, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    world_close(&world);
}

/* Why a router opens nothing is told like the rest, and that it is not so any more. */
static void
test_unmapped(void)
{
    struct world world;

    world_open(&world, "- - - as-is", "198.51.100.7:40000", "");
    begin(&world);
    run(&world);
    map(&world, "", DS_NETWORK_UNMAPPED,
            "unknown unmapped, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    map(&world, "", DS_NETWORK_BEHIND,
            "unknown behind, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    map(&world, "", 0, "unknown, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    world_close(&world);

    world_open(&world, "- - - as-is", "198.51.100.7:40000", "");
    world.config.network = DS_NETWORK_UNASKED;
    begin(&world);
    run(&world);
    assert_offer(&world, "unknown unasked, seen0 198.51.100.7:40000, host0 " HOME SPARE);
    world_close(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!enter_networks()) {
        g_print("1..0 # SKIP no network of one's own can be had\n");
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/gather/answers/%s", rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_answers);
    }
    g_test_add_func("/gather/proxy", test_proxy);
    g_test_add_func("/gather/held", test_held);
    g_test_add_func("/gather/freed", test_freed);
    g_test_add_func("/gather/many", test_many);
    g_test_add_func("/gather/crowd", test_crowd);
    g_test_add_func("/gather/offline", test_offline);
    g_test_add_func("/gather/ipv6", test_ipv6);
    g_test_add_func("/gather/relay", test_relay);
    g_test_add_func("/gather/mapped", test_mapped);
    g_test_add_func("/gather/unmapped", test_unmapped);
    return g_test_run();
}
