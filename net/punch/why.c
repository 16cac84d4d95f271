/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/why.h"

#include <stddef.h>

/* ---- what is the matter ---- */

/* Each has a name, and what helps against it; of the hard ones that depends on more. */
static const struct {
    const char *name;
    enum ds_help help;
} whys[DS_WHYS] = {
        [DS_WHY_NONE] = {"", DS_HELP_NONE},
        [DS_WHY_TRYING] = {"trying", DS_HELP_NONE},
        [DS_WHY_OFF_HERE] = {"off-here", DS_HELP_ALLOW_HERE},
        [DS_WHY_OFF_THERE] = {"off-there", DS_HELP_ALLOW_THERE},
        [DS_WHY_PROXY_HERE] = {"proxy-here", DS_HELP_PAST_PROXY_HERE},
        [DS_WHY_PROXY_THERE] = {"proxy-there", DS_HELP_PAST_PROXY_THERE},
        [DS_WHY_BLOCKED_HERE] = {"blocked-here", DS_HELP_PORTS_OUT_HERE},
        [DS_WHY_BLOCKED_THERE] = {"blocked-there", DS_HELP_PORTS_OUT_THERE},
        [DS_WHY_NO_ADDRESS_HERE] = {"no-address-here", DS_HELP_STUN_OUT_HERE},
        [DS_WHY_NO_ADDRESS_THERE] = {"no-address-there", DS_HELP_STUN_OUT_THERE},
        [DS_WHY_SAME_NAT] = {"same-nat", DS_HELP_HAIRPIN},
        [DS_WHY_HARD_HERE] = {"hard-here", DS_HELP_KEEP_PORTS_HERE},
        [DS_WHY_HARD_THERE] = {"hard-there", DS_HELP_KEEP_PORTS_THERE},
        [DS_WHY_HARD_BOTH] = {"hard-both", DS_HELP_KEEP_PORTS_ONE},
        [DS_WHY_UNKNOWN] = {"unknown", DS_HELP_RELAY_STUN},
        [DS_WHY_NO_ANSWER] = {"no-answer", DS_HELP_FIREWALL},
        [DS_WHY_SLOWER] = {"slower", DS_HELP_NONE},
        [DS_WHY_LOST] = {"lost", DS_HELP_NONE},
};

static enum ds_why
why_of(const struct ds_why_facts *facts)
{
    static const struct {
        uint32_t fact;
        enum ds_why here, there, both;
    } rows[] = {
            {DS_FACT_PROXY, DS_WHY_PROXY_HERE, DS_WHY_PROXY_THERE, DS_WHY_PROXY_HERE},
            {DS_FACT_BLOCKED, DS_WHY_BLOCKED_HERE, DS_WHY_BLOCKED_THERE, DS_WHY_BLOCKED_HERE},
            {DS_FACT_NO_ADDRESS, DS_WHY_NO_ADDRESS_HERE, DS_WHY_NO_ADDRESS_THERE,
                    DS_WHY_NO_ADDRESS_HERE},
            {DS_FACT_SAME_NAT, DS_WHY_SAME_NAT, DS_WHY_SAME_NAT, DS_WHY_SAME_NAT},
            {DS_FACT_NEW_PORTS, DS_WHY_HARD_HERE, DS_WHY_HARD_THERE, DS_WHY_HARD_BOTH},
            {DS_FACT_PORTS_UNKNOWN, DS_WHY_UNKNOWN, DS_WHY_UNKNOWN, DS_WHY_UNKNOWN},
    };
    /* Where a router has opened a port there was one to aim at, whatever it does with others. */
    bool is_met = ((facts->here | facts->there) & DS_FACT_MAPPED) != 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool is_here = (facts->here & rows[i].fact) != 0;
        bool is_there = (facts->there & rows[i].fact) != 0;
        if (rows[i].fact == DS_FACT_NEW_PORTS && is_met)
            continue;
        if (is_here && is_there)
            return rows[i].both;
        if (is_here || is_there)
            return is_here ? rows[i].here : rows[i].there;
    }
    return DS_WHY_NO_ANSWER;
}

/* ---- what would help ---- */

/* What a birthday salvo lacks, which would meet the side that deals new ports. */
static enum ds_help
help_of_salvo(const struct ds_why_facts *facts)
{
    if ((facts->here & DS_FACT_NO_SALVO) != 0)
        return DS_HELP_SALVO_HERE;
    if ((facts->there & DS_FACT_NO_SALVO) != 0)
        return DS_HELP_SALVO_THERE;
    return (facts->here & DS_FACT_UNREVEALED) != 0 ? DS_HELP_RELAY_UPDATE : DS_HELP_NONE;
}

/* One that opens a port is enough, on whichever side; the easiest comes first. */
static enum ds_help
help_of_routers(const struct ds_why_facts *facts)
{
    static const struct {
        uint32_t fact;
        enum ds_help here, there;
    } rows[] = {
            {DS_FACT_UNASKED, DS_HELP_ASK_HERE, DS_HELP_ASK_THERE},
            {DS_FACT_UNMAPPED, DS_HELP_MAP_HERE, DS_HELP_MAP_THERE},
            {DS_FACT_BEHIND, DS_HELP_OUTER_HERE, DS_HELP_OUTER_THERE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((facts->here & rows[i].fact) != 0)
            return rows[i].here;
        if ((facts->there & rows[i].fact) != 0)
            return rows[i].there;
    }
    return DS_HELP_NONE;
}

/* Nobody deals ports in IPv6. */
static enum ds_help
help_of_ipv6(const struct ds_why_facts *facts)
{
    bool is_here = (facts->here & DS_FACT_IPV6) != 0, is_there = (facts->there & DS_FACT_IPV6) != 0;

    if (is_here && is_there)
        return DS_HELP_IPV6_FIREWALL;
    if (is_here || is_there)
        return is_here ? DS_HELP_IPV6_THERE : DS_HELP_IPV6_HERE;
    return DS_HELP_NONE;
}

/* Of two NATs that both deal new ports at random no salvo meets the other. */
static enum ds_help
help_of_hard(enum ds_why why, const struct ds_why_facts *facts)
{
    enum ds_help help = why != DS_WHY_HARD_BOTH ? help_of_salvo(facts) : DS_HELP_NONE;

    if (help == DS_HELP_NONE)
        help = help_of_routers(facts);
    return help != DS_HELP_NONE ? help : help_of_ipv6(facts);
}

static enum ds_help
help_of(enum ds_why why, const struct ds_why_facts *facts)
{
    bool is_hard = why == DS_WHY_HARD_HERE || why == DS_WHY_HARD_THERE || why == DS_WHY_HARD_BOTH;
    enum ds_help help = is_hard ? help_of_hard(why, facts) : DS_HELP_NONE;

    return help != DS_HELP_NONE ? help : whys[why].help;
}

/* ---- the verdict ---- */

struct ds_why_not
ds_why_judge(const struct ds_why_facts *facts)
{
    enum ds_why why = why_of(facts);
    return (struct ds_why_not){.why = why, .help = help_of(why, facts), .facts = *facts};
}

struct ds_why_not
ds_why_plainly(enum ds_why why)
{
    return (struct ds_why_not){.why = why, .help = whys[why].help};
}

bool
ds_why_is_same(const struct ds_why_not *a, const struct ds_why_not *b)
{
    return a->why == b->why && a->help == b->help && a->facts.here == b->facts.here &&
           a->facts.there == b->facts.there;
}

const char *
ds_why_name(enum ds_why why)
{
    return (size_t)why < DS_WHYS ? whys[why].name : "";
}

const char *
ds_help_name(enum ds_help help)
{
    static const char *const names[DS_HELPS] = {
            [DS_HELP_NONE] = "",
            [DS_HELP_ALLOW_HERE] = "allow-here",
            [DS_HELP_ALLOW_THERE] = "allow-there",
            [DS_HELP_PAST_PROXY_HERE] = "past-proxy-here",
            [DS_HELP_PAST_PROXY_THERE] = "past-proxy-there",
            [DS_HELP_PORTS_OUT_HERE] = "ports-out-here",
            [DS_HELP_PORTS_OUT_THERE] = "ports-out-there",
            [DS_HELP_STUN_OUT_HERE] = "stun-out-here",
            [DS_HELP_STUN_OUT_THERE] = "stun-out-there",
            [DS_HELP_HAIRPIN] = "hairpin",
            [DS_HELP_SALVO_HERE] = "salvo-here",
            [DS_HELP_SALVO_THERE] = "salvo-there",
            [DS_HELP_RELAY_UPDATE] = "relay-update",
            [DS_HELP_ASK_HERE] = "ask-here",
            [DS_HELP_ASK_THERE] = "ask-there",
            [DS_HELP_MAP_HERE] = "map-here",
            [DS_HELP_MAP_THERE] = "map-there",
            [DS_HELP_OUTER_HERE] = "outer-here",
            [DS_HELP_OUTER_THERE] = "outer-there",
            [DS_HELP_IPV6_HERE] = "ipv6-here",
            [DS_HELP_IPV6_THERE] = "ipv6-there",
            [DS_HELP_IPV6_FIREWALL] = "ipv6-firewall",
            [DS_HELP_KEEP_PORTS_HERE] = "keep-ports-here",
            [DS_HELP_KEEP_PORTS_THERE] = "keep-ports-there",
            [DS_HELP_KEEP_PORTS_ONE] = "keep-ports-one",
            [DS_HELP_RELAY_STUN] = "relay-stun",
            [DS_HELP_FIREWALL] = "firewall",
    };
    return (size_t)help < DS_HELPS ? names[help] : "";
}
