/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_WHY_H
#define DS_NET_PUNCH_WHY_H

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
    DS_WHY_HARD_HERE, /* this side's router deals a new port for each connection */
    DS_WHY_HARD_THERE,
    DS_WHY_HARD_BOTH,
    DS_WHY_UNKNOWN,   /* nothing came through, and one router's way with ports is not known */
    DS_WHY_NO_ANSWER, /* nothing came through, though both networks look as if it could */
    DS_WHY_SLOWER,    /* a direct path stands, and the relay's is clearly faster */
    DS_WHY_LOST,      /* it was direct, and the path broke; tries go on */
    DS_WHYS
};

struct ds_offer;

/**
 * Judge why a generation of tries came to nothing, by what both sides said of their networks: the
 * reason that somebody can do something about comes first, and this side's before the other's. Any
 * thread.
 */
enum ds_why ds_why_judge(const struct ds_offer *here, const struct ds_offer *there);

/** Name it as --json does ("hard-both", "" for DS_WHY_NONE). Static text. Any thread. */
const char *ds_why_name(enum ds_why why);

#endif
