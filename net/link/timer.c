/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/link/timer.h"

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
    struct ds_link_timer *timer = arg;
    uint64_t due_us = timer->at_us;
    timer->at_us = UINT64_MAX;
    timer->on_due(timer->arg, due_us);
}

int
ds_link_timer_init(struct ds_link_timer *timer, struct event_base *base,
        void (*on_due)(void *arg, uint64_t due_us), void *arg)
{
    *timer = (struct ds_link_timer){.at_us = UINT64_MAX, .on_due = on_due, .arg = arg};
    timer->event = evtimer_new(base, on_event, timer);
    return timer->event != NULL ? 0 : DS_ERR_NOMEM;
}

void
ds_link_timer_set(struct ds_link_timer *timer, uint64_t at_us)
{
    if (at_us >= timer->at_us)
        return;
    uint64_t now = ds_clock_us();
    /* Rounded up, so that what is due is due when it fires. */
    ds_event_add_ms(timer->event, at_us > now ? (at_us - now + 999) / 1000 : 0);
    timer->at_us = at_us;
}

void
ds_link_timer_finish(struct ds_link_timer *timer)
{
    ds_event_free(timer->event);
    timer->event = NULL;
}
