/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/verdict.h"

#include <stdbool.h>

/* ---- which kind it is ---- */

static bool
is_hard(enum ds_mapping mapping)
{
    return mapping == DS_MAPPING_ADDRESS || mapping == DS_MAPPING_ADDRESS_AND_PORT;
}

static enum ds_netcheck_kind
kind_of_cone(enum ds_filtering filtering)
{
    switch (filtering) {
    case DS_FILTERING_NONE:
        return DS_NETCHECK_FULL_CONE;
    case DS_FILTERING_ADDRESS:
    case DS_FILTERING_ADDRESS_OR_NONE:
        return DS_NETCHECK_RESTRICTED;
    case DS_FILTERING_ADDRESS_AND_PORT:
    case DS_FILTERING_UNKNOWN:
        break;
    }
    return DS_NETCHECK_PORT_RESTRICTED;
}

/* What deals ports by the local one, or by their parity, is at random where it deals each anew. */
static enum ds_netcheck_kind
kind_of_hard(enum ds_allocation_kind allocation)
{
    if (allocation == DS_ALLOCATION_SEQUENTIAL)
        return DS_NETCHECK_SEQUENTIAL;
    return allocation == DS_ALLOCATION_BAND ? DS_NETCHECK_BAND : DS_NETCHECK_RANDOM;
}

static enum ds_netcheck_kind
kind_of_ports(const struct ds_netcheck_ipv4 *ipv4)
{
    switch (ipv4->mapping) {
    case DS_MAPPING_NO_NAT:
        return ipv4->filtering == DS_FILTERING_NONE ? DS_NETCHECK_OPEN : DS_NETCHECK_FIREWALL;
    case DS_MAPPING_INDEPENDENT:
        return kind_of_cone(ipv4->filtering);
    case DS_MAPPING_ADDRESS:
    case DS_MAPPING_ADDRESS_AND_PORT:
        return kind_of_hard(ipv4->allocation.kind);
    case DS_MAPPING_UNKNOWN:
        break;
    }
    return DS_NETCHECK_UNKNOWN;
}

static enum ds_netcheck_kind
kind_of(const struct ds_netcheck_facts *facts)
{
    bool is_reached = facts->relay.is_reached;
    const struct ds_netcheck_ipv4 *ipv4 = &facts->ipv4;

    if (!ipv4->has_address && !facts->ipv6.has_address && !is_reached)
        return DS_NETCHECK_OFFLINE;
    if (is_reached && facts->relay.via_proxy)
        return DS_NETCHECK_PROXY;
    if (ipv4->is_blocked)
        return DS_NETCHECK_BLOCKED;
    if (ipv4->observed.len != 0 && !ds_offer_is_public(&ipv4->observed))
        return DS_NETCHECK_LOCAL;
    if (ipv4->mapping == DS_MAPPING_UNKNOWN && !is_reached)
        return DS_NETCHECK_NO_RELAY;
    return kind_of_ports(ipv4);
}

/* ---- with whom it is direct ---- */

/*
 * By our kind, then in the order of enum ds_netcheck_other: D direct, L when lucky, R relayed, and
 * a dot where it is not known. Source: the table of what is reachable in tests/netlab.
 */
static const char chances[DS_NETCHECK_KINDS][DS_NETCHECK_OTHERS + 1] = {
        [DS_NETCHECK_UNKNOWN] = ".......",
        [DS_NETCHECK_OFFLINE] = ".......",
        [DS_NETCHECK_NO_RELAY] = ".......",
        [DS_NETCHECK_PROXY] = "RRRRRRR",
        [DS_NETCHECK_BLOCKED] = "RRRRRRR",
        [DS_NETCHECK_LOCAL] = ".......",
        [DS_NETCHECK_OPEN] = "DDDDDDR",
        [DS_NETCHECK_FIREWALL] = "DDDDDLR",
        [DS_NETCHECK_FULL_CONE] = "DDDDDDR",
        [DS_NETCHECK_RESTRICTED] = "DDDDDDR",
        [DS_NETCHECK_PORT_RESTRICTED] = "DDDDDLR",
        [DS_NETCHECK_SEQUENTIAL] = "DDDDDRR",
        [DS_NETCHECK_BAND] = "DDDLRRR",
        [DS_NETCHECK_RANDOM] = "DDDLRRR",
};

static enum ds_netcheck_chance
chance_of(char letter)
{
    switch (letter) {
    case 'D':
        return DS_NETCHECK_DIRECT;
    case 'L':
        return DS_NETCHECK_LUCKY;
    case 'R':
        return DS_NETCHECK_RELAYED;
    default:
        return DS_NETCHECK_NOT_KNOWN;
    }
}

/* As whom the others meet us: who opens ports for us stands open. */
static enum ds_netcheck_kind
kind_for_others(const struct ds_netcheck_verdict *verdict, const struct ds_netcheck_facts *facts)
{
    if (verdict->has_opened_port)
        return DS_NETCHECK_OPEN;
    if (verdict->kind == DS_NETCHECK_FIREWALL && facts->ipv4.filtering == DS_FILTERING_ADDRESS)
        return DS_NETCHECK_RESTRICTED;
    return verdict->kind;
}

static void
judge_chances(struct ds_netcheck_verdict *verdict, const struct ds_netcheck_facts *facts)
{
    const char *letters = chances[kind_for_others(verdict, facts)];

    for (size_t i = 0; i < DS_NETCHECK_OTHERS; i++)
        verdict->chances[i] = chance_of(letters[i]);
}

/* ---- what would help ---- */

static void
advise(struct ds_netcheck_verdict *verdict, enum ds_netcheck_advice advice, bool is_given)
{
    if (is_given)
        verdict->advices[verdict->advice_count++] = advice;
}

static bool
is_relay_out_of_reach(const struct ds_netcheck_relay *relay)
{
    return relay->reason == DS_REASON_NO_RELAY || relay->reason == DS_REASON_PROXY ||
           relay->reason == DS_REASON_IDLE;
}

static void
advise_on_relay(struct ds_netcheck_verdict *verdict, const struct ds_netcheck_relay *relay)
{
    bool is_missed = relay->is_set && !relay->is_reached;

    advise(verdict, DS_ADVICE_SET_RELAY, !relay->is_set);
    advise(verdict, DS_ADVICE_REACH_RELAY, is_missed && is_relay_out_of_reach(relay));
    advise(verdict, DS_ADVICE_CHECK_RELAY, is_missed && !is_relay_out_of_reach(relay));
}

/* Of networks that deal ports, what the router could do, and what makes routers matter less. */
static void
advise_on_ports(struct ds_netcheck_verdict *verdict, const struct ds_netcheck_facts *facts)
{
    enum ds_portmap_state state = facts->router.state;

    if (!is_hard(facts->ipv4.mapping) || verdict->has_opened_port)
        return;
    advise(verdict, DS_ADVICE_DOUBLE_NAT, state == DS_PORTMAP_BEHIND);
    advise(verdict, DS_ADVICE_MAP_PORTS, state == DS_PORTMAP_SILENT || state == DS_PORTMAP_REFUSED);
    advise(verdict, DS_ADVICE_KEEP_PORTS, true);
    advise(verdict, DS_ADVICE_IPV6, !verdict->by_ipv6);
}

static void
judge_advices(struct ds_netcheck_verdict *verdict, const struct ds_netcheck_facts *facts)
{
    const struct ds_netcheck_relay *relay = &facts->relay;
    bool is_unseen = facts->ipv4.has_address && verdict->kind == DS_NETCHECK_UNKNOWN;

    advise(verdict, DS_ADVICE_CONNECT, verdict->kind == DS_NETCHECK_OFFLINE);
    if (verdict->kind == DS_NETCHECK_OFFLINE)
        return;
    advise_on_relay(verdict, relay);
    advise(verdict, DS_ADVICE_PAST_PROXY, verdict->kind == DS_NETCHECK_PROXY);
    advise(verdict, DS_ADVICE_LET_OUT,
            verdict->kind == DS_NETCHECK_BLOCKED || (is_unseen && relay->names_stun));
    advise(verdict, DS_ADVICE_SET_STUN, is_unseen && !relay->names_stun);
    advise(verdict, DS_ADVICE_LET_MAPPED_IN,
            facts->router.state == DS_PORTMAP_MAPPED && facts->router.is_reached == DS_ANSWER_NO);
    advise_on_ports(verdict, facts);
}

struct ds_netcheck_verdict
ds_netcheck_judge(const struct ds_netcheck_facts *facts)
{
    struct ds_netcheck_verdict verdict = {.kind = kind_of(facts)};

    verdict.has_opened_port =
            facts->router.state == DS_PORTMAP_MAPPED && facts->router.is_reached == DS_ANSWER_YES;
    verdict.by_ipv6 = facts->ipv6.has_address && facts->ipv6.is_reached == DS_ANSWER_YES;
    judge_chances(&verdict, facts);
    judge_advices(&verdict, facts);
    return verdict;
}

/* ---- names ---- */

const char *
ds_netcheck_kind_name(enum ds_netcheck_kind kind)
{
    static const char *const names[DS_NETCHECK_KINDS] = {
            [DS_NETCHECK_UNKNOWN] = "unknown",
            [DS_NETCHECK_OFFLINE] = "offline",
            [DS_NETCHECK_NO_RELAY] = "no-relay",
            [DS_NETCHECK_PROXY] = "proxy",
            [DS_NETCHECK_BLOCKED] = "blocked",
            [DS_NETCHECK_LOCAL] = "local",
            [DS_NETCHECK_OPEN] = "open",
            [DS_NETCHECK_FIREWALL] = "firewall",
            [DS_NETCHECK_FULL_CONE] = "full-cone",
            [DS_NETCHECK_RESTRICTED] = "restricted",
            [DS_NETCHECK_PORT_RESTRICTED] = "port-restricted",
            [DS_NETCHECK_SEQUENTIAL] = "sequential",
            [DS_NETCHECK_BAND] = "band",
            [DS_NETCHECK_RANDOM] = "random",
    };
    return names[kind];
}

const char *
ds_netcheck_other_name(enum ds_netcheck_other other)
{
    static const char *const names[DS_NETCHECK_OTHERS] = {
            [DS_NETCHECK_WITH_OPEN] = "open",
            [DS_NETCHECK_WITH_FULL_CONE] = "full-cone",
            [DS_NETCHECK_WITH_RESTRICTED] = "restricted",
            [DS_NETCHECK_WITH_PORT_RESTRICTED] = "port-restricted",
            [DS_NETCHECK_WITH_SEQUENTIAL] = "sequential",
            [DS_NETCHECK_WITH_RANDOM] = "random",
            [DS_NETCHECK_WITH_BLOCKED] = "blocked",
    };
    return names[other];
}

const char *
ds_netcheck_chance_name(enum ds_netcheck_chance chance)
{
    static const char *const names[] = {
            [DS_NETCHECK_NOT_KNOWN] = "unknown",
            [DS_NETCHECK_DIRECT] = "direct",
            [DS_NETCHECK_LUCKY] = "lucky",
            [DS_NETCHECK_RELAYED] = "relay",
    };
    return names[chance];
}

const char *
ds_netcheck_advice_name(enum ds_netcheck_advice advice)
{
    static const char *const names[DS_ADVICES] = {
            [DS_ADVICE_CONNECT] = "connect",
            [DS_ADVICE_SET_RELAY] = "set-relay",
            [DS_ADVICE_REACH_RELAY] = "reach-relay",
            [DS_ADVICE_CHECK_RELAY] = "check-relay",
            [DS_ADVICE_PAST_PROXY] = "past-proxy",
            [DS_ADVICE_LET_OUT] = "let-out",
            [DS_ADVICE_SET_STUN] = "set-stun",
            [DS_ADVICE_LET_MAPPED_IN] = "let-mapped-in",
            [DS_ADVICE_DOUBLE_NAT] = "double-nat",
            [DS_ADVICE_MAP_PORTS] = "map-ports",
            [DS_ADVICE_KEEP_PORTS] = "keep-ports",
            [DS_ADVICE_IPV6] = "ipv6",
    };
    return names[advice];
}
