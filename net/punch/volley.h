/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_VOLLEY_H
#define DS_NET_PUNCH_VOLLEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/punch/candidate_dial.h"

/*
 * Many sockets that send their SYNs as one: from a local port each to one end of the other side, or
 * from one port to a port each. A window is one, and either side of a birthday salvo. Net thread.
 */
struct ds_volley;

struct ds_volley_config {
    struct ds_candidate_dial_config dial; /* what all have in common */
    size_t count;                         /* at most DS_SALVO_MAX */
    struct ds_local_port *const *ports;   /* one for each, a reference is taken; NULL: dial's */
    const uint16_t *targets; /* the other side's port for each; NULL: that of dial's candidate */
    unsigned retry_ms; /* from the last one's first SYN on: then none is sent again; 0: any time */
    unsigned hold_ms;  /* from the first one's: then what came to nothing is closed; 0: it stays */
};

/**
 * Make and begin it. The first DS_VOLLEY_SLICE SYNs leave now, as many in each further turn of the
 * loop, so that what else runs there goes on. `fn` and `arg` are those of each dial: it comes from
 * the loop only, maybe more than once. Returns 0 with `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_volley_new(struct ds_volley **out, const struct ds_volley_config *config,
        ds_candidate_dial_fn fn, void *arg) DS_MUST_CHECK;

/** Send no SYN any more; what is under way stays. NULL is fine, as below. */
void ds_volley_settle(struct ds_volley *volley);

/** Say whether a connection stands that is not proven yet. */
bool ds_volley_is_proving(const struct ds_volley *volley);

/** Close all and free. No callback follows. */
void ds_volley_free(struct ds_volley *volley);

#endif
