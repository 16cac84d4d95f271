/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_APPROACH_H
#define DS_NET_NETCHECK_APPROACH_H

#include "net/peer/foothold.h"
#include "net/peer/reach.h"

/*
 * One connection to a relay that says HELLO and then nothing but PING: is it reached, how does it
 * see us, and how far away is it? It stays as long as the handle, which holds the NAT's mapping;
 * the relay ends it after DS_PREPAIR_MS. Net thread.
 */
struct ds_approach;

struct ds_approach_handler {
    /** WELCOME came; `foothold` is borrowed for the approach's life. Once, or on_failed. */
    void (*on_reached)(void *arg, const struct ds_foothold *foothold);
    /** After on_reached: the smallest round trip, 0 where no PING was answered. Once. */
    void (*on_measured)(void *arg, unsigned rtt_us);
    /** Why there is no relay to be had, as ds_reach_fn says it; `text` is borrowed. */
    void (*on_failed)(void *arg, enum ds_reason reason, const char *text);
};

/**
 * Begin. `outlet`, `relay` and `handler` are borrowed for the approach's life. Calls come from the
 * loop only, and each may free the approach. Returns 0 with `*out` (owned), DS_ERR_INVALID for a
 * relay that cannot be one, DS_ERR_NOMEM or DS_ERR_SYSTEM.
 */
int ds_approach_new(struct ds_approach **out, const struct ds_outlet *outlet,
        const struct ds_relay_addr *relay, const struct ds_approach_handler *handler,
        void *arg) DS_MUST_CHECK;

/** Leave the relay and free; NULL is fine. No callback follows. */
void ds_approach_free(struct ds_approach *approach);

#endif
