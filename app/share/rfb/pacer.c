/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/pacer.h"

#include <string.h>

#define US_PER_S 1000000u

enum {
    AHEAD_US = 14000,     /* send so long before the queue runs dry */
    LATE_US = 30000,      /* an acknowledgement may be late by that and a quarter RTT, */
    LATE_MAX_US = 100000, /* and as much as others were, up to that */
    WINDOW_BASE = 64 * 1024,
    WINDOW_UPDATES = 2,
    WINDOW_UNKNOWN = 16 * 1024, /* of a path whose rate is not known */
    GUESS_MAX = 1000 * 1000,    /* bytes per second, of such a path */
    SMALL_BYTES = 4096,         /* what takes a queue no time worth speaking of */
    RTT_PERIOD_US = 15 * 1000000,
    RTT_OTHER_US = 10000, /* a round trip that is longer by that and a quarter is another one */
    PROBE_PAUSE_US = 1000000,
    PROBE_PAUSE_RTTS = 10,
    SILENT_US = 2 * 1000000, /* a viewer that takes longer does not acknowledge any more */
};

void
ds_pacer_init(struct ds_pacer *pacer)
{
    memset(pacer, 0, sizeof *pacer);
}

uint64_t
ds_pacer_bandwidth(const struct ds_pacer *pacer)
{
    return pacer->delivery.bytes_per_s;
}

uint64_t
ds_pacer_min_rtt(const struct ds_pacer *pacer)
{
    const uint64_t *rtt = pacer->rtt_us;
    if (rtt[0] == 0 || rtt[1] == 0)
        return rtt[0] + rtt[1];
    return rtt[0] < rtt[1] ? rtt[0] : rtt[1];
}

/* The round trip is at most that. */
static void
bound_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    if (now_us - pacer->rtt_period_us > RTT_PERIOD_US) {
        pacer->rtt_us[1] = pacer->rtt_us[0];
        pacer->rtt_us[0] = 0;
        pacer->rtt_period_us = now_us;
    }
    if (rtt_us > 0 && (pacer->rtt_us[0] == 0 || rtt_us < pacer->rtt_us[0]))
        pacer->rtt_us[0] = rtt_us;
}

void
ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    bound_rtt(pacer, now_us, rtt_us);
    pacer->rtt_sure_us = now_us;
}

static void
set_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    pacer->rtt_us[0] = rtt_us;
    pacer->rtt_us[1] = 0;
    pacer->rtt_period_us = now_us;
    pacer->rtt_sure_us = rtt_us > 0 ? now_us : 0;
}

/* How long the queue works on so many bytes. */
static uint64_t
duration_us(const struct ds_pacer *pacer, uint64_t bytes)
{
    uint64_t rate = pacer->delivery.bytes_per_s;
    return rate > 0 ? bytes * US_PER_S / rate : 0;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t
flying_bytes(const struct ds_pacer *pacer)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < pacer->flying; i++)
        bytes += pacer->flight[i].bytes;
    return bytes;
}

/* The queue was empty at `free_us`, but for what is in flight. */
static void
foresee(struct ds_pacer *pacer, uint64_t free_us)
{
    pacer->done_us = free_us;
    for (size_t i = 0; i < pacer->flying; i++)
        pacer->done_us = later(pacer->done_us, pacer->flight[i].sent_us) +
                         duration_us(pacer, pacer->flight[i].bytes);
}

void
ds_pacer_path(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    for (size_t i = 0; i < pacer->flying; i++) {
        pacer->flight[i].sent_us = now_us;
        pacer->flight[i].is_lost = true;
    }
    set_rtt(pacer, now_us, rtt_us);
    ds_delivery_forget(&pacer->delivery, GUESS_MAX);
    pacer->is_doubted = true;
    pacer->probed_us = 0;
    foresee(pacer, now_us);
}

/* Nothing was heard of what is in flight for so long that it may never be acknowledged. */
static uint64_t
silent_from_us(const struct ds_pacer *pacer)
{
    return later(pacer->last_ack_us, pacer->flight[0].sent_us) + SILENT_US;
}

static bool
is_silent(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->flying > 0 && now_us >= silent_from_us(pacer);
}

static void
drop_oldest(struct ds_pacer *pacer)
{
    memmove(pacer->flight, pacer->flight + 1, --pacer->flying * sizeof pacer->flight[0]);
}

static void
add_flight(struct ds_pacer *pacer, const struct ds_pacer_update *update)
{
    pacer->is_pulled = pacer->is_pulled || is_silent(pacer, update->sent_us);
    pacer->has_asked = false;
    if (pacer->flying == DS_PACER_FLIGHT_MAX) /* of a viewer that asks, and does not acknowledge */
        drop_oldest(pacer);
    pacer->flight[pacer->flying++] = *update;
    pacer->done_us = later(pacer->done_us, update->sent_us) + duration_us(pacer, update->bytes);
}

void
ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes)
{
    add_flight(
            pacer, &(struct ds_pacer_update){
                           .sent_us = now_us, .bytes = bytes, .ahead_bytes = flying_bytes(pacer)});
}

void
ds_pacer_sent_probe(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes)
{
    add_flight(
            pacer, &(struct ds_pacer_update){.sent_us = now_us, .bytes = bytes, .is_probe = true});
    pacer->probed_us = now_us;
    pacer->is_doubted = false;
    pacer->best_rate = 0;
}

/* The answer to a probe is the round trip. One that has become longer made the queue look slow. */
static void
take_probe(struct ds_pacer *pacer, uint64_t now_us, uint64_t took_us)
{
    uint64_t rtt_us = ds_pacer_min_rtt(pacer);
    if (took_us > rtt_us + RTT_OTHER_US + rtt_us / 4) {
        set_rtt(pacer, now_us, took_us);
        ds_delivery_forget(&pacer->delivery, UINT64_MAX);
    } else {
        ds_pacer_rtt(pacer, now_us, took_us);
    }
}

/*
 * It took one round trip at most. Taking off what its bytes may have taken would let a wrong rate
 * make a wrong round trip, and stay.
 */
static void
take_round_trip(struct ds_pacer *pacer, uint64_t now_us, const struct ds_pacer_update *update)
{
    uint64_t took_us = now_us - update->sent_us;
    uint64_t rtt_us = ds_pacer_min_rtt(pacer);

    if (update->is_probe) {
        take_probe(pacer, now_us, took_us);
    } else if (update->ahead_bytes + update->bytes < SMALL_BYTES) {
        ds_pacer_rtt(pacer, now_us, took_us);
    } else if (rtt_us == 0 || took_us < rtt_us) {
        pacer->is_doubted = pacer->is_doubted || took_us + RTT_OTHER_US < rtt_us;
        bound_rtt(pacer, now_us, took_us);
    }
}

/* When a rate falls so far, the round trip may have risen instead. */
static void
doubt_fall(struct ds_pacer *pacer)
{
    uint64_t rate = pacer->delivery.bytes_per_s;
    pacer->best_rate = later(pacer->best_rate, rate);
    if (rate < pacer->best_rate * 2 / 3)
        pacer->is_doubted = true;
}

/* When the acknowledgement of the oldest update is to be here. */
static uint64_t
expected_us(const struct ds_pacer *pacer, const struct ds_pacer_update *oldest)
{
    return later(pacer->last_ack_us, oldest->sent_us + ds_pacer_min_rtt(pacer)) +
           duration_us(pacer, oldest->bytes);
}

/* Some viewers, and radio links, let acknowledgements wait for each other. */
static void
take_lateness(struct ds_pacer *pacer, uint64_t now_us, const struct ds_pacer_update *update)
{
    uint64_t due_us = expected_us(pacer, update);
    uint64_t late_us = now_us > due_us ? now_us - due_us : 0;
    late_us = late_us < LATE_MAX_US ? late_us : LATE_MAX_US;
    pacer->late_us = (3 * pacer->late_us + late_us) / 4;
}

static void
take_acknowledgement(struct ds_pacer *pacer, uint64_t now_us)
{
    const struct ds_pacer_update update = pacer->flight[0];

    drop_oldest(pacer);
    if (!update.is_lost) {
        take_lateness(pacer, now_us, &update);
        take_round_trip(pacer, now_us, &update);
        uint64_t began_us = later(pacer->last_ack_us, update.sent_us + ds_pacer_min_rtt(pacer));
        ds_delivery_add(
                &pacer->delivery, now_us, update.bytes, now_us > began_us ? now_us - began_us : 0);
        doubt_fall(pacer);
    }
    pacer->last_ack_us = now_us;
    uint64_t rtt_us = ds_pacer_min_rtt(pacer);
    foresee(pacer, now_us > rtt_us ? now_us - rtt_us : 0);
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

/* What is in flight must fit twice the path's own content and two updates more. */
static bool
window_is_full(const struct ds_pacer *pacer)
{
    uint64_t bytes = flying_bytes(pacer);
    uint64_t window = 2 * pacer->delivery.bytes_per_s * ds_pacer_min_rtt(pacer) / US_PER_S +
                      WINDOW_UPDATES * bytes / pacer->flying + WINDOW_BASE;
    return bytes > window;
}

/* Is the oldest acknowledgement so late that the measured rate cannot be true any more? */
static bool
is_overdue(const struct ds_pacer *pacer, uint64_t now_us)
{
    uint64_t late_us = LATE_US + ds_pacer_min_rtt(pacer) / 4 + pacer->late_us;
    return now_us > expected_us(pacer, &pacer->flight[0]) + late_us;
}

static bool
probe_is_due(const struct ds_pacer *pacer, uint64_t now_us)
{
    uint64_t pause_us = later(PROBE_PAUSE_US, PROBE_PAUSE_RTTS * ds_pacer_min_rtt(pacer));
    if (pacer->is_doubted && now_us - pacer->probed_us >= pause_us)
        return true;
    return now_us - later(pacer->rtt_sure_us, pacer->probed_us) >= RTT_PERIOD_US;
}

bool
ds_pacer_wants_probe(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->is_driven && pacer->flying == 0 && probe_is_due(pacer, now_us);
}

/* A viewer that acknowledges nothing gets what it asks for. */
static bool
may_answer(const struct ds_pacer *pacer, uint64_t now_us)
{
    return pacer->has_asked && (!pacer->is_driven || pacer->is_pulled || is_silent(pacer, now_us));
}

/* Does what is in flight leave the path room for more, as far as is known of it? */
static bool
has_room(const struct ds_pacer *pacer, uint64_t now_us)
{
    if (pacer->flying == DS_PACER_FLIGHT_MAX || is_silent(pacer, now_us) ||
            probe_is_due(pacer, now_us))
        return false;
    if (!ds_delivery_is_known(&pacer->delivery, now_us))
        return flying_bytes(pacer) < WINDOW_UNKNOWN;
    return !window_is_full(pacer) && !is_overdue(pacer, now_us);
}

bool
ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us)
{
    *next_us = UINT64_MAX;
    if (may_answer(pacer, now_us))
        return true;
    if (!pacer->is_driven || pacer->is_pulled)
        return false;
    if (pacer->flying == 0)
        return true;
    if (pacer->has_asked)
        *next_us = silent_from_us(pacer);
    if (!has_room(pacer, now_us))
        return false;
    if (now_us + AHEAD_US >= pacer->done_us)
        return true;
    *next_us = pacer->done_us - AHEAD_US;
    return false;
}
