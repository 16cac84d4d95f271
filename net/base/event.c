/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/event.h"

#include <event2/event.h>

#include "net/base/clock.h"

int
ds_event_add_ms(struct event *event, uint64_t ms)
{
    struct timeval after = ds_clock_timeval(ms);
    return event_add(event, &after);
}

void
ds_event_free(struct event *event)
{
    if (event != NULL)
        event_free(event);
}
