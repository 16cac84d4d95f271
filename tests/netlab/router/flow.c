/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tests/netlab/router/memory.h"

enum { BUCKETS = 4096 };

/* One direction of a connection. */
struct flow {
    LIST_ENTRY(flow) link;
    struct nl_tuple tuple;
    uint32_t next_seq;
    bool is_seen, is_cut;
};

/* Two addresses that do not reach each other. */
struct part {
    LIST_ENTRY(part) link;
    struct nl_ip a, b;
};

/* What goes from an address to another comes later. */
struct delay {
    LIST_ENTRY(delay) link;
    struct nl_ip from, to;
    uint64_t us;
};

struct nl_flows {
    LIST_HEAD(, flow) buckets[BUCKETS];
    LIST_HEAD(, part) parts;
    LIST_HEAD(, delay) delays;
};

struct nl_flows *
nl_flows_new(void)
{
    return nl_allocate(sizeof(struct nl_flows));
}

void
nl_flows_free(struct nl_flows *flows)
{
    for (size_t i = 0; flows != NULL && i < BUCKETS; i++) {
        while (!LIST_EMPTY(&flows->buckets[i])) {
            struct flow *flow = LIST_FIRST(&flows->buckets[i]);
            LIST_REMOVE(flow, link);
            free(flow);
        }
    }
    while (flows != NULL && !LIST_EMPTY(&flows->parts)) {
        struct part *part = LIST_FIRST(&flows->parts);
        LIST_REMOVE(part, link);
        free(part);
    }
    while (flows != NULL && !LIST_EMPTY(&flows->delays)) {
        struct delay *delay = LIST_FIRST(&flows->delays);
        LIST_REMOVE(delay, link);
        free(delay);
    }
    free(flows);
}

static struct flow *
find(const struct nl_flows *flows, const struct nl_tuple *tuple)
{
    struct flow *flow;
    LIST_FOREACH(flow, &flows->buckets[nl_hash(tuple, sizeof *tuple, 0) % BUCKETS], link)
    {
        if (memcmp(&flow->tuple, tuple, sizeof *tuple) == 0)
            return flow;
    }
    return NULL;
}

static struct flow *
find_or_add(struct nl_flows *flows, const struct nl_tuple *tuple)
{
    struct flow *flow = find(flows, tuple);
    if (flow != NULL)
        return flow;
    flow = nl_allocate(sizeof *flow);
    flow->tuple = *tuple;
    LIST_INSERT_HEAD(&flows->buckets[nl_hash(tuple, sizeof *tuple, 0) % BUCKETS], flow, link);
    return flow;
}

static bool
is_parted(const struct nl_flows *flows, const struct nl_tuple *tuple)
{
    const struct part *part;
    const struct nl_ip *src = &tuple->src.ip, *dst = &tuple->dst.ip;
    LIST_FOREACH(part, &flows->parts, link)
    {
        if ((nl_ip_equal(&part->a, src) && nl_ip_equal(&part->b, dst)) ||
                (nl_ip_equal(&part->a, dst) && nl_ip_equal(&part->b, src)))
            return true;
    }
    return false;
}

bool
nl_flows_see(struct nl_flows *flows, const struct nl_packet *packet)
{
    if (is_parted(flows, &packet->now))
        return false;
    if (packet->proto != NL_TCP)
        return true;
    struct flow *flow = find_or_add(flows, &packet->now);
    if (flow->is_cut)
        return false;
    uint32_t len = packet->payload + ((packet->flags & (NL_SYN | NL_FIN)) != 0);
    uint32_t next = nl_packet_tcp_number(packet, 4) + len;
    bool is_newer = (int32_t)(next - flow->next_seq) > 0 || packet->flags & NL_SYN;
    if (!(packet->flags & NL_RST) && (!flow->is_seen || is_newer)) {
        flow->next_seq = next;
        flow->is_seen = true;
    }
    return true;
}

static struct nl_tuple
turned(const struct nl_tuple *tuple)
{
    return (struct nl_tuple){.src = tuple->dst, .dst = tuple->src};
}

void
nl_flows_cut(struct nl_flows *flows, const struct nl_tuple *tuple, bool is_cut)
{
    struct nl_tuple back = turned(tuple);
    find_or_add(flows, tuple)->is_cut = is_cut;
    find_or_add(flows, &back)->is_cut = is_cut;
}

bool
nl_flows_seq(const struct nl_flows *flows, const struct nl_tuple *tuple, uint32_t *seq)
{
    const struct flow *flow = find(flows, tuple);
    if (flow == NULL || !flow->is_seen)
        return false;
    *seq = flow->next_seq;
    return true;
}

void
nl_flows_part(struct nl_flows *flows, const struct nl_ip *a, const struct nl_ip *b, bool is_cut)
{
    if (is_cut) {
        struct part *part = nl_allocate(sizeof *part);
        part->a = *a;
        part->b = *b;
        LIST_INSERT_HEAD(&flows->parts, part, link);
        return;
    }
    struct part *part, *next;
    for (part = LIST_FIRST(&flows->parts); part != NULL; part = next) {
        next = LIST_NEXT(part, link);
        if ((nl_ip_equal(&part->a, a) && nl_ip_equal(&part->b, b)) ||
                (nl_ip_equal(&part->a, b) && nl_ip_equal(&part->b, a))) {
            LIST_REMOVE(part, link);
            free(part);
        }
    }
}

static struct delay *
find_delay(const struct nl_flows *flows, const struct nl_ip *from, const struct nl_ip *to)
{
    struct delay *delay;
    LIST_FOREACH(delay, &flows->delays, link)
    {
        if (nl_ip_equal(&delay->from, from) && nl_ip_equal(&delay->to, to))
            return delay;
    }
    return NULL;
}

void
nl_flows_delay(
        struct nl_flows *flows, const struct nl_ip *from, const struct nl_ip *to, uint64_t us)
{
    struct delay *delay = find_delay(flows, from, to);
    if (delay == NULL) {
        delay = nl_allocate(sizeof *delay);
        delay->from = *from;
        delay->to = *to;
        LIST_INSERT_HEAD(&flows->delays, delay, link);
    }
    delay->us = us;
}

uint64_t
nl_flows_delay_us(const struct nl_flows *flows, const struct nl_tuple *tuple)
{
    const struct delay *delay = find_delay(flows, &tuple->src.ip, &tuple->dst.ip);
    return delay != NULL ? delay->us : 0;
}
