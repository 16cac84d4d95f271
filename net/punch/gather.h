/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_GATHER_H
#define DS_NET_PUNCH_GATHER_H

#include <stdbool.h>
#include <stddef.h>

#include "net/base/addr.h"
#include "net/dial/local_port.h"
#include "net/punch/allocation.h"
#include "net/punch/offer.h"

/*
 * Find out under which addresses this side may be reached, for one generation: the interfaces'
 * addresses at once, the relay's word on the first port at once where the relay connection came
 * from it, and what the STUN servers see of both ports. The connections to the STUN servers stay
 * open as long as the gather lives: they hold the NAT's mappings. Net thread.
 */
struct ds_gather;
struct event_base;

enum { DS_GATHER_STUN_MAX = 4 };

struct ds_gather_config {
    struct event_base *base;
    uint32_t generation;
    struct ds_local_port *ports[DS_PUNCH_SETS]; /* a reference is taken to each */
    struct ds_addr observed; /* of ports[0], as the relay sees it; len 0: not known */
    struct ds_addr relay;    /* the relay's end of its connection; len 0: reached by a proxy */
    struct ds_addr stun[DS_GATHER_STUN_MAX]; /* servers to ask, besides the relay's own port */
    size_t stun_count;
    bool may_be_mapped; /* ds_gather_set_mapped() may follow */
    uint32_t network;   /* what is known of it beforehand: DS_NETWORK_UNASKED or 0 */
    bool via_proxy; /* the relay was reached by a proxy: nobody is asked, host addresses remain */
};

/**
 * Called from the loop whenever more is known; `offer` is borrowed and whole each time. `is_done`:
 * all have answered, or DS_GATHER_MS are over.
 */
typedef void (*ds_gather_fn)(void *arg, const struct ds_offer *offer, bool is_done);

/**
 * Begin. What is known without a question is in ds_gather_offer() when this returns. Returns 0 with
 * `*out` (owned) or DS_ERR_NOMEM. `fn` is never called from within.
 */
int ds_gather_new(struct ds_gather **out, const struct ds_gather_config *config, ds_gather_fn fn,
        void *arg) DS_MUST_CHECK;

/** Return what is known by now; borrowed until the loop runs again. */
const struct ds_offer *ds_gather_offer(const struct ds_gather *gather);

/**
 * Note that a router has opened `external` for the port of set 0 (len 0: not, or not any more), or
 * why it did not: `network`, one of DS_NETWORK_UNMAPPED and those after it, or 0. It is told as any
 * other answer, also when all others have come.
 */
void ds_gather_set_mapped(
        struct ds_gather *gather, const struct ds_addr *external, uint32_t network);

/** Say whether all have answered, or had their time. */
bool ds_gather_is_done(const struct ds_gather *gather);

/**
 * Tell what the last question from set 0 that has an answer was dealt, in `*deal`, and by which
 * server. Returns that server, borrowed, or NULL where there is none.
 */
const struct ds_addr *ds_gather_last(const struct ds_gather *gather, struct ds_deal *deal);

/** Close the connections and free; NULL is fine. May be called from within `fn`. */
void ds_gather_free(struct ds_gather *gather);

#endif
