/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_WHY_FACTS_H
#define DS_NET_PUNCH_WHY_FACTS_H

#include <stdint.h>

/* What bears on a direct path, of one side's network: flags. Of the three on ports one is set. */
enum {
    DS_FACT_PROXY = 1 << 0,       /* this side gets out through a proxy alone */
    DS_FACT_BLOCKED = 1 << 1,     /* its network lets connections out to the relay's port alone */
    DS_FACT_NO_ADDRESS = 1 << 2,  /* nothing is known under which it may be dialled */
    DS_FACT_KEEPS_PORTS = 1 << 3, /* its NAT, if there is one, keeps a port for all connections */
    DS_FACT_NEW_PORTS = 1 << 4,   /* ... deals a new one for each */
    DS_FACT_PORTS_UNKNOWN = 1 << 5,
    DS_FACT_IPV6 = 1 << 6,        /* it has an address of the world in IPv6 */
    DS_FACT_MAPPED = 1 << 7,      /* its router has opened a port for it ... */
    DS_FACT_UNMAPPED = 1 << 8,    /* ... was asked, and opens none ... */
    DS_FACT_UNASKED = 1 << 9,     /* ... may not be asked, by this side's settings ... */
    DS_FACT_BEHIND = 1 << 10,     /* ... would, but is behind another NAT itself */
    DS_FACT_SAME_NAT = 1 << 11,   /* the world sees both sides at one address */
    DS_FACT_NO_SALVO = 1 << 12,   /* this side takes part in no birthday salvo */
    DS_FACT_UNREVEALED = 1 << 13, /* it was not told where the relay sees the other side */
    DS_FACTS_END = 1 << 14,
};

struct ds_why_facts {
    uint32_t here, there; /* DS_FACT_... */
};

struct ds_offer;

/**
 * Read them out of both sides' offers, the other one's as it was vetted: all but
 * DS_FACT_UNREVEALED, which is for the caller to add. Any thread.
 */
struct ds_why_facts ds_why_facts_of(const struct ds_offer *here, const struct ds_offer *there);

enum { DS_FACTS_TEXT_MAX = 192 };

/**
 * Write the words that --json has for a side's facts, in the order above, with spaces between them;
 * "" for none. Returns `text`. Any thread.
 */
const char *ds_why_facts_text(uint32_t facts, char text[static DS_FACTS_TEXT_MAX]);

#endif
