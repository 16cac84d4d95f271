/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_EVENT_H
#define DS_NET_BASE_EVENT_H

#include <stdint.h>

struct event;

/**
 * Add an event with a time-out of `ms` milliseconds, as event_add() does; a timer that waits
 * already begins anew. Returns 0, or -1 without memory. The thread of the event's loop.
 */
int ds_event_add_ms(struct event *event, uint64_t ms);

/** Take an event out of its loop and free it; NULL is fine. The thread of its loop. */
void ds_event_free(struct event *event);

#endif
