/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_TURN_H
#define DS_NET_PEER_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "net/peer/budget.h"
#include "net/peer/ladder.h"
#include "net/peer/peer.h"

/*
 * When the next generation of tries may begin: not soon after the last one, not more often than
 * there is budget for, and later from failure to failure. By the boot clock, which counts suspend.
 * Net thread.
 */
struct ds_turn {
    const struct ds_peer_times *times; /* borrowed */
    struct event *timer;               /* of the next one */
    uint64_t began_ms;                 /* when the last one did; 0: it does not matter */
    struct ds_budget budget; /* of what is gathered for: relay and other side can bring it about */
    struct ds_ladder ladder;
};

/**
 * Begin; `fn` is called with `arg` when a turn has come. Returns 0, or DS_ERR_NOMEM with nothing to
 * finish.
 */
int ds_turn_init(struct ds_turn *turn, struct event_base *base, const struct ds_peer_times *times,
        event_callback_fn fn, void *arg) DS_MUST_CHECK;

/** Free what it has; one that is all zero is fine. */
void ds_turn_finish(struct ds_turn *turn);

/** The next turn is in `ms`, or later: times' punch_pace after the last, when there is budget. */
void ds_turn_in(struct ds_turn *turn, uint64_t ms);

/** The next turn is on the ladder's next step: times' punch_again. */
void ds_turn_again(struct ds_turn *turn);

/** The ladder begins from its first step. */
void ds_turn_reset(struct ds_turn *turn);

/** No turn is to come. */
void ds_turn_cancel(struct ds_turn *turn);

/** One begins now. */
void ds_turn_begin(struct ds_turn *turn);

/** The last one waited for its turn, so the next need not. */
void ds_turn_forget(struct ds_turn *turn);

/** Say whether there is budget to gather for one. */
bool ds_turn_may_gather(const struct ds_turn *turn);

/** One is gathered for, whether there is budget or not. */
void ds_turn_gather(struct ds_turn *turn);

/** This machine alone brought the last one about: it costs no budget. */
void ds_turn_excuse(struct ds_turn *turn);

#endif
