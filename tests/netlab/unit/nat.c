/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mappings, filters, ports and time-outs, by a clock that the test holds. */
#include <glib.h>
#include <string.h>

#include "tests/netlab/router/nat.h"
#include "tests/netlab/unit/build.h"

enum { SECOND = 1000000 };

static const char here[] = "10.0.1.2:20000", there[] = "203.0.113.5:443",
                  there_too[] = "203.0.113.5:444", elsewhere[] = "203.0.113.6:443";

/* A router, its clock and the last packet. */
struct world {
    struct nl_kind kind;
    struct nl_random random;
    struct nl_nat *nat;
    uint64_t now_us;
    struct nl_packet packet;
};

/* Settings in pairs of name and value, NULL at the end. */
static void
begin(struct world *world, const char *const *settings)
{
    char error[NL_KIND_ERROR];
    struct nl_ip outside = build_ip("198.51.100.1");
    memset(world, 0, sizeof *world);
    nl_kind_init(&world->kind);
    for (; settings != NULL && *settings != NULL; settings += 2)
        g_assert_true(nl_kind_set(&world->kind, settings[0], settings[1], error));
    g_assert_true(nl_kind_check(&world->kind, error));
    world->random.state = 1;
    world->nat = nl_nat_new(&world->kind, &outside, &world->random, 0);
}

#define BEGIN(world, ...) begin((world), (const char *const[]){__VA_ARGS__, NULL})

static void
finish(struct world *world)
{
    nl_nat_free(world->nat);
}

static enum nl_fate
out(struct world *world, const char *src, const char *dst, uint8_t flags)
{
    build_tcp(&world->packet, src, dst, flags);
    enum nl_fate fate = nl_nat_out(world->nat, &world->packet, world->now_us);
    build_check_sums(&world->packet);
    return fate;
}

/* Send a SYN out, and return the outside end that it has. */
static const char *
opened(struct world *world, const char *src, const char *dst)
{
    static char texts[8][NL_END_TEXT];
    static unsigned next;
    char *text = texts[next++ % G_N_ELEMENTS(texts)];
    g_assert_cmpint(out(world, src, dst, NL_SYN), ==, NL_FATE_PASS);
    nl_end_format(&world->packet.now.src, text);
    return text;
}

static enum nl_fate
in(struct world *world, const char *src, const char *dst, uint8_t flags)
{
    build_tcp(&world->packet, src, dst, flags);
    enum nl_fate fate = nl_nat_in(world->nat, &world->packet, world->now_us);
    build_check_sums(&world->packet);
    return fate;
}

static int
port_of(const char *text)
{
    return build_end(text).port;
}

static int
count_mappings(struct world *world)
{
    char *text = NULL;
    size_t len = 0;
    int count = 0;
    FILE *file = open_memstream(&text, &len);
    nl_nat_dump(world->nat, file, world->now_us);
    fclose(file);
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    free(text);
    return count;
}

/* Open towards three remote ends; say which of the others has the outside end of the first. */
static void
check_mapping(const char *mapping, bool same_port, bool same_host)
{
    struct world world;
    BEGIN(&world, "mapping", mapping);
    const char *first = opened(&world, here, there), *port = opened(&world, here, there_too),
               *host = opened(&world, here, elsewhere);
    g_assert_cmpint(strcmp(first, port) == 0, ==, same_port);
    g_assert_cmpint(strcmp(first, host) == 0, ==, same_host);
    g_assert_cmpstr(opened(&world, here, there), ==, first);
    g_assert_cmpstr(opened(&world, "10.0.1.3:20000", there), !=, first);
    finish(&world);
}

static void
test_mapping(void)
{
    check_mapping("endpoint-independent", true, true);
    check_mapping("address-dependent", true, false);
    check_mapping("address-and-port-dependent", false, false);
}

static void
check_filtering(const char *filtering, enum nl_fate from_port, enum nl_fate from_host)
{
    struct world world;
    BEGIN(&world, "filtering", filtering);
    const char *outside = opened(&world, here, there);
    g_assert_cmpint(in(&world, there, outside, NL_SYN | NL_ACK), ==, NL_FATE_PASS);
    g_assert_true(
            nl_end_equal(&world.packet.now.dst, &(struct nl_end){build_ip("10.0.1.2"), 20000}));
    g_assert_cmpint(in(&world, there_too, outside, NL_SYN), ==, from_port);
    g_assert_cmpint(in(&world, elsewhere, outside, NL_SYN), ==, from_host);
    g_assert_cmpint(in(&world, there, "198.51.100.1:1", NL_SYN), ==, NL_FATE_UNSOLICITED);
    finish(&world);
}

static void
test_filtering(void)
{
    check_filtering("endpoint-independent", NL_FATE_PASS, NL_FATE_PASS);
    check_filtering("address-dependent", NL_FATE_PASS, NL_FATE_UNSOLICITED);
    check_filtering("address-and-port-dependent", NL_FATE_UNSOLICITED, NL_FATE_UNSOLICITED);
}

static void
test_simopen(void)
{
    struct world world;
    BEGIN(&world, "simopen", "yes");
    g_assert_cmpint(in(&world, there, opened(&world, here, there), NL_SYN), ==, NL_FATE_PASS);
    finish(&world);
    BEGIN(&world, "simopen", "no");
    const char *outside = opened(&world, here, there);
    g_assert_cmpint(in(&world, there, outside, NL_SYN), ==, NL_FATE_UNSOLICITED);
    g_assert_cmpint(in(&world, there, outside, NL_SYN | NL_ACK), ==, NL_FATE_PASS);
    finish(&world);
}

/* What still comes in after a RST from outside, and which port the next SYN to elsewhere has. */
static void
check_rst(const char *rst, enum nl_fate again, bool is_kept)
{
    struct world world;
    BEGIN(&world, "rst", rst);
    const char *outside = opened(&world, here, there);
    g_assert_cmpint(in(&world, there, outside, NL_RST | NL_ACK), ==, NL_FATE_PASS);
    g_assert_cmpint(in(&world, there, outside, NL_SYN), ==, again);
    g_assert_cmpint(strcmp(opened(&world, here, elsewhere), outside) == 0, ==, is_kept);
    const char *anew = opened(&world, here, there);
    g_assert_cmpint(in(&world, there, anew, NL_SYN), ==, NL_FATE_PASS);
    finish(&world);
}

static void
test_rst(void)
{
    check_rst("close", NL_FATE_UNSOLICITED, true);
    check_rst("session", NL_FATE_UNSOLICITED, true);
    check_rst("mapping", NL_FATE_UNSOLICITED, false);
    check_rst("ignore", NL_FATE_PASS, true);
}

/* A session that a RST closed lets in no other port of its host. */
static void
test_rst_address(void)
{
    struct world world;
    BEGIN(&world, "filtering", "address-dependent");
    const char *outside = opened(&world, here, there);
    g_assert_cmpint(in(&world, there_too, outside, NL_SYN), ==, NL_FATE_PASS);
    g_assert_cmpint(in(&world, there_too, outside, NL_RST), ==, NL_FATE_PASS);
    g_assert_cmpint(in(&world, there, outside, NL_RST), ==, NL_FATE_PASS);
    g_assert_cmpint(in(&world, "203.0.113.5:445", outside, NL_SYN), ==, NL_FATE_UNSOLICITED);
    finish(&world);
}

static void
test_sequential(void)
{
    struct world world;
    BEGIN(&world, "mapping", "address-and-port-dependent", "allocation", "sequential", "step", "2",
            "port_min", "1000", "port_max", "1019");
    int first = port_of(opened(&world, here, there)), last = first;
    for (int i = 1; i < 10; i++) {
        char dst[NL_END_TEXT];
        g_snprintf(dst, sizeof dst, "203.0.113.5:%d", 500 + i);
        int port = port_of(opened(&world, here, dst));
        g_assert_cmpint(port, ==, last + 2 > 1019 ? last + 2 - 20 : last + 2);
        last = port;
    }
    /* All of one parity are used: now the others are dealt, and then there is none. */
    for (int i = 0; i < 10; i++) {
        char dst[NL_END_TEXT];
        g_snprintf(dst, sizeof dst, "203.0.113.5:%d", 600 + i);
        g_assert_cmpint((port_of(opened(&world, here, dst)) ^ first) & 1, ==, 1);
    }
    g_assert_cmpint(out(&world, here, elsewhere, NL_SYN), ==, NL_FATE_FULL);
    finish(&world);
}

static void
test_allocations(void)
{
    struct world world;
    BEGIN(&world, "allocation", "preserve");
    g_assert_cmpint(port_of(opened(&world, here, there)), ==, 20000);
    g_assert_cmpint(port_of(opened(&world, "10.0.1.3:20000", there)), !=, 20000);
    finish(&world);
    BEGIN(&world, "allocation", "parity");
    for (int port = 3000; port < 3100; port++) {
        char src[NL_END_TEXT];
        g_snprintf(src, sizeof src, "10.0.1.2:%d", port);
        g_assert_cmpint((port_of(opened(&world, src, there)) ^ port) & 1, ==, 0);
    }
    finish(&world);
    BEGIN(&world, "allocation", "random", "block", "64", "port_min", "2000", "port_max", "9000");
    int low = 65535, high = 0;
    for (int port = 3000; port < 3064; port++) {
        char src[NL_END_TEXT];
        g_snprintf(src, sizeof src, "10.0.1.2:%d", port);
        int dealt = port_of(opened(&world, src, there));
        low = MIN(low, dealt);
        high = MAX(high, dealt);
    }
    g_assert_cmpint(high - low, ==, 63);
    g_assert_cmpint(low, >=, 2000);
    g_assert_cmpint(high, <=, 9000);
    finish(&world);
}

/* Where all of a parity are used, the others are not dealt in their place. */
static void
test_parity_full(void)
{
    struct world world;
    BEGIN(&world, "allocation", "parity", "port_min", "1000", "port_max", "1019");
    for (int port = 3000; port < 3020; port += 2) {
        char src[NL_END_TEXT];
        g_snprintf(src, sizeof src, "10.0.1.2:%d", port);
        g_assert_cmpint(port_of(opened(&world, src, there)) & 1, ==, 0);
    }
    g_assert_cmpint(out(&world, "10.0.1.2:3020", there, NL_SYN), ==, NL_FATE_FULL);
    g_assert_cmpint(port_of(opened(&world, "10.0.1.2:3021", there)) & 1, ==, 1);
    finish(&world);
}

/* Other people's mappings take ports of the sequence, as many as come in the time. */
static void
test_noise(void)
{
    struct world world;
    BEGIN(&world, "mapping", "address-and-port-dependent", "allocation", "sequential",
            "noise_per_s", "20");
    int first = port_of(opened(&world, here, there));
    world.now_us = 20 * SECOND;
    int next = port_of(opened(&world, here, there_too));
    int passed = (next - first + 64512) % 64512 - 1;
    g_assert_cmpint(passed, >, 300);
    g_assert_cmpint(passed, <, 500);
    finish(&world);
}

/* A small table: what stands goes on, what is new gets no place until something old has gone. */
static void
test_full(void)
{
    struct world world;
    BEGIN(&world, "mapping", "address-and-port-dependent", "mappings_max", "2", "syn_timeout_ms",
            "1000");
    opened(&world, here, there);
    opened(&world, here, there_too);
    g_assert_cmpint(out(&world, here, elsewhere, NL_SYN), ==, NL_FATE_FULL);
    g_assert_cmpint(out(&world, here, there, NL_SYN), ==, NL_FATE_PASS);
    world.now_us += 2 * SECOND;
    g_assert_cmpint(out(&world, here, elsewhere, NL_SYN), ==, NL_FATE_PASS);
    finish(&world);
}

/* Too many new ones in a second: the next second has room again. */
static void
test_rate(void)
{
    struct world world;
    BEGIN(&world, "mapping", "address-and-port-dependent", "mappings_per_s", "2");
    world.now_us = SECOND;
    opened(&world, here, there);
    opened(&world, here, there_too);
    g_assert_cmpint(out(&world, here, elsewhere, NL_SYN), ==, NL_FATE_FULL);
    g_assert_cmpint(out(&world, here, there, NL_SYN), ==, NL_FATE_PASS);
    world.now_us += SECOND;
    g_assert_cmpint(out(&world, here, elsewhere, NL_SYN), ==, NL_FATE_PASS);
    finish(&world);
}

static void
test_timeouts(void)
{
    struct world world;
    BEGIN(&world, "syn_timeout_ms", "10000", "established_timeout_ms", "100000",
            "closing_timeout_ms", "2000");
    const char *outside = opened(&world, here, there);
    world.now_us = 10 * SECOND - 1;
    g_assert_cmpint(in(&world, there, outside, NL_SYN | NL_ACK), ==, NL_FATE_PASS);
    g_assert_cmpint(out(&world, here, there, NL_ACK), ==, NL_FATE_PASS);
    world.now_us += 100 * SECOND - 1;
    g_assert_cmpint(in(&world, there, outside, NL_ACK), ==, NL_FATE_PASS);
    world.now_us += 100 * SECOND;
    g_assert_cmpint(in(&world, there, outside, NL_ACK), ==, NL_FATE_UNSOLICITED);
    g_assert_cmpint(out(&world, here, there, NL_ACK), ==, NL_FATE_UNKNOWN);
    g_assert_cmpint(count_mappings(&world), ==, 0);

    outside = opened(&world, here, there);
    world.now_us += 10 * SECOND;
    g_assert_cmpint(in(&world, there, outside, NL_SYN), ==, NL_FATE_UNSOLICITED);

    outside = opened(&world, here, there);
    g_assert_cmpint(in(&world, there, outside, NL_RST), ==, NL_FATE_PASS);
    world.now_us += 2 * SECOND - 1;
    g_assert_cmpint(count_mappings(&world), ==, 1);
    world.now_us += 1;
    g_assert_cmpint(count_mappings(&world), ==, 0);
    finish(&world);
}

static void
test_midstream(void)
{
    struct world world;
    BEGIN(&world, "midstream", "no");
    g_assert_cmpint(out(&world, here, there, NL_ACK), ==, NL_FATE_UNKNOWN);
    finish(&world);
    BEGIN(&world, "midstream", "yes");
    g_assert_cmpint(out(&world, here, there, NL_RST), ==, NL_FATE_UNKNOWN);
    g_assert_cmpint(out(&world, here, there, NL_ACK), ==, NL_FATE_PASS);
    finish(&world);
}

static void
test_reboot(void)
{
    struct world world;
    BEGIN(&world, "rst", "close");
    const char *outside = opened(&world, here, there);
    nl_nat_reboot(world.nat, world.now_us);
    g_assert_cmpint(count_mappings(&world), ==, 0);
    g_assert_cmpint(in(&world, there, outside, NL_SYN | NL_ACK), ==, NL_FATE_UNSOLICITED);
    g_assert_cmpint(out(&world, here, there, NL_ACK), ==, NL_FATE_UNKNOWN);
    struct nl_ip other = build_ip("198.51.100.9");
    nl_nat_readdress(world.nat, &other, world.now_us);
    g_assert_true(g_str_has_prefix(opened(&world, here, there), "198.51.100.9:"));
    finish(&world);
}

/* A refused 4-tuple is not used for a time; all others are. */
static void
test_refused(void)
{
    struct world world;
    BEGIN(&world, "allocation", "preserve", "refused_holds_ms", "10000");
    g_assert_cmpint(in(&world, there, "198.51.100.1:20000", NL_SYN), ==, NL_FATE_UNSOLICITED);
    nl_nat_refused(world.nat, &world.packet, world.now_us);
    g_assert_cmpint(port_of(opened(&world, here, elsewhere)), ==, 20000);
    const char *outside = opened(&world, here, there);
    g_assert_cmpint(port_of(outside), !=, 20000);
    g_assert_cmpint(in(&world, there, outside, NL_SYN), ==, NL_FATE_PASS);
    g_assert_cmpint(in(&world, there, "198.51.100.1:20000", NL_SYN), ==, NL_FATE_UNSOLICITED);
    g_assert_cmpint(port_of(opened(&world, here, elsewhere)), ==, 20000);
    world.now_us += 10 * SECOND;
    g_assert_cmpint(port_of(opened(&world, here, there_too)), ==, 20000);
    finish(&world);
}

/* Who answers late asks first whether the way was opened meanwhile. */
static void
test_late(void)
{
    struct world world;
    BEGIN(&world, "allocation", "preserve");
    g_assert_cmpint(in(&world, there, "198.51.100.1:20000", NL_SYN), ==, NL_FATE_UNSOLICITED);
    struct nl_packet syn = world.packet;
    g_assert_false(nl_nat_is_open(world.nat, &syn, world.now_us));
    opened(&world, here, elsewhere);
    g_assert_false(nl_nat_is_open(world.nat, &syn, world.now_us));
    opened(&world, here, there);
    g_assert_true(nl_nat_is_open(world.nat, &syn, world.now_us));
    finish(&world);
}

/* Without translation nothing is rewritten, and what was not asked for stays out. */
static void
check_firewall(const char *inside, const char *remote)
{
    struct world world;
    BEGIN(&world, "translate", "no");
    g_assert_cmpint(in(&world, remote, inside, NL_SYN), ==, NL_FATE_UNSOLICITED);
    g_assert_cmpstr(opened(&world, inside, remote), ==, inside);
    g_assert_cmpint(in(&world, remote, inside, NL_SYN), ==, NL_FATE_PASS);
    struct nl_end end = build_end(inside);
    g_assert_true(nl_end_equal(&world.packet.now.dst, &end));
    finish(&world);
}

static void
test_firewall(void)
{
    check_firewall("198.51.100.7:20000", there);
    check_firewall("[2001:db8:1::2]:20000", "[2001:db8:2::2]:443");
}

/* UDP and echoes have mappings too; ICMP errors find their way by what they quote. */
static void
test_others(void)
{
    struct world world;
    struct nl_packet answer;
    BEGIN(&world, "udp_timeout_ms", "5000");
    build_udp(&world.packet, here, there);
    g_assert_cmpint(nl_nat_out(world.nat, &world.packet, 0), ==, NL_FATE_PASS);
    build_check_sums(&world.packet);
    g_assert_true(
            nl_answer_make(&answer, &world.packet, NL_ANSWER_ICMP_PORT, &world.packet.now.dst.ip));
    g_assert_cmpint(nl_nat_in(world.nat, &answer, 1), ==, NL_FATE_PASS);
    build_check_sums(&answer);
    struct nl_end end = build_end(here);
    g_assert_true(nl_end_equal(&answer.quoted.src, &end));
    g_assert_true(nl_ip_equal(&answer.now.dst.ip, &end.ip));
    g_assert_true(
            nl_answer_make(&answer, &world.packet, NL_ANSWER_ICMP_PORT, &world.packet.now.dst.ip));
    g_assert_cmpint(nl_nat_in(world.nat, &answer, 5 * SECOND), ==, NL_FATE_UNSOLICITED);

    build_echo(&world.packet, "10.0.1.2:77", "203.0.113.5:0");
    g_assert_cmpint(nl_nat_out(world.nat, &world.packet, 0), ==, NL_FATE_PASS);
    build_check_sums(&world.packet);
    g_assert_cmpint(world.packet.now.src.port, !=, 77);
    world.packet.proto = 47; /* GRE */
    g_assert_cmpint(nl_nat_out(world.nat, &world.packet, 0), ==, NL_FATE_FOREIGN);
    finish(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nat/mapping", test_mapping);
    g_test_add_func("/nat/filtering", test_filtering);
    g_test_add_func("/nat/simopen", test_simopen);
    g_test_add_func("/nat/rst", test_rst);
    g_test_add_func("/nat/rst/address", test_rst_address);
    g_test_add_func("/nat/parity/full", test_parity_full);
    g_test_add_func("/nat/sequential", test_sequential);
    g_test_add_func("/nat/allocations", test_allocations);
    g_test_add_func("/nat/noise", test_noise);
    g_test_add_func("/nat/full", test_full);
    g_test_add_func("/nat/rate", test_rate);
    g_test_add_func("/nat/timeouts", test_timeouts);
    g_test_add_func("/nat/midstream", test_midstream);
    g_test_add_func("/nat/reboot", test_reboot);
    g_test_add_func("/nat/refused", test_refused);
    g_test_add_func("/nat/late", test_late);
    g_test_add_func("/nat/firewall", test_firewall);
    g_test_add_func("/nat/others", test_others);
    return g_test_run();
}
