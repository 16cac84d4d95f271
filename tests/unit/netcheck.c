/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the facts about a network mean, and the sentences for it. */
#include <string.h>

#include <glib.h>

#include "app/session/netcheck_sentences.h"
#include "net/netcheck/verdict.h"
#include "net/netcheck/visit.h"

static const char seen_from_outside[] = "5.6.7.8:4000";
static const char seen_from_inside[] = "192.168.1.20:20000";

static void
parse(struct ds_addr *addr, const char *text)
{
    g_assert_cmpint(ds_addr_parse(addr, text, 0), ==, 0);
}

/* A computer in IPv4 whose relay is there, and sees it from outside. */
static struct ds_netcheck_facts
usual(void)
{
    struct ds_netcheck_facts facts = {
            .relay = {.is_set = true, .is_reached = true, .rtt_us = 30000, .names_stun = true},
            .ipv4 = {.has_address = true},
            .router = {.is_asked = true, .state = DS_PORTMAP_SILENT}};

    parse(&facts.ipv4.observed, seen_from_outside);
    return facts;
}

/* ---- networks whose ports are known ---- */

/* `chances` in the order of enum ds_netcheck_other: D direct, L when lucky, R relayed. */
static const struct port_row {
    enum ds_mapping mapping;
    enum ds_allocation_kind allocation;
    enum ds_filtering filtering;
    const char *kind, *chances, *advice;
} port_rows[] = {
        {DS_MAPPING_NO_NAT, 0, DS_FILTERING_NONE, "open", "DDDDDDR", ""},
        {DS_MAPPING_NO_NAT, 0, DS_FILTERING_ADDRESS, "firewall", "DDDDDDR", ""},
        {DS_MAPPING_NO_NAT, 0, DS_FILTERING_ADDRESS_OR_NONE, "firewall", "DDDDDLR", ""},
        {DS_MAPPING_NO_NAT, 0, DS_FILTERING_ADDRESS_AND_PORT, "firewall", "DDDDDLR", ""},
        {DS_MAPPING_NO_NAT, 0, DS_FILTERING_UNKNOWN, "firewall", "DDDDDLR", ""},
        {DS_MAPPING_INDEPENDENT, 0, DS_FILTERING_NONE, "full-cone", "DDDDDDR", ""},
        {DS_MAPPING_INDEPENDENT, 0, DS_FILTERING_ADDRESS, "restricted", "DDDDDDR", ""},
        {DS_MAPPING_INDEPENDENT, 0, DS_FILTERING_ADDRESS_OR_NONE, "restricted", "DDDDDDR", ""},
        {DS_MAPPING_INDEPENDENT, 0, DS_FILTERING_ADDRESS_AND_PORT, "port-restricted", "DDDDDLR",
                ""},
        {DS_MAPPING_INDEPENDENT, 0, DS_FILTERING_UNKNOWN, "port-restricted", "DDDDDLR", ""},
        {DS_MAPPING_INDEPENDENT, DS_ALLOCATION_SEQUENTIAL, DS_FILTERING_ADDRESS_AND_PORT,
                "port-restricted", "DDDDDLR", ""},
        {DS_MAPPING_ADDRESS_AND_PORT, DS_ALLOCATION_SEQUENTIAL, DS_FILTERING_ADDRESS_AND_PORT,
                "sequential", "DDDDDRR", "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_ADDRESS_AND_PORT, DS_ALLOCATION_BAND, DS_FILTERING_ADDRESS_AND_PORT, "band",
                "DDDLRRR", "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_ADDRESS_AND_PORT, DS_ALLOCATION_RANDOM, DS_FILTERING_ADDRESS_AND_PORT, "random",
                "DDDLRRR", "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_ADDRESS, DS_ALLOCATION_RANDOM, DS_FILTERING_UNKNOWN, "random", "DDDLRRR",
                "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_ADDRESS, DS_ALLOCATION_PARITY, DS_FILTERING_NONE, "random", "DDDLRRR",
                "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_ADDRESS_AND_PORT, DS_ALLOCATION_UNKNOWN, DS_FILTERING_UNKNOWN, "random",
                "DDDLRRR", "map-ports,keep-ports,ipv6"},
        {DS_MAPPING_UNKNOWN, 0, DS_FILTERING_ADDRESS_AND_PORT, "unknown", ".......", "let-out"},
};

static char *
chances_of(const struct ds_netcheck_verdict *verdict)
{
    static const char letters[] = {[DS_NETCHECK_NOT_KNOWN] = '.',
            [DS_NETCHECK_DIRECT] = 'D',
            [DS_NETCHECK_LUCKY] = 'L',
            [DS_NETCHECK_RELAYED] = 'R'};
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < DS_NETCHECK_OTHERS; i++)
        g_string_append_c(text, letters[verdict->chances[i]]);
    return g_string_free(text, FALSE);
}

static char *
advice_of(const struct ds_netcheck_verdict *verdict)
{
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < verdict->advice_count; i++)
        g_string_append_printf(
                text, "%s%s", i > 0 ? "," : "", ds_netcheck_advice_name(verdict->advices[i]));
    return g_string_free(text, FALSE);
}

static void
check(const struct ds_netcheck_facts *facts, const char *kind, const char *chances,
        const char *advice)
{
    struct ds_netcheck_verdict verdict = ds_netcheck_judge(facts);
    g_autofree char *found_chances = chances_of(&verdict);
    g_autofree char *found_advice = advice_of(&verdict);

    g_assert_cmpstr(ds_netcheck_kind_name(verdict.kind), ==, kind);
    g_assert_cmpstr(found_chances, ==, chances);
    g_assert_cmpstr(found_advice, ==, advice);
}

static struct ds_netcheck_facts
facts_of(const struct port_row *row)
{
    struct ds_netcheck_facts facts = usual();

    facts.ipv4.mapping = row->mapping;
    facts.ipv4.allocation.kind = row->allocation;
    facts.ipv4.filtering = row->filtering;
    return facts;
}

static void
test_ports(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(port_rows); i++) {
        const struct port_row *row = &port_rows[i];
        struct ds_netcheck_facts facts = facts_of(row);
        g_test_message("row %zu", i);
        check(&facts, row->kind, row->chances, row->advice);
    }
}

/* What is known of an easy network is no matter where it lets nothing out. */
static struct ds_netcheck_facts
easy(void)
{
    struct ds_netcheck_facts facts = usual();
    facts.ipv4.mapping = DS_MAPPING_INDEPENDENT;
    facts.ipv4.filtering = DS_FILTERING_NONE;
    return facts;
}

static struct ds_netcheck_facts
hard(void)
{
    struct ds_netcheck_facts facts = usual();
    facts.ipv4.mapping = DS_MAPPING_ADDRESS_AND_PORT;
    facts.ipv4.allocation.kind = DS_ALLOCATION_RANDOM;
    facts.ipv4.filtering = DS_FILTERING_ADDRESS_AND_PORT;
    return facts;
}

/* ---- what stands in the way ---- */

static void
test_ways_out(void)
{
    struct ds_netcheck_facts facts = easy();
    facts.relay.via_proxy = true;
    check(&facts, "proxy", "RRRRRRR", "past-proxy");

    facts = easy();
    facts.ipv4.is_blocked = true;
    check(&facts, "blocked", "RRRRRRR", "let-out");

    facts = easy();
    parse(&facts.ipv4.observed, seen_from_inside);
    check(&facts, "local", ".......", "");

    facts = (struct ds_netcheck_facts){0};
    check(&facts, "offline", ".......", "connect");
}

static void
test_relay(void)
{
    struct ds_netcheck_facts facts = {.ipv4.has_address = true};
    check(&facts, "no-relay", ".......", "set-relay");

    facts.relay.is_set = true;
    facts.relay.reason = DS_REASON_NO_RELAY;
    check(&facts, "no-relay", ".......", "reach-relay");
    facts.relay.reason = DS_REASON_PROXY;
    check(&facts, "no-relay", ".......", "reach-relay");
    facts.relay.reason = DS_REASON_RELAY_UNTRUSTED;
    check(&facts, "no-relay", ".......", "check-relay");

    /* --stun's servers say what they say without it. */
    facts.relay.names_stun = true;
    facts.ipv4.mapping = DS_MAPPING_INDEPENDENT;
    check(&facts, "port-restricted", "DDDDDLR", "check-relay");

    facts = usual();
    facts.relay.names_stun = false;
    check(&facts, "unknown", ".......", "set-stun");

    /* A relay on this very machine needs no network. */
    facts = (struct ds_netcheck_facts){.relay = {.is_set = true, .is_reached = true}};
    parse(&facts.ipv4.observed, "127.0.0.1:20000");
    check(&facts, "local", ".......", "");
}

/* ---- the router, and IPv6 ---- */

static void
test_router(void)
{
    struct ds_netcheck_facts facts = hard();
    check(&facts, "random", "DDDLRRR", "map-ports,keep-ports,ipv6");
    facts.router.state = DS_PORTMAP_REFUSED;
    check(&facts, "random", "DDDLRRR", "map-ports,keep-ports,ipv6");
    facts.router.state = DS_PORTMAP_NO_GATEWAY;
    check(&facts, "random", "DDDLRRR", "keep-ports,ipv6");
    facts.router.state = DS_PORTMAP_BEHIND;
    check(&facts, "random", "DDDLRRR", "double-nat,keep-ports,ipv6");

    /* It is believed when somebody came in. */
    facts.router.state = DS_PORTMAP_MAPPED;
    check(&facts, "random", "DDDLRRR", "keep-ports,ipv6");
    facts.router.is_reached = DS_ANSWER_NO;
    check(&facts, "random", "DDDLRRR", "let-mapped-in,keep-ports,ipv6");
    facts.router.is_reached = DS_ANSWER_YES;
    check(&facts, "random", "DDDDDDR", "");
    g_assert_true(ds_netcheck_judge(&facts).has_opened_port);

    facts = easy();
    facts.router.state = DS_PORTMAP_BEHIND;
    check(&facts, "full-cone", "DDDDDDR", "");
}

static void
test_ipv6(void)
{
    struct ds_netcheck_facts facts = hard();

    facts.ipv6.has_address = true;
    g_assert_false(ds_netcheck_judge(&facts).by_ipv6);
    check(&facts, "random", "DDDLRRR", "map-ports,keep-ports,ipv6");
    facts.ipv6.is_reached = DS_ANSWER_YES;
    g_assert_true(ds_netcheck_judge(&facts).by_ipv6);
    check(&facts, "random", "DDDLRRR", "map-ports,keep-ports");

    /* Without IPv4 nothing is said of its routers. */
    facts.ipv4 = (struct ds_netcheck_ipv4){0};
    check(&facts, "unknown", ".......", "");
}

/* ---- visits ---- */

static const struct visit_row {
    enum ds_dialback_result other_port, other_address;
    enum ds_filtering filtering;
} visit_rows[] = {
        {DS_DIALBACK_CONNECTED, DS_DIALBACK_CONNECTED, DS_FILTERING_NONE},
        {DS_DIALBACK_NOT_OFFERED, DS_DIALBACK_CONNECTED, DS_FILTERING_NONE},
        {DS_DIALBACK_CONNECTED, DS_DIALBACK_SILENT, DS_FILTERING_ADDRESS},
        {DS_DIALBACK_CONNECTED, DS_DIALBACK_REFUSED, DS_FILTERING_ADDRESS},
        {DS_DIALBACK_CONNECTED, DS_DIALBACK_NOT_OFFERED, DS_FILTERING_ADDRESS_OR_NONE},
        {DS_DIALBACK_CONNECTED, DS_DIALBACK_ASTRAY, DS_FILTERING_ADDRESS_OR_NONE},
        {DS_DIALBACK_SILENT, DS_DIALBACK_SILENT, DS_FILTERING_ADDRESS_AND_PORT},
        {DS_DIALBACK_REFUSED, DS_DIALBACK_NOT_OFFERED, DS_FILTERING_ADDRESS_AND_PORT},
        {DS_DIALBACK_UNREACHABLE, DS_DIALBACK_NOT_OFFERED, DS_FILTERING_ADDRESS_AND_PORT},
        {DS_DIALBACK_NOT_OFFERED, DS_DIALBACK_NOT_OFFERED, DS_FILTERING_UNKNOWN},
        {DS_DIALBACK_NOT_OFFERED, DS_DIALBACK_SILENT, DS_FILTERING_UNKNOWN},
        {DS_DIALBACK_ASTRAY, DS_DIALBACK_SILENT, DS_FILTERING_UNKNOWN},
};

static void
test_visits(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(visit_rows); i++) {
        const struct visit_row *row = &visit_rows[i];
        g_test_message("row %zu", i);
        g_assert_cmpint(ds_filtering_of(row->other_port, row->other_address), ==, row->filtering);
    }
    g_assert_cmpint(ds_unsolicited_of(DS_DIALBACK_SILENT), ==, DS_UNSOLICITED_DROP);
    g_assert_cmpint(ds_unsolicited_of(DS_DIALBACK_REFUSED), ==, DS_UNSOLICITED_RST);
    g_assert_cmpint(ds_unsolicited_of(DS_DIALBACK_UNREACHABLE), ==, DS_UNSOLICITED_ICMP);
    g_assert_cmpint(ds_unsolicited_of(DS_DIALBACK_CONNECTED), ==, DS_UNSOLICITED_UNKNOWN);
}

/* ---- words ---- */

/* On a terminal all of it is to be seen at once, also where lines are folded. */
enum { LINES_MAX = 20, COLUMNS = 80 };

static guint
check_sentence(const char *text)
{
    gsize len = strlen(text);

    g_test_message("%s", text);
    g_assert_true(g_ascii_isupper(text[0]));
    g_assert_cmpint(text[len - 1], ==, '.');
    g_assert_null(strstr(text, "  ")); /* where two pieces of source meet */
    g_assert_null(strchr(text, '\n'));
    return (guint)(len / COLUMNS + 1);
}

static guint
check_all(char **texts)
{
    guint lines = 0;
    for (gsize i = 0; texts[i] != NULL; i++)
        lines += check_sentence(texts[i]);
    return lines;
}

static void
check_report(const struct ds_netcheck_facts *facts)
{
    struct ds_netcheck_verdict verdict = ds_netcheck_judge(facts);
    struct ds_netcheck_report *report = ds_netcheck_report_new(facts, &verdict);
    guint lines = 1 + check_sentence(report->network);

    lines += check_all(report->findings) + check_all(report->expectations);
    lines += check_all(report->advices);
    g_assert_cmpuint(g_strv_length(report->advices), ==, verdict.advice_count);
    g_assert_cmpuint(lines, <=, LINES_MAX);
    ds_netcheck_report_free(report);
}

/* What is expected is the least; what is said is what is known. */
static void
test_unknown_filtering(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(port_rows); i++) {
        const struct port_row *row = &port_rows[i];
        struct ds_netcheck_facts facts = facts_of(row);
        struct ds_netcheck_verdict verdict = ds_netcheck_judge(&facts);
        struct ds_netcheck_report *report = ds_netcheck_report_new(&facts, &verdict);
        bool says_who = strstr(report->network, "lets in only") != NULL;
        g_assert_cmpint(strstr(report->network, "could not be tried") != NULL, ==,
                row->filtering == DS_FILTERING_UNKNOWN && strstr(row->chances, "DDDDDLR") != NULL);
        g_assert_false(says_who && row->filtering == DS_FILTERING_UNKNOWN);
        ds_netcheck_report_free(report);
    }
}

static void
test_reports(void)
{
    struct ds_netcheck_facts facts = {0};

    check_report(&facts);
    for (gsize i = 0; i < G_N_ELEMENTS(port_rows); i++) {
        facts = facts_of(&port_rows[i]);
        check_report(&facts);
    }
    for (int state = DS_PORTMAP_ASKING; state <= DS_PORTMAP_BEHIND; state++)
        for (int reached = DS_ANSWER_UNKNOWN; reached <= DS_ANSWER_YES; reached++) {
            facts = hard();
            facts.router.state = (enum ds_portmap_state)state;
            facts.router.is_reached = (enum ds_answer)reached;
            facts.ipv6.has_address = true;
            facts.ipv6.is_reached = (enum ds_answer)reached;
            check_report(&facts);
        }
}

/* Each is a word of its own, for --json. */
static void
check_name(GHashTable *seen, const char *name)
{
    g_assert_cmpstr(name, !=, "");
    g_assert_true(g_hash_table_add(seen, (gpointer)name));
}

static void
test_names(void)
{
    g_autoptr(GHashTable) kinds = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) others = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) advices = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < DS_NETCHECK_KINDS; i++)
        check_name(kinds, ds_netcheck_kind_name((enum ds_netcheck_kind)i));
    for (int i = 0; i < DS_NETCHECK_OTHERS; i++)
        check_name(others, ds_netcheck_other_name((enum ds_netcheck_other)i));
    for (int i = 0; i < DS_ADVICES; i++)
        check_name(advices, ds_netcheck_advice_name((enum ds_netcheck_advice)i));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/netcheck/ports", test_ports);
    g_test_add_func("/netcheck/ways-out", test_ways_out);
    g_test_add_func("/netcheck/relay", test_relay);
    g_test_add_func("/netcheck/router", test_router);
    g_test_add_func("/netcheck/ipv6", test_ipv6);
    g_test_add_func("/netcheck/visits", test_visits);
    g_test_add_func("/netcheck/unknown-filtering", test_unknown_filtering);
    g_test_add_func("/netcheck/reports", test_reports);
    g_test_add_func("/netcheck/names", test_names);
    return g_test_run();
}
