/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Acknowledgements, both ways. */
#include "net/base/clock.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

/*
 * Two almost full records: other frames take some room in them. TCP does so with two full segments
 * (RFC 9293, 3.8.6.3).
 */
enum { ACK_AT_BYTES = 30000 };

static void
want_at(struct link_path *p, uint64_t due_us)
{
    if (!p->wants_ack || due_us < p->ack_due_us)
        p->ack_due_us = due_us;
    p->wants_ack = true;
    ds_link_timer_set(&p->link->timer, p->ack_due_us);
}

static void
want_now(struct link_path *p)
{
    want_at(p, ds_clock_us());
    ds_path_kick(p->path);
}

/* At once for much, else when there is something to go with it. */
static void
want(struct link_path *p, size_t len)
{
    if (!p->wants_ack)
        p->ack_bytes = 0;
    p->ack_bytes += len;
    if (p->ack_bytes >= ACK_AT_BYTES)
        want_now(p);
    else
        want_at(p, ds_clock_us() + ds_link_ms(DS_LINK_ACK_MS));
}

/*
 * A side that moves to another path wants to know at once how much it need not send again, and
 * that as long as bytes come on the path that it left. The new one may be the faster way to it.
 */
void
ds_link_want_ack(struct link_path *p, size_t len)
{
    struct ds_link *link = p->link;
    bool has_moved = link->data_path != 0 && link->data_path != p->number;
    link->data_path = p->number;
    want(p, len);
    if (has_moved)
        want_now(p);
    if (p == link->active || link->active == NULL || !link->active->is_validated)
        return;
    want_now(p);
    want_now(link->active);
}

void
ds_link_tell_received(struct ds_link *link)
{
    for (size_t i = 0; i < link->n_paths; i++)
        if (link->paths[i]->is_validated)
            want_now(link->paths[i]);
}

bool
ds_link_is_ack_due(const struct link_path *p)
{
    return p->wants_ack && ds_clock_us() >= p->ack_due_us;
}

void
ds_link_put_ack(struct link_path *p, struct ds_writer *w)
{
    if (!p->wants_ack || (w->len == 0 && !ds_link_is_ack_due(p)))
        return;
    ds_frame_put_number(w, DS_FRAME_ACK, p->link->received);
    p->wants_ack = false;
}

/* What another path delivered does not count. */
static void
open_window(struct ds_link *link, uint64_t offset)
{
    uint64_t until = MIN(offset, link->next);
    if (link->opening_window == UINT64_MAX || until <= link->replay.start)
        return;
    link->opening_window += until - link->replay.start;
    if (link->opening_window >= DS_LINK_REPLAY_MAX)
        link->opening_window = UINT64_MAX;
}

void
ds_link_acked(struct link_path *p, uint64_t offset)
{
    struct ds_link *link = p->link;
    p->acked_us = ds_clock_us();
    if (p == link->active) {
        /* Only here: what another path delivered says nothing about this one. */
        ds_rate_acked(&p->rate, p->acked_us, offset);
        link->is_asking = false;
        open_window(link, offset);
    }
    if (offset > link->replay.start) { /* else it was overtaken by one on another path */
        ds_link_fade(link, offset - link->replay.start);
        ds_replay_forget(&link->replay, offset);
    }
    if (link->next < offset)
        link->next = offset;
    if (link->active != NULL)
        ds_link_expect(link->active);
    ds_link_answered(p);
    ds_link_kick(link);
}
