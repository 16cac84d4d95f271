/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_OPENING_H
#define DS_NET_NETCHECK_OPENING_H

#include "net/netcheck/facts.h"
#include "net/peer/reach.h"

/*
 * The router of IPv4's default route is asked to open a port, and the relay, if it does so, to dial
 * it: what a router says is believed only when somebody came in. Net thread.
 */
struct ds_opening;

/** It is over, called once from the loop. `router` is borrowed; the opening may be freed in it. */
typedef void (*ds_opening_fn)(void *arg, const struct ds_netcheck_router *router);

/**
 * Ask for `lease_s`. `observed` is our address as others see it. `outlet`, of AF_INET and with
 * claims_ports, and `relay` are borrowed for the opening's life; `relay` NULL: nobody dials.
 * Returns 0 with `*out` (owned), or why nobody can be asked. `fn` is never called from within.
 */
int ds_opening_new(struct ds_opening **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_addr *observed, uint32_t lease_s,
        ds_opening_fn fn, void *arg) DS_MUST_CHECK;

/** Return what is known by now. */
struct ds_netcheck_router ds_opening_look(const struct ds_opening *opening);

/** Have the port closed, and free; NULL is fine. No callback follows. */
void ds_opening_free(struct ds_opening *opening);

#endif
