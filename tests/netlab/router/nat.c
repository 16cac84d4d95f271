/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/nat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tests/netlab/router/memory.h"
#include "tests/netlab/router/ports.h"

enum { BUCKETS = 4096, SWEEP_US = 1000000 };

enum state {
    SYN_OUT, /* opened from inside, and nothing came back yet */
    SYN_IN,  /* opened from outside */
    OPEN,
    CLOSED,
};

struct session {
    LIST_ENTRY(session) of_mapping, of_bucket;
    struct mapping *mapping;
    struct nl_end remote;
    enum state state;
    bool fin_in, fin_out;
    uint64_t until_us;
};

struct mapping {
    LIST_ENTRY(mapping) by_inside, by_outside, of_nat;
    LIST_HEAD(, session) sessions;
    uint8_t proto;
    struct nl_end inside, outside;
    struct nl_end remote; /* what it is for alone; what is independent is zero */
    uint64_t until_us;    /* while there are no sessions */
};

/* A 4-tuple that a refused packet holds. */
struct held {
    LIST_ENTRY(held) link;
    struct nl_tuple tuple; /* as it came from outside */
    uint64_t until_us;
};

struct nl_nat {
    const struct nl_kind *kind;
    struct nl_random *random;
    struct nl_ip outside;
    struct nl_ports ports;
    uint64_t sweep_us;
    uint64_t second_us; /* when the last second began in which mappings are counted ... */
    int made;           /* ... and how many were made in it */
    LIST_HEAD(, mapping) mappings, by_inside[BUCKETS], by_outside[BUCKETS];
    LIST_HEAD(, session) sessions[BUCKETS];
    LIST_HEAD(, held) held;
};

/* What is looked for when a port is dealt. */
struct wanted {
    const struct nl_nat *nat;
    uint8_t proto;
    const struct nl_end *remote;
    uint64_t now_us;
};

static uint32_t
bucket_of(uint8_t proto, const struct nl_end *end)
{
    return nl_hash(end, sizeof *end, proto) % BUCKETS;
}

static uint32_t
session_bucket(const struct mapping *mapping, const struct nl_end *remote)
{
    return nl_hash(remote, sizeof *remote, nl_hash(&mapping, sizeof mapping, 0)) % BUCKETS;
}

static void
forget_session(struct session *session)
{
    LIST_REMOVE(session, of_mapping);
    LIST_REMOVE(session, of_bucket);
    free(session);
}

static void
forget_mapping(struct mapping *mapping)
{
    while (!LIST_EMPTY(&mapping->sessions))
        forget_session(LIST_FIRST(&mapping->sessions));
    LIST_REMOVE(mapping, by_inside);
    LIST_REMOVE(mapping, by_outside);
    LIST_REMOVE(mapping, of_nat);
    free(mapping);
}

static void
forget_all(struct nl_nat *nat)
{
    while (!LIST_EMPTY(&nat->mappings))
        forget_mapping(LIST_FIRST(&nat->mappings));
    while (!LIST_EMPTY(&nat->held)) {
        struct held *held = LIST_FIRST(&nat->held);
        LIST_REMOVE(held, link);
        free(held);
    }
}

struct nl_nat *
nl_nat_new(const struct nl_kind *kind, const struct nl_ip *outside, struct nl_random *random,
        uint64_t now_us)
{
    struct nl_nat *nat = nl_allocate(sizeof *nat);
    nat->kind = kind;
    nat->random = random;
    nat->outside = *outside;
    nl_ports_init(&nat->ports, kind, random, now_us);
    return nat;
}

void
nl_nat_free(struct nl_nat *nat)
{
    if (nat == NULL)
        return;
    forget_all(nat);
    free(nat);
}

void
nl_nat_reboot(struct nl_nat *nat, uint64_t now_us)
{
    forget_all(nat);
    nl_ports_init(&nat->ports, nat->kind, nat->random, now_us);
}

void
nl_nat_readdress(struct nl_nat *nat, const struct nl_ip *outside, uint64_t now_us)
{
    nat->outside = *outside;
    nl_nat_reboot(nat, now_us);
}

/* Take away the sessions of a mapping that are over. Returns whether the mapping is over too. */
static bool
sweep_mapping(const struct nl_nat *nat, struct mapping *mapping, uint64_t now_us)
{
    struct session *session = LIST_FIRST(&mapping->sessions), *next;
    for (; session != NULL; session = next) {
        next = LIST_NEXT(session, of_mapping);
        if (session->until_us > now_us)
            continue;
        if (LIST_FIRST(&mapping->sessions) == session && next == NULL)
            mapping->until_us = session->until_us;
        forget_session(session);
    }
    return LIST_EMPTY(&mapping->sessions) && mapping->until_us <= now_us;
}

static void
sweep(struct nl_nat *nat, uint64_t now_us)
{
    struct mapping *mapping = LIST_FIRST(&nat->mappings), *next;
    if (now_us < nat->sweep_us)
        return;
    nat->sweep_us = now_us + SWEEP_US;
    for (; mapping != NULL; mapping = next) {
        next = LIST_NEXT(mapping, of_nat);
        if (sweep_mapping(nat, mapping, now_us))
            forget_mapping(mapping);
    }
    struct held *held = LIST_FIRST(&nat->held), *held_next;
    for (; held != NULL; held = held_next) {
        held_next = LIST_NEXT(held, link);
        if (held->until_us > now_us)
            continue;
        LIST_REMOVE(held, link);
        free(held);
    }
}

/* Returns NULL for a mapping that is over, which is forgotten then. */
static struct mapping *
living(const struct nl_nat *nat, struct mapping *mapping, uint64_t now_us)
{
    if (!sweep_mapping(nat, mapping, now_us))
        return mapping;
    forget_mapping(mapping);
    return NULL;
}

/* The part of a remote end on which mappings depend. */
static struct nl_end
mapping_key(const struct nl_nat *nat, const struct nl_end *remote)
{
    struct nl_end key = {0};
    if (nat->kind->mapping != NL_ENDPOINT_INDEPENDENT)
        key.ip = remote->ip;
    if (nat->kind->mapping == NL_ADDRESS_AND_PORT_DEPENDENT)
        key.port = remote->port;
    return key;
}

/* One that is for this remote end alone goes before one that is for all. */
static struct mapping *
find_inside(const struct nl_nat *nat, uint8_t proto, const struct nl_end *inside,
        const struct nl_end *remote, uint64_t now_us)
{
    struct nl_end key = mapping_key(nat, remote);
    struct mapping *mapping, *found = NULL;
    LIST_FOREACH(mapping, &nat->by_inside[bucket_of(proto, inside)], by_inside)
    {
        if (mapping->proto != proto || !nl_end_equal(&mapping->inside, inside))
            continue;
        if (nl_end_equal(&mapping->remote, remote)) {
            found = mapping;
            break;
        }
        if (nl_end_equal(&mapping->remote, &key))
            found = mapping;
    }
    return found != NULL ? living(nat, found, now_us) : NULL;
}

static struct mapping *
find_outside(const struct nl_nat *nat, uint8_t proto, const struct nl_end *outside, uint64_t now_us)
{
    struct mapping *mapping;
    LIST_FOREACH(mapping, &nat->by_outside[bucket_of(proto, outside)], by_outside)
    {
        if (mapping->proto == proto && nl_end_equal(&mapping->outside, outside))
            return living(nat, mapping, now_us);
    }
    return NULL;
}

static struct session *
find_session(const struct nl_nat *nat, const struct mapping *mapping, const struct nl_end *remote)
{
    struct session *session;
    LIST_FOREACH(session, &nat->sessions[session_bucket(mapping, remote)], of_bucket)
    {
        if (session->mapping == mapping && nl_end_equal(&session->remote, remote))
            return session;
    }
    return NULL;
}

static bool
is_held(const struct nl_nat *nat, const struct nl_end *remote, const struct nl_end *outside,
        uint64_t now_us)
{
    const struct held *held;
    LIST_FOREACH(held, &nat->held, link)
    {
        if (held->until_us > now_us && nl_end_equal(&held->tuple.src, remote) &&
                nl_end_equal(&held->tuple.dst, outside))
            return true;
    }
    return false;
}

static bool
is_used(const void *arg, uint16_t port)
{
    const struct wanted *wanted = arg;
    struct nl_end outside = {.ip = wanted->nat->outside, .port = port};
    return find_outside(wanted->nat, wanted->proto, &outside, wanted->now_us) != NULL ||
           is_held(wanted->nat, wanted->remote, &outside, wanted->now_us);
}

static bool
is_translated(const struct nl_nat *nat, const struct nl_end *inside)
{
    return nat->kind->translate && nl_ip_is_v4(&inside->ip);
}

static int
count_mappings(const struct nl_nat *nat)
{
    const struct mapping *mapping;
    int count = 0;
    LIST_FOREACH(mapping, &nat->mappings, of_nat)
    count++;
    return count;
}

/* Counts this one, too. */
static bool
is_full(struct nl_nat *nat, uint64_t now_us)
{
    const struct nl_kind *kind = nat->kind;
    if (now_us - nat->second_us >= 1000000) {
        nat->second_us = now_us;
        nat->made = 0;
    }
    if (kind->mappings_per_s > 0 && ++nat->made > kind->mappings_per_s)
        return true;
    return kind->mappings_max > 0 && count_mappings(nat) >= kind->mappings_max;
}

static struct mapping *
add_mapping(struct nl_nat *nat, const struct nl_packet *packet, const struct nl_end *key,
        uint64_t now_us)
{
    struct nl_end outside = packet->now.src;
    if (is_full(nat, now_us))
        return NULL;
    if (is_translated(nat, &outside)) {
        struct wanted wanted = {nat, packet->proto, &packet->now.dst, now_us};
        outside.ip = nat->outside;
        outside.port = nl_ports_deal(&nat->ports, outside.port, is_used, &wanted, now_us);
        if (outside.port == 0)
            return NULL;
    }
    struct mapping *mapping = nl_allocate(sizeof *mapping);
    mapping->proto = packet->proto;
    mapping->inside = packet->now.src;
    mapping->outside = outside;
    mapping->remote = *key;
    LIST_INSERT_HEAD(&nat->mappings, mapping, of_nat);
    LIST_INSERT_HEAD(
            &nat->by_inside[bucket_of(packet->proto, &mapping->inside)], mapping, by_inside);
    LIST_INSERT_HEAD(&nat->by_outside[bucket_of(packet->proto, &outside)], mapping, by_outside);
    return mapping;
}

static struct session *
add_session(
        struct nl_nat *nat, struct mapping *mapping, const struct nl_end *remote, enum state state)
{
    struct session *session = nl_allocate(sizeof *session);
    session->mapping = mapping;
    session->remote = *remote;
    session->state = state;
    LIST_INSERT_HEAD(&mapping->sessions, session, of_mapping);
    LIST_INSERT_HEAD(&nat->sessions[session_bucket(mapping, remote)], session, of_bucket);
    return session;
}

static void
reopen(struct session *session, enum state state)
{
    session->state = state;
    session->fin_in = session->fin_out = false;
}

static void
keep(const struct nl_nat *nat, struct session *session, uint8_t proto, uint64_t now_us)
{
    const struct nl_kind *kind = nat->kind;
    bool is_ending = session->state == CLOSED || (session->fin_in && session->fin_out);
    int timeout_ms = session->state == OPEN ? kind->established_timeout_ms : kind->syn_timeout_ms;
    if (proto != NL_TCP)
        timeout_ms = kind->udp_timeout_ms;
    else if (is_ending)
        timeout_ms = kind->closing_timeout_ms;
    session->until_us = now_us + (uint64_t)timeout_ms * 1000;
}

/* A mapping whose session is gone stays a while for the next one. */
static void
linger(const struct nl_nat *nat, struct mapping *mapping, uint64_t now_us)
{
    mapping->until_us = now_us + (uint64_t)nat->kind->closing_timeout_ms * 1000;
}

static void
on_reset(const struct nl_nat *nat, struct session *session, uint64_t now_us)
{
    struct mapping *mapping = session->mapping;
    switch ((enum nl_on_rst)nat->kind->rst) {
    case NL_RST_CLOSE:
        session->state = CLOSED;
        keep(nat, session, NL_TCP, now_us);
        break;
    case NL_RST_SESSION:
        linger(nat, mapping, now_us);
        forget_session(session);
        break;
    case NL_RST_MAPPING:
        forget_mapping(mapping);
        break;
    case NL_RST_IGNORE:
        break;
    }
}

/* What a packet that passes does to its session, which it may end. */
static void
follow(const struct nl_nat *nat, struct session *session, const struct nl_packet *packet,
        bool is_out, uint64_t now_us)
{
    if (packet->proto == NL_TCP && packet->flags & NL_RST) {
        on_reset(nat, session, now_us);
        return;
    }
    if (nl_packet_is_syn(packet) && is_out && session->state == CLOSED)
        reopen(session, SYN_OUT);
    if (packet->proto == NL_TCP && packet->flags & NL_FIN)
        *(is_out ? &session->fin_out : &session->fin_in) = true;
    if (session->state == (is_out ? SYN_IN : SYN_OUT) && packet->flags & NL_ACK)
        session->state = OPEN;
    keep(nat, session, packet->proto, now_us);
}

static bool
is_state_known(const struct nl_nat *nat, const struct nl_packet *packet)
{
    return packet->proto != NL_TCP || nl_packet_is_syn(packet) ||
           (nat->kind->midstream && !(packet->flags & NL_RST));
}

/* An ICMP error goes to who sent what it quotes, and never ends anything (RFC 5382, REQ-10). */
static enum nl_fate
error_out(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us)
{
    const struct nl_tuple *quoted = &packet->quoted;
    struct mapping *mapping =
            find_inside(nat, packet->quoted_proto, &quoted->dst, &quoted->src, now_us);
    if (mapping == NULL || find_session(nat, mapping, &quoted->src) == NULL)
        return NL_FATE_UNKNOWN;
    struct nl_end src = {.ip = mapping->outside.ip};
    nl_packet_set_quoted_dst(packet, &mapping->outside);
    nl_packet_set_src(packet, &src);
    return NL_FATE_PASS;
}

static enum nl_fate
error_in(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us)
{
    const struct nl_tuple *quoted = &packet->quoted;
    struct mapping *mapping = find_outside(nat, packet->quoted_proto, &quoted->src, now_us);
    if (mapping == NULL || find_session(nat, mapping, &quoted->dst) == NULL)
        return NL_FATE_UNSOLICITED;
    struct nl_end dst = {.ip = mapping->inside.ip};
    nl_packet_set_quoted_src(packet, &mapping->inside);
    nl_packet_set_dst(packet, &dst);
    return NL_FATE_PASS;
}

static bool
is_foreign(const struct nl_packet *packet)
{
    bool has_ports = packet->proto == NL_TCP || packet->proto == NL_UDP;
    return !has_ports && !nl_packet_is_echo(packet);
}

/* With an endpoint-independent mapping whose 4-tuple a refused packet holds, another is made. */
static struct mapping *
mapping_out(struct nl_nat *nat, const struct nl_packet *packet, uint64_t now_us)
{
    const struct nl_end *remote = &packet->now.dst;
    struct mapping *mapping = find_inside(nat, packet->proto, &packet->now.src, remote, now_us);
    bool is_new = mapping == NULL || find_session(nat, mapping, remote) == NULL;
    if (!is_new)
        return mapping;
    if (!is_state_known(nat, packet))
        return NULL;
    if (mapping != NULL && !is_held(nat, remote, &mapping->outside, now_us))
        return mapping;
    struct nl_end key = mapping != NULL ? *remote : mapping_key(nat, remote);
    return add_mapping(nat, packet, &key, now_us);
}

enum nl_fate
nl_nat_out(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us)
{
    sweep(nat, now_us);
    if (packet->is_error)
        return error_out(nat, packet, now_us);
    if (is_foreign(packet))
        return NL_FATE_FOREIGN;
    struct nl_end remote = packet->now.dst;
    struct mapping *mapping = mapping_out(nat, packet, now_us);
    if (mapping == NULL)
        return is_state_known(nat, packet) ? NL_FATE_FULL : NL_FATE_UNKNOWN;
    struct session *session = find_session(nat, mapping, &remote);
    if (session == NULL)
        session = add_session(nat, mapping, &remote, nl_packet_is_syn(packet) ? SYN_OUT : OPEN);
    struct nl_end outside = mapping->outside;
    follow(nat, session, packet, true, now_us);
    nl_packet_set_src(packet, &outside);
    return NL_FATE_PASS;
}

static bool
is_let_in(const struct nl_nat *nat, const struct mapping *mapping, const struct nl_end *remote)
{
    const struct session *session;
    if (nat->kind->filtering == NL_ENDPOINT_INDEPENDENT)
        return true;
    if (nat->kind->filtering == NL_ADDRESS_AND_PORT_DEPENDENT)
        return false; /* that session would have been found */
    LIST_FOREACH(session, &mapping->sessions, of_mapping)
    {
        if (session->state != CLOSED && nl_ip_equal(&session->remote.ip, &remote->ip))
            return true;
    }
    return false;
}

/* The session by which a packet comes in, or NULL: nobody asked for it. */
static struct session *
session_in(struct nl_nat *nat, struct mapping *mapping, const struct nl_packet *packet)
{
    const struct nl_end *remote = &packet->now.src;
    struct session *session = find_session(nat, mapping, remote);
    bool is_syn = nl_packet_is_syn(packet);
    if (session != NULL && session->state == SYN_OUT && is_syn && !nat->kind->simopen)
        return NULL;
    if (session != NULL && (session->state != CLOSED || (packet->proto == NL_TCP && !is_syn)))
        return session;
    if (!is_state_known(nat, packet) || !is_let_in(nat, mapping, remote))
        return NULL;
    if (session == NULL)
        return add_session(nat, mapping, remote, is_syn ? SYN_IN : OPEN);
    reopen(session, SYN_IN);
    return session;
}

enum nl_fate
nl_nat_in(struct nl_nat *nat, struct nl_packet *packet, uint64_t now_us)
{
    sweep(nat, now_us);
    if (packet->is_error)
        return error_in(nat, packet, now_us);
    if (is_foreign(packet))
        return NL_FATE_FOREIGN;
    struct mapping *mapping = find_outside(nat, packet->proto, &packet->now.dst, now_us);
    struct session *session = mapping != NULL ? session_in(nat, mapping, packet) : NULL;
    if (session == NULL)
        return NL_FATE_UNSOLICITED;
    struct nl_end inside = mapping->inside;
    follow(nat, session, packet, false, now_us);
    nl_packet_set_dst(packet, &inside);
    return NL_FATE_PASS;
}

bool
nl_nat_is_open(struct nl_nat *nat, const struct nl_packet *packet, uint64_t now_us)
{
    struct mapping *mapping = find_outside(nat, packet->proto, &packet->now.dst, now_us);
    return mapping != NULL && find_session(nat, mapping, &packet->now.src) != NULL;
}

void
nl_nat_refused(struct nl_nat *nat, const struct nl_packet *packet, uint64_t now_us)
{
    if (nat->kind->refused_holds_ms == 0)
        return;
    struct held *held;
    LIST_FOREACH(held, &nat->held, link)
    {
        if (memcmp(&held->tuple, &packet->now, sizeof held->tuple) == 0)
            break;
    }
    if (held == NULL) {
        held = nl_allocate(sizeof *held);
        held->tuple = packet->now;
        LIST_INSERT_HEAD(&nat->held, held, link);
    }
    held->until_us = now_us + (uint64_t)nat->kind->refused_holds_ms * 1000;
}

static unsigned
count_sessions(const struct mapping *mapping)
{
    const struct session *session;
    unsigned count = 0;
    LIST_FOREACH(session, &mapping->sessions, of_mapping)
    count++;
    return count;
}

void
nl_nat_dump(struct nl_nat *nat, FILE *out, uint64_t now_us)
{
    const struct mapping *mapping;
    char inside[NL_END_TEXT], outside[NL_END_TEXT];
    nat->sweep_us = 0;
    sweep(nat, now_us);
    LIST_FOREACH(mapping, &nat->mappings, of_nat)
    {
        const char *proto = mapping->proto == NL_TCP   ? "tcp"
                            : mapping->proto == NL_UDP ? "udp"
                                                       : "icmp";
        nl_end_format(&mapping->inside, inside);
        nl_end_format(&mapping->outside, outside);
        fprintf(out, "%s %s %s %u\n", proto, inside, outside, count_sessions(mapping));
    }
}
