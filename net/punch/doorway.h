/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_DOORWAY_H
#define DS_NET_PUNCH_DOORWAY_H

#include <stdbool.h>

#include "net/punch/attempt.h"
#include "net/punch/direct_path.h"
#include "net/punch/listeners.h"

/*
 * The listeners of one generation, and those who came to them and have not proved yet who they are:
 * anybody can come, so there is room for DS_PUNCH_PENDING_MAX, each for DS_PUNCH_HANDSHAKE_MS. When
 * it is full, whoever comes from where the other side said it would be takes the place of one who
 * does not; everybody else is closed without a word. Net thread.
 */
struct ds_doorway;

struct ds_doorway_config {
    const struct ds_direct_setting *setting; /* borrowed, like the next two, for its life */
    struct ds_attempt_counts *counts;
    const struct ds_offer *expected; /* the other side's candidates; may grow */
    struct ds_listeners *listeners;  /* open; taken in the call, also where it fails */
};

/** A path is proven: as ds_candidate_dial_fn. The doorway may be freed in the call. */
typedef void (*ds_doorway_fn)(void *arg, struct ds_path *path);

/**
 * Take whoever comes, and who waits there already. `fn` comes from the loop only; `arg` is
 * borrowed. Returns 0 with `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_doorway_new(struct ds_doorway **out, const struct ds_doorway_config *config,
        ds_doorway_fn fn, void *arg) DS_MUST_CHECK;

/** Say whether somebody is there who is not proven yet. */
bool ds_doorway_is_proving(const struct ds_doorway *doorway);

/** Close all and free; NULL is fine. No callback follows. */
void ds_doorway_free(struct ds_doorway *doorway);

#endif
