/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/ports.h"

/* Foreign mappings come at times that are random, yet so many a second in the mean. */
static uint64_t
noise_gap_us(struct nl_ports *ports)
{
    return nl_random_below(ports->random, 2000000U / (uint32_t)ports->kind->noise_per_s + 1);
}

static void
advance(struct nl_ports *ports)
{
    ports->next = (ports->next + (uint32_t)ports->kind->step) % ports->count;
}

static void
take_noise(struct nl_ports *ports, uint64_t now_us)
{
    if (ports->kind->noise_per_s == 0 || ports->kind->allocation != NL_SEQUENTIAL)
        return;
    while (ports->noise_us <= now_us) {
        advance(ports);
        ports->noise_us += noise_gap_us(ports);
    }
}

void
nl_ports_init(struct nl_ports *ports, const struct nl_kind *kind, struct nl_random *random,
        uint64_t now_us)
{
    uint32_t all = (uint32_t)(kind->port_max - kind->port_min + 1);
    ports->kind = kind;
    ports->random = random;
    ports->count = kind->block > 0 ? (uint32_t)kind->block : all;
    ports->first = (uint32_t)kind->port_min + nl_random_below(random, all - ports->count + 1);
    ports->next = nl_random_below(random, ports->count);
    ports->noise_us = now_us + (kind->noise_per_s > 0 ? noise_gap_us(ports) : 0);
}

/* The first port that is tried for one inside. */
static uint32_t
first_try(struct nl_ports *ports, uint16_t inside)
{
    uint32_t offset = nl_random_below(ports->random, ports->count);
    switch ((enum nl_allocation)ports->kind->allocation) {
    case NL_SEQUENTIAL:
        offset = ports->next;
        advance(ports);
        break;
    case NL_PARITY:
        if (((ports->first + offset) ^ inside) & 1)
            offset = offset + 1 < ports->count ? offset + 1 : offset - 1;
        break;
    case NL_PRESERVE:
        return inside;
    case NL_RANDOM:
        break;
    }
    return ports->first + offset;
}

uint16_t
nl_ports_deal(struct nl_ports *ports, uint16_t inside,
        bool (*is_used)(const void *arg, uint16_t port), const void *arg, uint64_t now_us)
{
    take_noise(ports, now_us);
    uint32_t port = first_try(ports, inside);
    if (!is_used(arg, (uint16_t)port))
        return (uint16_t)port;
    enum nl_allocation how = (enum nl_allocation)ports->kind->allocation;
    uint32_t step = how == NL_PARITY ? 2 : 1;
    uint32_t offset =
            how == NL_PRESERVE ? nl_random_below(ports->random, ports->count) : port - ports->first;
    for (uint32_t i = 0; i < ports->count; i++) {
        offset = (offset + step) % ports->count;
        port = ports->first + offset;
        if (!is_used(arg, (uint16_t)port))
            return (uint16_t)port;
    }
    return 0;
}
