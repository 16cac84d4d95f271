/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_BUDGET_H
#define DS_NET_PEER_BUDGET_H

#include <stdint.h>

/*
 * How often something may be done that the other side can bring about: `most` times at once, then
 * once in `each_ms`. Times are those of one clock, in milliseconds. Start with all zero but these.
 */
struct ds_budget {
    unsigned most;
    unsigned each_ms;
    uint64_t full_ms; /* when nothing of it is used any more */
};

/** Return how long it is until it may be done: 0 where that is now. */
uint64_t ds_budget_wait_ms(const struct ds_budget *budget, uint64_t now_ms);

/** Note that it is done, whether there was room for it or not. */
void ds_budget_take(struct ds_budget *budget, uint64_t now_ms);

/** Give back one that was taken. */
void ds_budget_give(struct ds_budget *budget);

#endif
