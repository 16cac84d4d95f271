/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A move from a path that works: it goes on with what is fresh, less and less of it, while the new
 * one sends what came before again, until that has caught up. So bytes come all the time, however
 * long the new path takes to get going and whatever queue both stand in.
 */
#include "net/base/clock.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

/* A record now and then, in which the new one has not caught up. */
enum { LEAST_BYTES = 4 * DS_LINK_DOUBT_BYTES };

static bool
is_working(const struct link_path *p)
{
    return p != NULL && p->is_validated && !p->is_suspect && !p->is_dropped;
}

/*
 * Where bytes stand in a queue, and both paths share it, the answer to what is asked on the new one
 * waits there too. Where there are none, nothing comes for less than the new path's round trip. An
 * ACK's delay is no queue; and a moment without anything to send empties none.
 */
static bool
is_full(const struct link_path *p, uint64_t in_flight)
{
    uint64_t queue_us = p->rate.srtt_us - MIN(p->rate.srtt_us, p->rate.min_rtt_us);
    return !ds_rate_is_starved(&p->rate) || queue_us > ds_link_ms(DS_LINK_ACK_MS) ||
           (!p->rate.is_probing && in_flight > ds_rate_window(&p->rate) / 4 * 3);
}

void
ds_link_begin_handover(struct ds_link *link, struct link_path *from, const struct link_path *to)
{
    uint64_t tail = link->replay.end - link->replay.start;
    bool has_all = link->next == link->replay.end;
    if (link->leaving != NULL) /* that one still has all that was sent, `from` does not */
        return;
    if (!is_working(from) || !is_working(to) || !is_full(from, tail) || !has_all ||
            tail <= DS_LINK_DOUBT_BYTES)
        return;
    link->leaving = from;
    link->leaving_window = MAX(tail, DS_LINK_WINDOW_BASE);
    link->leaving_until_us = UINT64_MAX;
}

void
ds_link_end_handover(struct ds_link *link)
{
    if (link->leaving == NULL)
        return;
    link->leaving = NULL;
    ds_rate_settle(&link->active->rate, link->replay.end);
    if (link->next == link->replay.end) /* of the tail nothing is left to ask for */
        link->is_asking = false;
    link->is_handed_over = true; /* the owner is told by the timer: this may be a pull */
    ds_link_timer_set(&link->timer, ds_clock_us());
}

void
ds_link_fade(struct ds_link *link, uint64_t acked_bytes)
{
    uint64_t now = ds_clock_us();
    if (link->leaving == NULL || link->is_asking)
        return;
    if (link->leaving_until_us == UINT64_MAX)
        link->leaving_until_us = now + DS_LINK_HANDOVER_RTTS * link->leaving->rate.srtt_us;
    uint64_t less = MIN(acked_bytes / 2, link->leaving_window);
    link->leaving_window = MAX(link->leaving_window - less, LEAST_BYTES);
    if (now >= link->leaving_until_us)
        ds_link_end_handover(link);
}

struct link_path *
ds_link_carrier(const struct ds_link *link)
{
    return link->leaving != NULL ? link->leaving : link->active;
}
