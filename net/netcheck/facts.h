/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_FACTS_H
#define DS_NET_NETCHECK_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/base/addr.h"
#include "net/base/reason.h"
#include "net/portmap/portmap.h"
#include "net/punch/allocation.h"
#include "net/punch/offer.h"

/*
 * What a check of this computer's network measured. Pure data; all zero: nothing is known yet. What
 * could not be measured in time stays at its first value, which says so.
 */

/* Who may come in on a port that this computer speaks from (RFC 4787, 5). */
enum ds_filtering {
    DS_FILTERING_UNKNOWN,
    DS_FILTERING_NONE,             /* anybody: endpoint-independent */
    DS_FILTERING_ADDRESS,          /* those addresses that were spoken to, from any port */
    DS_FILTERING_ADDRESS_OR_NONE,  /* ... or anybody: the relay has no second address to try from */
    DS_FILTERING_ADDRESS_AND_PORT, /* only those ports that were spoken to */
};

/* What somebody gets who may not come in. */
enum ds_unsolicited {
    DS_UNSOLICITED_UNKNOWN,
    DS_UNSOLICITED_DROP, /* nothing, for as long as was waited */
    DS_UNSOLICITED_RST,
    DS_UNSOLICITED_ICMP, /* that it cannot be reached */
};

/* A question that is answered with yes or no. */
enum ds_answer {
    DS_ANSWER_UNKNOWN,
    DS_ANSWER_NO,
    DS_ANSWER_YES,
};

enum { DS_NETCHECK_TEXT_MAX = 300 };

/* How the relay was reached. */
struct ds_netcheck_relay {
    bool is_set;           /* else there is none to ask */
    bool is_reached;       /* it said WELCOME; else `reason` and `text` say why not */
    enum ds_reason reason; /* DS_REASON_NO_RELAY, _PROXY, _RELAY_UNTRUSTED, _RELAY_FULL, ... */
    char text[DS_NETCHECK_TEXT_MAX]; /* English, for --json and a log; else "" */
    struct ds_addr addr; /* its end of the connection; len 0: behind a proxy, or not reached */
    bool via_proxy;
    unsigned rtt_us; /* the smallest of several; 0: not measured */
    bool names_stun; /* it has STUN ports, or --stun named some */
    /* It does so for those who ask: yes, or not known, since others may have asked too often. */
    enum ds_answer dials_back;
};

/* IPv4, with the NATs in its way. */
struct ds_netcheck_ipv4 {
    bool has_address;        /* of an interface, other than loopback and link-local */
    struct ds_addr observed; /* as the relay or a STUN server sees us; len 0: not known */
    bool is_blocked;         /* STUN ports were asked, and nothing but the relay's own is reached */
    enum ds_mapping mapping;
    struct ds_allocation allocation; /* of DS_MAPPING_ADDRESS and _ADDRESS_AND_PORT it matters */
    enum ds_filtering filtering;
    enum ds_unsolicited unsolicited;
    enum ds_answer hairpins; /* two ports of ours reach each other by their outside addresses */
};

/* The router of IPv4's default route, asked to open a port. */
struct ds_netcheck_router {
    bool is_asked;
    enum ds_portmap_state state;   /* DS_PORTMAP_ASKING: no answer in time */
    enum ds_portmap_method method; /* of DS_PORTMAP_MAPPED */
    enum ds_answer is_reached;     /* of DS_PORTMAP_MAPPED: the relay's SYN came in at that port */
};

/* IPv6, which nobody translates. */
struct ds_netcheck_ipv6 {
    bool has_address;          /* a global one */
    enum ds_answer is_reached; /* the relay was reached by it */
    enum ds_answer lets_in;    /* a SYN that nobody here asked for */
    enum ds_unsolicited unsolicited;
};

struct ds_netcheck_facts {
    struct ds_netcheck_relay relay;
    struct ds_netcheck_ipv4 ipv4;
    struct ds_netcheck_router router;
    struct ds_netcheck_ipv6 ipv6;
};

/** Name it as --json does ("address-and-port"). Static. Any thread, like all of these. */
const char *ds_filtering_name(enum ds_filtering filtering);

/** Name it as --json does ("drop"). Static. */
const char *ds_unsolicited_name(enum ds_unsolicited unsolicited);

/** Name it as --json does ("yes"). Static. */
const char *ds_answer_name(enum ds_answer answer);

/** Name it as --json does ("independent"). Static. */
const char *ds_mapping_name(enum ds_mapping mapping);

#endif
