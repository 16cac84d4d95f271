/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_WHY_H
#define DS_NET_PUNCH_WHY_H

#include <stdbool.h>

#include "net/punch/why_facts.h"

/*
 * Why a session is on the relay and not on a direct path: what a helper can read out and an admin
 * can act on. Its sentences are in app/session/.
 */
enum ds_why {
    DS_WHY_NONE,         /* it is direct, or has no path at all */
    DS_WHY_TRYING,       /* the first tries go on */
    DS_WHY_OFF_HERE,     /* switched off on this side */
    DS_WHY_OFF_THERE,    /* ... on the other side, or its version knows none */
    DS_WHY_PROXY_HERE,   /* this side gets out through a proxy alone */
    DS_WHY_PROXY_THERE,  /* ... the other side */
    DS_WHY_BLOCKED_HERE, /* this side's network lets connections out to the relay's port alone */
    DS_WHY_BLOCKED_THERE,
    DS_WHY_NO_ADDRESS_HERE, /* nothing is known under which this side could be reached */
    DS_WHY_NO_ADDRESS_THERE,
    DS_WHY_SAME_NAT,  /* both are behind one NAT, which leads neither to the other */
    DS_WHY_HARD_HERE, /* this side's router deals a new port for each connection */
    DS_WHY_HARD_THERE,
    DS_WHY_HARD_BOTH,
    DS_WHY_UNKNOWN,   /* nothing came through, and one router's way with ports is not known */
    DS_WHY_NO_ANSWER, /* nothing came through, though both networks look as if it could */
    DS_WHY_SLOWER,    /* a direct path stands, and the relay's is clearly faster */
    DS_WHY_LOST,      /* it was direct, and the path broke; tries go on */
    DS_WHYS
};

/* The one thing that would help most, and where it is to be done. */
enum ds_help {
    DS_HELP_NONE,       /* nothing has to be done */
    DS_HELP_ALLOW_HERE, /* switch direct paths on; or a newer version */
    DS_HELP_ALLOW_THERE,
    DS_HELP_PAST_PROXY_HERE, /* let TCP out past the proxy */
    DS_HELP_PAST_PROXY_THERE,
    DS_HELP_PORTS_OUT_HERE, /* let TCP out to other ports */
    DS_HELP_PORTS_OUT_THERE,
    DS_HELP_STUN_OUT_HERE, /* let TCP out to the relay's STUN ports */
    DS_HELP_STUN_OUT_THERE,
    DS_HELP_HAIRPIN,    /* let those behind one router reach each other */
    DS_HELP_SALVO_HERE, /* allow the birthday salvo; or a newer version */
    DS_HELP_SALVO_THERE,
    DS_HELP_RELAY_UPDATE, /* a newer relay, which tells where the other side is */
    DS_HELP_ASK_HERE,     /* allow that the router is asked for a port */
    DS_HELP_ASK_THERE,
    DS_HELP_MAP_HERE, /* switch on in the router that it opens ports */
    DS_HELP_MAP_THERE,
    DS_HELP_OUTER_HERE, /* have no other router before this one */
    DS_HELP_OUTER_THERE,
    DS_HELP_IPV6_HERE, /* switch on IPv6, which the other side has */
    DS_HELP_IPV6_THERE,
    DS_HELP_IPV6_FIREWALL,   /* both have it: let it through */
    DS_HELP_KEEP_PORTS_HERE, /* a router that keeps one port for all; or IPv6 on both sides */
    DS_HELP_KEEP_PORTS_THERE,
    DS_HELP_KEEP_PORTS_ONE, /* one of the two routers */
    DS_HELP_RELAY_STUN,     /* have the relay answer STUN */
    DS_HELP_FIREWALL,       /* look for who drops TCP between the two */
    DS_HELPS
};

/* What is the matter, what would help, and what both sides said of their networks. */
struct ds_why_not {
    enum ds_why why;
    enum ds_help help;
    struct ds_why_facts facts; /* both 0: nothing was judged by them */
};

/**
 * Judge why a generation of tries came to nothing, by what both sides said of their networks: the
 * reason that somebody can do something about comes first, and this side's before the other's. Of
 * what would help comes first what is done most easily. Any thread.
 */
struct ds_why_not ds_why_judge(const struct ds_why_facts *facts);

/** Return `why` with the help that goes with it whatever the networks are. Any thread. */
struct ds_why_not ds_why_plainly(enum ds_why why);

/** Say whether both are the same in all. Any thread. */
bool ds_why_is_same(const struct ds_why_not *a, const struct ds_why_not *b);

/** Name it as --json does ("hard-both", "" for DS_WHY_NONE). Static text. Any thread. */
const char *ds_why_name(enum ds_why why);

/** Name it as --json does ("map-here", "" for DS_HELP_NONE). Static text. Any thread. */
const char *ds_help_name(enum ds_help help);

#endif
