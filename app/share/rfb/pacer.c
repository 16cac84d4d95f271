/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/pacer.h"

#include <string.h>

#define US_PER_S 1000000u
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum {
    AHEAD_US = 14000,     /* send so long before the queue runs dry */
    LATE_US = 30000,      /* an acknowledgement may be late by that and a quarter RTT, */
    LATE_MAX_US = 100000, /* and as much as others were, up to that */
    WINDOW_BASE = 64 * 1024,
    WINDOW_UPDATES = 2,
    WINDOW_UNKNOWN = 16 * 1024, /* of a line whose rate is not known */
    SILENT_US = 2 * 1000000,    /* a viewer that takes longer does not acknowledge any more */
    STUCK_US = 500000,          /* nor do others wait longer for one, beside the round trip */
    ACTIVE_US = 500000,         /* who was sent something since then has a part of the line */
};

void
ds_pacer_init(struct ds_pacer *pacer)
{
    memset(pacer, 0, sizeof *pacer);
    ds_line_init(&pacer->own);
    pacer->line = &pacer->own;
    LIST_INSERT_HEAD(&pacer->own.pacers, pacer, on_line);
}

void
ds_pacer_join(struct ds_pacer *pacer, struct ds_line *line)
{
    const struct ds_line *own = &pacer->own;
    LIST_REMOVE(pacer, on_line);
    if (own->rtt_sure_us > 0)
        ds_line_rtt(line, own->rtt_sure_us, ds_line_min_rtt(own));
    pacer->line = line;
    LIST_INSERT_HEAD(&line->pacers, pacer, on_line);
}

void
ds_pacer_leave(struct ds_pacer *pacer)
{
    LIST_REMOVE(pacer, on_line);
}

uint64_t
ds_pacer_min_rtt(const struct ds_pacer *pacer)
{
    return ds_line_min_rtt(pacer->line);
}

uint64_t
ds_pacer_bandwidth(const struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_pacer *other;
    unsigned parts = 1;
    LIST_FOREACH(other, &pacer->line->pacers, on_line)
    {
        parts += other != pacer && other->sent_us > 0 && now_us - other->sent_us < ACTIVE_US;
    }
    return ds_line_bandwidth(pacer->line) / parts;
}

void
ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    ds_line_rtt(pacer->line, now_us, rtt_us);
}

/* When nothing will have been heard for `span_us` of what it has in flight. */
static uint64_t
held_until_us(const struct ds_pacer *pacer, uint64_t span_us)
{
    return MAX(pacer->last_ack_us, pacer->flight[0].sent_us) + span_us;
}

/* Nothing was heard of what is in flight for so long that it may never be acknowledged. */
static uint64_t
silent_from_us(const struct ds_pacer *pacer)
{
    return held_until_us(pacer, SILENT_US);
}

static bool
is_silent(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->flying > 0 && now_us >= silent_from_us(pacer);
}

static uint64_t
stuck_from_us(const struct ds_pacer *pacer)
{
    return held_until_us(pacer, STUCK_US + ds_pacer_min_rtt(pacer));
}

/* Does what another one on the line has in flight still count, for `pacer`? */
static bool
counts_for(const struct ds_pacer *pacer, const struct ds_pacer *other, uint64_t now_us)
{
    return other->flying > 0 && (other == pacer || now_us < stuck_from_us(other));
}

/* What is in flight on the line, in updates and in bytes. */
struct load {
    size_t updates;
    uint64_t bytes;
};

static struct load
load_for(const struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_pacer *other;
    struct load load = {0};
    LIST_FOREACH(other, &pacer->line->pacers, on_line)
    {
        if (!counts_for(pacer, other, now_us))
            continue;
        load.updates += other->flying;
        for (size_t i = 0; i < other->flying; i++)
            load.bytes += other->flight[i].bytes;
    }
    return load;
}

/* The update in flight that was sent next after that of this number; NULL: there is none. */
static const struct ds_line_update *
find_next(const struct ds_pacer *pacer, uint64_t now_us, uint64_t number)
{
    const struct ds_line_update *next = NULL;
    const struct ds_pacer *other;
    LIST_FOREACH(other, &pacer->line->pacers, on_line)
    {
        size_t i = 0;
        while (i < other->flying && other->flight[i].number <= number)
            i++;
        if (i < other->flying && counts_for(pacer, other, now_us) &&
                (next == NULL || other->flight[i].number < next->number))
            next = &other->flight[i];
    }
    return next;
}

/* The queue was empty at `free_us`, but for what is in flight; `pacer` has just been heard. */
static void
foresee(const struct ds_pacer *pacer, uint64_t now_us, uint64_t free_us)
{
    struct ds_line *line = pacer->line;
    const struct ds_line_update *update = NULL;
    line->done_us = free_us;
    while ((update = find_next(pacer, now_us, update != NULL ? update->number : 0)) != NULL)
        line->done_us =
                MAX(line->done_us, update->sent_us) + ds_line_duration_us(line, update->bytes);
}

static void
send_again(struct ds_pacer *pacer, uint64_t now_us)
{
    for (size_t i = 0; i < pacer->flying; i++) {
        pacer->flight[i].sent_us = now_us;
        pacer->flight[i].is_lost = true;
    }
}

void
ds_pacer_rested(struct ds_pacer *pacer)
{
    for (size_t i = 0; i < pacer->flying; i++)
        pacer->flight[i].is_lost = true;
}

void
ds_pacer_path(struct ds_line *line, uint64_t now_us, uint64_t rtt_us)
{
    struct ds_pacer *pacer;
    ds_line_change(line, now_us, rtt_us);
    LIST_FOREACH(pacer, &line->pacers, on_line) { send_again(pacer, now_us); }
    if (!LIST_EMPTY(&line->pacers))
        foresee(LIST_FIRST(&line->pacers), now_us, now_us);
}

static void
drop_oldest(struct ds_pacer *pacer)
{
    memmove(pacer->flight, pacer->flight + 1, --pacer->flying * sizeof pacer->flight[0]);
}

static void
add_flight(struct ds_pacer *pacer, const struct ds_line_update *update)
{
    struct ds_line *line = pacer->line;
    pacer->is_pulled = pacer->is_pulled || is_silent(pacer, update->sent_us);
    pacer->has_asked = false;
    if (pacer->flying == DS_PACER_FLIGHT_MAX) /* of a viewer that asks, and does not acknowledge */
        drop_oldest(pacer);
    pacer->flight[pacer->flying] = *update;
    pacer->flight[pacer->flying++].number = ++line->updates;
    pacer->sent_us = update->sent_us;
    line->done_us = MAX(line->done_us, update->sent_us) + ds_line_duration_us(line, update->bytes);
}

void
ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes)
{
    add_flight(pacer, &(struct ds_line_update){.sent_us = now_us,
                              .bytes = bytes,
                              .ahead_bytes = load_for(pacer, now_us).bytes});
}

void
ds_pacer_sent_probe(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes)
{
    add_flight(
            pacer, &(struct ds_line_update){.sent_us = now_us, .bytes = bytes, .is_probe = true});
    ds_line_probed(pacer->line, now_us);
}

/* Some viewers, and radio links, let acknowledgements wait for each other. */
static void
take_lateness(struct ds_pacer *pacer, uint64_t now_us, const struct ds_line_update *update)
{
    uint64_t due_us = ds_line_expected_us(pacer->line, update);
    uint64_t late_us = now_us > due_us ? now_us - due_us : 0;
    pacer->late_us = (3 * pacer->late_us + MIN(late_us, LATE_MAX_US)) / 4;
}

static void
take_acknowledgement(struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_line_update update = pacer->flight[0];

    drop_oldest(pacer);
    if (!update.is_lost)
        take_lateness(pacer, now_us, &update);
    ds_line_acked(pacer->line, now_us, &update);
    pacer->last_ack_us = now_us;
    uint64_t rtt_us = ds_pacer_min_rtt(pacer);
    foresee(pacer, now_us, now_us > rtt_us ? now_us - rtt_us : 0);
}

void
ds_pacer_asked(struct ds_pacer *pacer, uint64_t now_us)
{
    pacer->has_asked = true;
    if (pacer->flying == 0)
        return;
    take_acknowledgement(pacer, now_us);
    pacer->is_driven = true;
    if (pacer->flying == 0)
        pacer->is_pulled = false;
}

/* What is in flight must fit twice the line's own content and two updates more. */
static bool
window_is_full(const struct ds_pacer *pacer, const struct load *load)
{
    uint64_t carried = ds_line_bandwidth(pacer->line) * ds_pacer_min_rtt(pacer) / US_PER_S;
    uint64_t window = 2 * carried + WINDOW_UPDATES * load->bytes / load->updates + WINDOW_BASE;
    return load->bytes > window;
}

/* How long the queue works on what others have sent before what the viewer has in flight. */
static uint64_t
ahead_us(const struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_line_update *update = NULL;
    uint64_t bytes = 0;
    while ((update = find_next(pacer, now_us, update != NULL ? update->number : 0)) !=
            &pacer->flight[0])
        bytes += update->bytes;
    return ds_line_duration_us(pacer->line, bytes);
}

/* Is the oldest acknowledgement so late that the measured rate cannot be true any more? */
static bool
is_overdue(const struct ds_pacer *pacer, uint64_t now_us)
{
    if (pacer->flying == 0)
        return false;
    uint64_t late_us = LATE_US + ds_pacer_min_rtt(pacer) / 4 + pacer->late_us;
    uint64_t due_us = ds_line_expected_us(pacer->line, &pacer->flight[0]) + ahead_us(pacer, now_us);
    return now_us > due_us + late_us;
}

bool
ds_pacer_wants_probe(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->is_driven && load_for(pacer, now_us).updates == 0 &&
           ds_line_probe_is_due(pacer->line, now_us);
}

/* A viewer that acknowledges nothing gets what it asks for. */
static bool
may_answer(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->has_asked && (!pacer->is_driven || pacer->is_pulled || is_silent(pacer, now_us));
}

/* Does what is in flight leave the line room for more, as far as is known of it? */
static bool
has_room(const struct ds_pacer *pacer, uint64_t now_us, const struct load *load)
{
    if (pacer->flying == DS_PACER_FLIGHT_MAX || is_silent(pacer, now_us) ||
            ds_line_probe_is_due(pacer->line, now_us))
        return false;
    if (!ds_line_is_known(pacer->line, now_us))
        return load->bytes < WINDOW_UNKNOWN;
    return !window_is_full(pacer, load) && !is_overdue(pacer, now_us);
}

/* When something changes for the pacer though nobody acknowledges anything. */
static uint64_t
patience_ends_us(const struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_pacer *other;
    uint64_t end_us = UINT64_MAX;
    if (pacer->has_asked && pacer->flying > 0)
        end_us = silent_from_us(pacer);
    LIST_FOREACH(other, &pacer->line->pacers, on_line)
    {
        if (other != pacer && counts_for(pacer, other, now_us))
            end_us = MIN(end_us, stuck_from_us(other));
    }
    return end_us;
}

bool
ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us)
{
    const struct load load = load_for(pacer, now_us);
    *next_us = UINT64_MAX;
    if (may_answer(pacer, now_us))
        return true;
    if (!pacer->is_driven || pacer->is_pulled)
        return false;
    if (load.updates == 0)
        return true;
    *next_us = patience_ends_us(pacer, now_us);
    if (!has_room(pacer, now_us, &load))
        return false;
    if (now_us + AHEAD_US >= pacer->line->done_us)
        return true;
    *next_us = pacer->line->done_us - AHEAD_US;
    return false;
}
