/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_NETCHECK_H
#define DS_NET_NETCHECK_NETCHECK_H

#include "net/base/err.h"
#include "net/netcheck/facts.h"
#include "net/peer/reach.h"

/*
 * One check of the network that this computer is in: how the relay is reached, what the NAT does
 * with ports, who gets in, what the router does when it is asked, and IPv6. It takes a few seconds,
 * and DS_NETCHECK_MS at most, however little answers. Nothing is sent to the relay but what a
 * session says before it knows the other side (HELLO, PING, questions to STUN ports) and the wish
 * to be dialled back; nothing that was found out is sent to anybody. Net thread.
 */
struct ds_netcheck;
struct event_base;

struct ds_netcheck_config {
    struct event_base *base;           /* borrowed for the check's life */
    const struct ds_relay_addr *relay; /* copied; NULL: none is set */
    const char *stun;                  /* as ds_peer_config has it; borrowed, as the next one */
    const char *proxy;                 /* as ds_dial_options has it */
    uint32_t map_lease_s;              /* of a port that the router is asked for; 0: never ask */
    unsigned limit_ms;                 /* for all of it; 0: DS_NETCHECK_MS */
};

/**
 * Called once, from the loop, when all is known that there is to know, or the time is over. `facts`
 * is borrowed for the call. The check may be freed in it.
 */
typedef void (*ds_netcheck_fn)(void *arg, const struct ds_netcheck_facts *facts);

/**
 * Begin. `fn` is never called from within. Returns 0 with `*out` (owned), DS_ERR_INVALID for a
 * relay that cannot be one, DS_ERR_NOMEM, or another error where TLS cannot be set up.
 */
int ds_netcheck_new(struct ds_netcheck **out, const struct ds_netcheck_config *config,
        ds_netcheck_fn fn, void *arg) DS_MUST_CHECK;

/**
 * Stop, close all connections and free; NULL is fine. No callback follows. The router is told that
 * the port is not needed any more: ds_portmap_settle() waits for that.
 */
void ds_netcheck_free(struct ds_netcheck *netcheck);

#endif
