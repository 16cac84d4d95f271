/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_VERDICT_H
#define DS_NET_NETCHECK_VERDICT_H

#include <stddef.h>

#include "net/netcheck/facts.h"

/*
 * What the facts mean: which kind of network this is, with which others a direct connection can be
 * expected, and what somebody could change. Pure: no sockets, no clock. Any thread.
 */

enum ds_netcheck_kind {
    DS_NETCHECK_UNKNOWN,         /* what is needed could not be found out */
    DS_NETCHECK_OFFLINE,         /* this computer has no address */
    DS_NETCHECK_NO_RELAY,        /* there is a network; the relay is not set, or not reached */
    DS_NETCHECK_PROXY,           /* a proxy alone leads out */
    DS_NETCHECK_BLOCKED,         /* nothing but the relay's port leads out */
    DS_NETCHECK_LOCAL,           /* the relay is in this network: it cannot say what others see */
    DS_NETCHECK_OPEN,            /* an address of the world's own, and anybody gets in */
    DS_NETCHECK_FIREWALL,        /* ... but a firewall is before it, or it is not known */
    DS_NETCHECK_FULL_CONE,       /* one outside port for each of ours, and anybody gets in */
    DS_NETCHECK_RESTRICTED,      /* ... whose address was spoken to gets in */
    DS_NETCHECK_PORT_RESTRICTED, /* ... whose port was spoken to, or it is not known who */
    DS_NETCHECK_SEQUENTIAL,      /* a new outside port for each connection, one after the other */
    DS_NETCHECK_BAND,            /* ... at random in a small range */
    DS_NETCHECK_RANDOM,          /* ... at random */
    DS_NETCHECK_KINDS
};

/* The other side's network, as far as it makes a difference. */
enum ds_netcheck_other {
    DS_NETCHECK_WITH_OPEN,
    DS_NETCHECK_WITH_FULL_CONE,
    DS_NETCHECK_WITH_RESTRICTED,
    DS_NETCHECK_WITH_PORT_RESTRICTED, /* most home routers, those with Linux among them */
    DS_NETCHECK_WITH_SEQUENTIAL,
    DS_NETCHECK_WITH_RANDOM,
    DS_NETCHECK_WITH_BLOCKED, /* or behind a proxy */
    DS_NETCHECK_OTHERS
};

enum ds_netcheck_chance {
    DS_NETCHECK_NOT_KNOWN,
    DS_NETCHECK_DIRECT,
    DS_NETCHECK_LUCKY, /* often, not always */
    DS_NETCHECK_RELAYED,
};

/* What would help, the most helpful first. */
enum ds_netcheck_advice {
    DS_ADVICE_CONNECT,       /* get this computer onto a network */
    DS_ADVICE_SET_RELAY,     /* name a relay */
    DS_ADVICE_REACH_RELAY,   /* let connections out to the relay */
    DS_ADVICE_CHECK_RELAY,   /* the relay was reached, and would not, or is not the right one */
    DS_ADVICE_PAST_PROXY,    /* let connections out past the proxy */
    DS_ADVICE_LET_OUT,       /* let connections out to other ports than the relay's */
    DS_ADVICE_SET_STUN,      /* have the relay answer STUN: its option "stun" */
    DS_ADVICE_LET_MAPPED_IN, /* the router opened a port, and a firewall before it lets nobody in */
    DS_ADVICE_DOUBLE_NAT,    /* two routers one behind the other: let one only pass things on */
    DS_ADVICE_MAP_PORTS,     /* switch on UPnP, NAT-PMP or PCP in the router */
    DS_ADVICE_KEEP_PORTS,    /* have the router keep one outside port for each ("cone NAT") */
    DS_ADVICE_IPV6,          /* have IPv6 */
    DS_ADVICES
};

struct ds_netcheck_verdict {
    enum ds_netcheck_kind kind;
    enum ds_netcheck_chance chances[DS_NETCHECK_OTHERS]; /* by enum ds_netcheck_other */
    bool has_opened_port; /* the chances are so good because the router opened a port */
    bool by_ipv6;         /* besides, direct with all who have IPv6 too */
    size_t advice_count;  /* 0: nothing has to be changed */
    enum ds_netcheck_advice advices[DS_ADVICES]; /* the most helpful first, each once */
};

/** Judge. Where facts lack, the less is promised. */
struct ds_netcheck_verdict ds_netcheck_judge(const struct ds_netcheck_facts *facts);

/** Name it as --json does ("port-restricted"). Static. Any thread, like all of these. */
const char *ds_netcheck_kind_name(enum ds_netcheck_kind kind);

/** Name it as --json does ("port-restricted"). Static. */
const char *ds_netcheck_other_name(enum ds_netcheck_other other);

/** Name it as --json does ("direct"). Static. */
const char *ds_netcheck_chance_name(enum ds_netcheck_chance chance);

/** Name it as --json does ("map-ports"). Static. */
const char *ds_netcheck_advice_name(enum ds_netcheck_advice advice);

#endif
