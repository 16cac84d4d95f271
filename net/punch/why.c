/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/why.h"

#include <stdbool.h>
#include <stddef.h>

#include "net/punch/offer.h"

const char *
ds_why_name(enum ds_why why)
{
    static const char *const names[DS_WHYS] = {
            [DS_WHY_NONE] = "",
            [DS_WHY_TRYING] = "trying",
            [DS_WHY_OFF_HERE] = "off-here",
            [DS_WHY_OFF_THERE] = "off-there",
            [DS_WHY_PROXY_HERE] = "proxy-here",
            [DS_WHY_PROXY_THERE] = "proxy-there",
            [DS_WHY_BLOCKED_HERE] = "blocked-here",
            [DS_WHY_BLOCKED_THERE] = "blocked-there",
            [DS_WHY_NO_ADDRESS_HERE] = "no-address-here",
            [DS_WHY_NO_ADDRESS_THERE] = "no-address-there",
            [DS_WHY_HARD_HERE] = "hard-here",
            [DS_WHY_HARD_THERE] = "hard-there",
            [DS_WHY_HARD_BOTH] = "hard-both",
            [DS_WHY_UNKNOWN] = "unknown",
            [DS_WHY_NO_ANSWER] = "no-answer",
            [DS_WHY_SLOWER] = "slower",
            [DS_WHY_LOST] = "lost",
    };
    return (size_t)why < DS_WHYS ? names[why] : "";
}

static bool
is_proxied(const struct ds_offer *offer)
{
    return offer->network & DS_NETWORK_PROXY;
}

static bool
is_blocked(const struct ds_offer *offer)
{
    return offer->network & DS_NETWORK_BLOCKED;
}

static bool
is_without_address(const struct ds_offer *offer)
{
    return offer->count == 0;
}

static bool
is_unknown(const struct ds_offer *offer)
{
    return offer->mapping == DS_MAPPING_UNKNOWN;
}

enum ds_why
ds_why_judge(const struct ds_offer *here, const struct ds_offer *there)
{
    static const struct {
        bool (*is)(const struct ds_offer *offer);
        enum ds_why here, there, both;
    } rows[] = {
            {is_proxied, DS_WHY_PROXY_HERE, DS_WHY_PROXY_THERE, DS_WHY_PROXY_HERE},
            {is_blocked, DS_WHY_BLOCKED_HERE, DS_WHY_BLOCKED_THERE, DS_WHY_BLOCKED_HERE},
            {is_without_address, DS_WHY_NO_ADDRESS_HERE, DS_WHY_NO_ADDRESS_THERE,
                    DS_WHY_NO_ADDRESS_HERE},
            {ds_offer_is_hard, DS_WHY_HARD_HERE, DS_WHY_HARD_THERE, DS_WHY_HARD_BOTH},
            {is_unknown, DS_WHY_UNKNOWN, DS_WHY_UNKNOWN, DS_WHY_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_here = rows[i].is(here), is_there = rows[i].is(there);
        if (is_here && is_there)
            return rows[i].both;
        if (is_here || is_there)
            return is_here ? rows[i].here : rows[i].there;
    }
    return DS_WHY_NO_ANSWER;
}
