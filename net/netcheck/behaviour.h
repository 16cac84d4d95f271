/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_NETCHECK_BEHAVIOUR_H
#define DS_NET_NETCHECK_BEHAVIOUR_H

#include "net/netcheck/facts.h"
#include "net/peer/foothold.h"

/*
 * What the NAT in IPv4 does with our ports (RFC 4787, 4 and 6): how it maps one port towards
 * several servers, which ports it deals one after the other, and whether it turns what goes to an
 * outside address of its own. Each question waits for the one before, since each makes mappings.
 * Net thread.
 */
struct ds_behaviour;
struct event_base;

struct ds_behaviour_config {
    struct event_base *base;
    const struct ds_foothold *foothold; /* of a leg that lives as long; borrowed. NULL: no relay */
    const char *stun;                   /* as ds_peer_config has it; borrowed */
};

/* What of struct ds_netcheck_ipv4 it finds out. */
struct ds_behaviour_result {
    struct ds_addr observed;
    bool is_blocked;
    enum ds_mapping mapping;
    struct ds_allocation allocation;
    enum ds_answer hairpins;
};

/** It is over, called once from the loop. The behaviour may be freed in it. */
typedef void (*ds_behaviour_fn)(void *arg);

/**
 * Begin. `fn` is never called from within. Returns 0 with `*out` (owned), DS_ERR_SYSTEM with errno
 * where no local port can be claimed, or DS_ERR_NOMEM.
 */
int ds_behaviour_new(struct ds_behaviour **out, const struct ds_behaviour_config *config,
        ds_behaviour_fn fn, void *arg) DS_MUST_CHECK;

/** Return what is known by now; borrowed until the loop runs again. */
const struct ds_behaviour_result *ds_behaviour_look(const struct ds_behaviour *behaviour);

/** Close all and free; NULL is fine. No callback follows. */
void ds_behaviour_free(struct ds_behaviour *behaviour);

#endif
