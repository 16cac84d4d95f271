/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/why_facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#include "net/punch/offer.h"

/* ---- of one side ---- */

static uint32_t
facts_of_ports(const struct ds_offer *offer)
{
    if (ds_offer_is_hard(offer))
        return DS_FACT_NEW_PORTS;
    return ds_offer_is_easy(offer) ? DS_FACT_KEEPS_PORTS : DS_FACT_PORTS_UNKNOWN;
}

static uint32_t
facts_of_network(const struct ds_offer *offer)
{
    static const struct {
        uint32_t flag, fact;
    } rows[] = {
            {DS_NETWORK_PROXY, DS_FACT_PROXY},
            {DS_NETWORK_BLOCKED, DS_FACT_BLOCKED},
            {DS_NETWORK_UNMAPPED, DS_FACT_UNMAPPED},
            {DS_NETWORK_UNASKED, DS_FACT_UNASKED},
            {DS_NETWORK_BEHIND, DS_FACT_BEHIND},
    };
    uint32_t facts = offer->salvo.sockets == 0 ? DS_FACT_NO_SALVO : 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((offer->network & rows[i].flag) != 0)
            facts |= rows[i].fact;
    return facts;
}

static uint32_t
facts_of_candidates(const struct ds_offer *offer)
{
    uint32_t facts = offer->count == 0 ? DS_FACT_NO_ADDRESS : 0;

    for (size_t i = 0; i < offer->count; i++) {
        const struct ds_candidate *candidate = &offer->candidates[i];
        if (candidate->type == DS_CANDIDATE_MAPPED)
            facts |= DS_FACT_MAPPED;
        if (candidate->addr.ss.ss_family == AF_INET6 && ds_offer_is_public(&candidate->addr))
            facts |= DS_FACT_IPV6;
    }
    return facts;
}

static uint32_t
facts_of(const struct ds_offer *offer)
{
    return facts_of_ports(offer) | facts_of_network(offer) | facts_of_candidates(offer);
}

/* ---- of both ---- */

struct ds_why_facts
ds_why_facts_of(const struct ds_offer *here, const struct ds_offer *there)
{
    uint32_t both = ds_offer_share_nat(here, there) ? DS_FACT_SAME_NAT : 0;
    return (struct ds_why_facts){.here = facts_of(here) | both, .there = facts_of(there) | both};
}

/* ---- in words ---- */

const char *
ds_why_facts_text(uint32_t facts, char text[static DS_FACTS_TEXT_MAX])
{
    static const char *const words[] = {"proxy", "blocked", "no-address", "keeps-ports",
            "new-ports", "ports-unknown", "ipv6", "mapped", "unmapped", "unasked", "double-nat",
            "same-nat", "no-salvo", "unrevealed"};
    int len = 0;

    _Static_assert(1 << (sizeof words / sizeof words[0]) == DS_FACTS_END, "a word for each");
    text[0] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if ((facts & (UINT32_C(1) << i)) != 0)
            len += snprintf(text + len, (size_t)(DS_FACTS_TEXT_MAX - len), "%s%s",
                    len > 0 ? " " : "", words[i]);
    return text;
}
