/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_CANDIDATE_DIAL_H
#define DS_NET_PUNCH_CANDIDATE_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/punch/attempt.h"
#include "net/punch/direct_path.h"

/*
 * The way to one candidate: one SYN under way at a time, again when it is refused, until a
 * connection came up and is proven. A SYN that nobody answers is never given up: what answers it
 * may be on its way. One descriptor at a time. Net thread.
 */
struct ds_candidate_dial;

struct ds_candidate_dial_config {
    const struct ds_direct_setting *setting; /* borrowed, like counts, for the dial's life */
    struct ds_attempt_counts *counts;
    struct ds_local_port *port; /* a reference is taken; NULL: the kernel chooses one of IPv4 */
    struct ds_candidate candidate;
    const char *technique; /* what it is called; NULL: by the candidate. Static */
    unsigned tries;        /* SYNs at most; 0: DS_PUNCH_TRIES_MAX */
    unsigned spread_ms;    /* as struct ds_retry has it */
    uint8_t hops;          /* as struct ds_strategy has them, for this candidate */
    bool stays_near;       /* ... likewise */
    unsigned proof_ms;     /* for the proof; then the connection is given up and a new SYN leaves */
};

/**
 * A path is proven: it is the receiver's, who sets its handler in the call. The dial has done its
 * work and may be freed in the call. `technique` as in struct ds_attempt_handler.
 */
typedef void (*ds_candidate_dial_fn)(void *arg, struct ds_path *path, const char *technique);

/**
 * Make a dial that has not begun. `fn` comes from the loop only; `arg` is borrowed. Returns 0 with
 * `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_candidate_dial_new(struct ds_candidate_dial **out,
        const struct ds_candidate_dial_config *config, ds_candidate_dial_fn fn,
        void *arg) DS_MUST_CHECK;

/** Send the first SYN; once. */
void ds_candidate_dial_begin(struct ds_candidate_dial *dial);

/** Send no SYN any more; what is under way stays. */
void ds_candidate_dial_settle(struct ds_candidate_dial *dial);

/** Say whether a connection stands that is not proven yet. */
bool ds_candidate_dial_is_proving(const struct ds_candidate_dial *dial);

/** Close and free; NULL is fine. No callback follows. */
void ds_candidate_dial_free(struct ds_candidate_dial *dial);

#endif
