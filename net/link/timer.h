/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_TIMER_H
#define DS_NET_LINK_TIMER_H

#include <stdint.h>

#include "net/base/err.h"

struct event;
struct event_base;

/*
 * One timer of the loop that is set to a time of ds_clock_us(). It and the clock are all that the
 * link knows of time: unit tests link their own.
 */
struct ds_link_timer {
    struct event *event;
    uint64_t at_us; /* when it is due, UINT64_MAX: it is not set */
    void (*on_due)(void *arg, uint64_t due_us);
    void *arg;
};

/** Turn milliseconds into the microseconds of ds_clock_us(). */
static inline uint64_t
ds_link_ms(uint64_t ms)
{
    return ms * 1000;
}

/**
 * Make a timer that calls `on_due` from the loop with `arg` (borrowed) and the time that it was set
 * to. Returns 0 or DS_ERR_NOMEM.
 */
int ds_link_timer_init(struct ds_link_timer *timer, struct event_base *base,
        void (*on_due)(void *arg, uint64_t due_us), void *arg) DS_MUST_CHECK;

/** Set it to `at_us`, unless it is due before that already. A past time means: in the next turn. */
void ds_link_timer_set(struct ds_link_timer *timer, uint64_t at_us);

/** Give it up; fine on one that is all zero. No call follows. */
void ds_link_timer_finish(struct ds_link_timer *timer);

#endif
