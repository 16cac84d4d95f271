/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the link ends: CLOSE and CLOSE_ACK, or the other side's mistake. */
#include <stdarg.h>
#include <stdio.h>

#include "net/base/clock.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

static bool
is_peer_delivered(const struct ds_link *link)
{
    return link->is_peer_closing && link->received == link->peer_final;
}

bool
ds_link_is_ending(const struct ds_link *link)
{
    return link->is_closing || link->is_peer_closing;
}

bool
ds_link_is_done(const struct ds_link *link)
{
    return link->is_failed || (link->is_peer_answered && !link->is_closing);
}

/*
 * Who answered CLOSE stays until the closer has left: to close a socket on which bytes were not
 * read resets the connection, and would take CLOSE_ACK with it.
 */
static bool
is_over(const struct ds_link *link, uint64_t now)
{
    if (!ds_link_is_ending(link))
        return false;
    if (now >= link->close_by_us)
        return true;
    if (ds_link_is_done(link))
        return link->n_paths == 0;
    bool is_peer_served = !link->is_peer_closing || link->is_peer_close_left;
    return link->is_close_acked && is_peer_served;
}

void
ds_link_go_on_closing(struct ds_link *link)
{
    uint64_t now = ds_clock_us();
    if (!ds_link_is_ending(link))
        return;
    for (size_t i = 0; i < link->n_paths; i++) {
        struct link_path *p = link->paths[i];
        if (!p->is_validated)
            continue;
        if (link->is_closing && !link->is_close_acked && !p->is_close_sent)
            p->wants_close = true;
        if (is_peer_delivered(link) && p->close_ack == CLOSE_ACK_NONE)
            p->close_ack = CLOSE_ACK_WANTED;
        ds_path_kick(p->path);
    }
    if (link->is_peer_answered && !link->is_closing)
        link->close_by_us = MIN(link->close_by_us, now + ds_link_ms(DS_LINK_GOODBYE_MS));
    /* The owner is told from the timer: it may free the link then, whoever called this. */
    ds_link_timer_set(&link->timer, is_over(link, now) ? now : link->close_by_us);
}

void
ds_link_close(struct ds_link *link, enum ds_reason reason)
{
    if (ds_link_is_dead(link) || ds_link_is_ending(link))
        return; /* the other side has no more to hear: it said CLOSE, and leaves when answered */
    link->is_closing = true;
    link->reason = reason;
    link->close_by_us = ds_clock_us() + ds_link_ms(DS_LINK_LINGER_MS);
    ds_link_go_on_closing(link);
}

void
ds_link_fail(struct ds_link *link, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(link->text, sizeof link->text, format, args);
    va_end(args);
    link->is_failed = true;
    link->is_closing = true;
    link->reason = DS_REASON_PROTOCOL;
    link->close_by_us = ds_clock_us() + ds_link_ms(DS_LINK_GOODBYE_MS);
    ds_link_go_on_closing(link);
}

void
ds_link_peer_close(struct link_path *p, uint64_t final, int reason)
{
    struct ds_link *link = p->link;
    if (final < link->received || (link->is_peer_closing && final != link->peer_final)) {
        ds_link_fail(link, "CLOSE at byte %llu, and %llu came", (unsigned long long) final,
                (unsigned long long)link->received);
        return;
    }
    if (!ds_link_is_ending(link))
        link->close_by_us = ds_clock_us() + ds_link_ms(DS_LINK_LINGER_MS);
    link->is_peer_closing = true;
    link->peer_final = final;
    link->peer_reason = reason;
    ds_link_go_on_closing(link);
}

void
ds_link_close_acked(struct ds_link *link)
{
    if (!link->is_close_sent) {
        ds_link_fail(link, "CLOSE_ACK, and no CLOSE was sent");
        return;
    }
    link->is_close_acked = true;
    ds_link_go_on_closing(link);
}

void
ds_link_end_if_over(struct ds_link *link, uint64_t now_us)
{
    if (ds_link_is_dead(link) || !is_over(link, now_us))
        return;
    link->is_over = true;
    ds_link_free_paths(link);
    if (link->is_closing)
        link->handler->on_closed(link->arg, link->reason, false, link->text);
    else
        link->handler->on_closed(link->arg, link->peer_reason, true, "");
}
