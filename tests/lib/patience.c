/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/patience.h"

#include <glib.h>

#include "net/base/clock.h"

enum { PATIENCE_MS = 20000, TICK_MS = 20 };

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
}

void
patience_begin(struct patience *patience, struct event_base *base)
{
    struct timeval tick = ds_clock_timeval(TICK_MS);
    *patience = (struct patience){.base = base,
            .tick = event_new(base, -1, EV_PERSIST, on_tick, NULL),
            .deadline_us = ds_clock_us() + PATIENCE_MS * UINT64_C(1000)};
    g_assert_cmpint(event_add(patience->tick, &tick), ==, 0);
}

void
patience_turn(struct patience *patience)
{
    g_assert_cmpuint(ds_clock_us(), <, patience->deadline_us);
    g_assert_cmpint(event_base_loop(patience->base, EVLOOP_ONCE), ==, 0);
}

void
patience_end(struct patience *patience)
{
    event_free(patience->tick);
}
