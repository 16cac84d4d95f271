/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the paths are alive, and all else that happens because time goes by. */
#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/base/minmax.h"
#include "net/link/state.h"

/* No honest answer takes so long. */
static uint64_t
overdue_us(const struct link_path *p)
{
    return MIN(4 * p->rate.srtt_us + 200000, ds_link_ms(DS_LINK_PATH_DEAD_MS));
}

/* Waiting that long for an answer makes a path worse than any that answers. */
static uint64_t
suspect_us(const struct link_path *p)
{
    return MAX(overdue_us(p), ds_link_ms(DS_LINK_SUSPECT_MS));
}

/* Say whether the other side owes a byte on this path. */
static bool
is_expecting(const struct link_path *p)
{
    const struct ds_link *link = p->link;
    bool has_data = p == link->active && link->next > link->replay.start;
    bool has_close = link->is_closing && !link->is_close_acked;
    return !p->is_validated || p->wants_ping || p->ping != 0 || has_data || has_close;
}

void
ds_link_expect(struct link_path *p)
{
    uint64_t now = ds_clock_us();
    if (!is_expecting(p)) {
        p->waiting_us = p->answer_us = 0;
        return;
    }
    if (p->answer_us == 0)
        p->answer_us = now;
    if (p->waiting_us != 0)
        return;
    p->waiting_us = now;
    ds_link_timer_set(&p->link->timer, p->waiting_us + suspect_us(p));
}

void
ds_link_heard(struct link_path *p)
{
    uint64_t now = ds_clock_us();
    p->heard_us = now;
    if (p == p->link->active)
        p->link->heard_us = now;
    p->waiting_us = is_expecting(p) ? now : 0;
}

void
ds_link_answered(struct link_path *p)
{
    uint64_t now = ds_clock_us();
    p->answer_us = is_expecting(p) ? now : 0;
    if (p->is_suspect && p->trust_us == 0) {
        p->trust_us = now + ds_link_ms(DS_LINK_TRUST_MS);
        ds_link_timer_set(&p->link->timer, p->trust_us);
    }
}

void
ds_link_ping(struct link_path *p)
{
    p->wants_ping = true;
    ds_link_expect(p);
    ds_path_kick(p->path);
}

void
ds_link_pong(struct link_path *p, uint64_t number)
{
    if (p->ping == 0 || number != p->ping)
        return; /* to one that was given up when this machine slept */
    uint64_t now = ds_clock_us();
    p->ping = 0;
    ds_rate_rtt(&p->rate, now, now - p->ping_us);
    ds_link_answered(p);
    ds_link_choose(p->link);
}

/* The first ones come close together: the choice of the path wants a round trip soon. */
static void
ping_regularly(struct link_path *p, uint64_t now)
{
    static const uint64_t waits_ms[] = {300, 500, DS_LINK_PING_MS};
    uint64_t wait_ms = p->is_suspect ? DS_LINK_SUSPECT_MS : waits_ms[MIN(p->pings, 2)];
    p->next_ping_us = now + ds_link_ms(wait_ms);
    p->pings++;
    if (p->ping == 0)
        ds_link_ping(p);
}

void
ds_link_watch(struct link_path *p)
{
    uint64_t now = ds_clock_us();
    p->heard_us = now;
    p->validate_us = now + ds_link_ms(DS_LINK_VALIDATE_MS);
    ping_regularly(p, now);
    ds_link_timer_set(&p->link->timer, p->next_ping_us);
}

static void
set_suspect(struct link_path *p, bool is_suspect)
{
    p->is_suspect = is_suspect;
    p->trust_us = 0;
    if (is_suspect && p == p->link->leaving)
        ds_link_end_handover(p->link);
    if (is_suspect) /* trust is earned by answers */
        p->next_ping_us = MIN(p->next_ping_us, ds_clock_us() + ds_link_ms(DS_LINK_SUSPECT_MS));
    DS_DEBUG("link", "%s path %llu %s", ds_path_kind_name(ds_path_kind(p->path)),
            (unsigned long long)p->number, is_suspect ? "does not answer" : "answers again");
    ds_link_choose(p->link);
}

void
ds_link_suspect_if_overdue(struct link_path *p)
{
    if (!p->is_suspect && p->answer_us != 0 && ds_clock_us() - p->answer_us >= overdue_us(p))
        set_suspect(p, true);
}

/* The path may be gone after it. */
static void
check_path(struct link_path *p, uint64_t now)
{
    if (!is_expecting(p))
        p->waiting_us = p->answer_us = 0;
    uint64_t waited_us = p->waiting_us != 0 ? now - p->waiting_us : 0;
    uint64_t unanswered_us = p->answer_us != 0 ? now - p->answer_us : 0;
    if (waited_us >= ds_link_ms(DS_LINK_PATH_DEAD_MS)) {
        ds_link_lose_path(p, DS_ERR_TIMEOUT, "nothing came while an answer was due");
        return;
    }
    if (!p->is_validated && now >= p->validate_us) {
        ds_link_lose_path(p, DS_ERR_TIMEOUT, "HELLO did not come in time");
        return;
    }
    bool is_on_time = p->is_held_back && now >= ds_rate_due_us(&p->rate);
    if (is_on_time)
        p->is_held_back = false;
    if (ds_link_is_ack_due(p) || is_on_time)
        ds_path_kick(p->path);
    if (now >= p->next_ping_us)
        ping_regularly(p, now);
    if (!p->is_suspect && waited_us >= suspect_us(p))
        set_suspect(p, true);
    else if (p->is_suspect && unanswered_us >= suspect_us(p))
        p->trust_us = 0;
    else if (p->trust_us != 0 && now >= p->trust_us)
        set_suspect(p, false);
}

static uint64_t
path_due_us(const struct link_path *p, uint64_t now)
{
    uint64_t due = p->next_ping_us;
    if (p->waiting_us != 0 && !p->is_suspect)
        due = MIN(due, p->waiting_us + suspect_us(p));
    if (p->waiting_us != 0)
        due = MIN(due, p->waiting_us + ds_link_ms(DS_LINK_PATH_DEAD_MS));
    if (p->trust_us != 0)
        due = MIN(due, p->trust_us);
    if (p->wants_ack && p->ack_due_us > now)
        due = MIN(due, p->ack_due_us);
    if (!p->is_validated)
        due = MIN(due, p->validate_us);
    if (p->is_held_back)
        due = MIN(due, MAX(ds_rate_due_us(&p->rate), now));
    return due;
}

/* This program did not run for a while, and neither did what would have read the answers. */
static void
forgive(struct link_path *p, uint64_t now)
{
    if (p->waiting_us != 0)
        p->waiting_us = p->answer_us = now;
    p->validate_us = MAX(p->validate_us, now + ds_link_ms(DS_LINK_PATH_DEAD_MS));
    ds_link_ping(p);
}

static void
set_timer(struct ds_link *link, uint64_t now)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < link->n_paths; i++)
        due = MIN(due, path_due_us(link->paths[i], now));
    if (ds_link_is_ending(link))
        due = MIN(due, link->close_by_us);
    if (due != UINT64_MAX)
        ds_link_timer_set(&link->timer, due);
}

void
ds_link_on_timer(void *arg, uint64_t due_us)
{
    struct ds_link *link = arg;
    uint64_t now = ds_clock_us();
    bool is_late = now > due_us + ds_link_ms(DS_LINK_LATE_MS);

    ds_link_hold(link);
    for (size_t i = link->n_paths; i-- > 0 && !ds_link_is_dead(link);) {
        struct link_path *p = link->paths[i];
        if (is_late)
            forgive(p, now);
        if (p->is_dropped)
            ds_link_remove_path(p);
        else
            check_path(p, now);
    }
    if (link->is_handed_over && link->n_paths > 0 && !ds_link_is_dead(link))
        ds_link_choose(link);
    link->is_handed_over = false;
    ds_link_end_if_over(link, now);
    if (!ds_link_is_dead(link))
        set_timer(link, now);
    ds_link_release(link);
}
