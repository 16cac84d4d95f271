/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/pacer.h"

#include <string.h>

#define US_PER_S 1000000u

enum {
    AHEAD_US = 15000, /* send so long before the queue runs dry */
    LATE_US = 30000,  /* an acknowledgement may be late by that and a quarter RTT */
    SAMPLE_AGE_US = 1000000,
    SAMPLE_BYTES_MIN = 4096, /* smaller ones measure the clock */
    WINDOW_BASE = 64 * 1024,
    WINDOW_UPDATES = 2,
    RTT_PERIOD_US = 15 * 1000000,
};

void
ds_pacer_init(struct ds_pacer *pacer)
{
    memset(pacer, 0, sizeof *pacer);
}

uint64_t
ds_pacer_bandwidth(const struct ds_pacer *pacer)
{
    return pacer->bandwidth_bps;
}

uint64_t
ds_pacer_min_rtt(const struct ds_pacer *pacer)
{
    const uint64_t *rtt = pacer->rtt_us;
    if (rtt[0] == 0 || rtt[1] == 0)
        return rtt[0] + rtt[1];
    return rtt[0] < rtt[1] ? rtt[0] : rtt[1];
}

void
ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us)
{
    if (now_us - pacer->rtt_period_us > RTT_PERIOD_US) {
        pacer->rtt_us[1] = pacer->rtt_us[0];
        pacer->rtt_us[0] = 0;
        pacer->rtt_period_us = now_us;
    }
    if (rtt_us > 0 && (pacer->rtt_us[0] == 0 || rtt_us < pacer->rtt_us[0]))
        pacer->rtt_us[0] = rtt_us;
}

/* How long the queue works on so many bytes. */
static uint64_t
duration_us(const struct ds_pacer *pacer, uint64_t bytes)
{
    return pacer->bandwidth_bps > 0 ? bytes * US_PER_S / pacer->bandwidth_bps : 0;
}

static uint64_t
later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void
ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes)
{
    if (pacer->flying == DS_PACER_FLIGHT_MAX)
        return; /* ds_pacer_may_send() said no */
    pacer->flight[pacer->flying++] = (struct ds_pacer_update){.sent_us = now_us, .bytes = bytes};
    pacer->done_us = later(pacer->done_us, now_us) + duration_us(pacer, bytes);
}

static void
measure_bandwidth(struct ds_pacer *pacer, uint64_t now_us)
{
    uint64_t bytes = 0, busy_us = 0;
    for (size_t i = 0; i < DS_PACER_SAMPLES_MAX; i++) {
        const struct ds_pacer_sample *sample = &pacer->samples[i];
        if (sample->bytes > 0 && now_us - sample->acked_us <= SAMPLE_AGE_US) {
            bytes += sample->bytes;
            busy_us += sample->busy_us;
        }
    }
    if (bytes > 0)
        pacer->bandwidth_bps = bytes * US_PER_S / later(busy_us, 1);
}

static void
take_sample(struct ds_pacer *pacer, uint64_t now_us, const struct ds_pacer_update *update)
{
    uint64_t began_us = later(pacer->last_ack_us, update->sent_us + ds_pacer_min_rtt(pacer));
    if (update->bytes < SAMPLE_BYTES_MIN)
        return;
    pacer->samples[pacer->sample_at] = (struct ds_pacer_sample){
            .acked_us = now_us,
            .bytes = update->bytes,
            .busy_us = now_us > began_us ? now_us - began_us : 0,
    };
    pacer->sample_at = (pacer->sample_at + 1) % DS_PACER_SAMPLES_MAX;
    measure_bandwidth(pacer, now_us);
}

void
ds_pacer_acked(struct ds_pacer *pacer, uint64_t now_us)
{
    if (pacer->flying == 0)
        return;
    const struct ds_pacer_update update = pacer->flight[0];
    const uint64_t took_us = now_us - update.sent_us;
    const uint64_t min_us = ds_pacer_min_rtt(pacer);

    /* Alone in the queue and small, it took one round trip; else that much at most. Taking off what
     * its bytes may have taken would let a wrong bandwidth make a wrong round trip, and stay. */
    if (pacer->last_ack_us <= update.sent_us &&
            (update.bytes < SAMPLE_BYTES_MIN || min_us == 0 || took_us < min_us))
        ds_pacer_rtt(pacer, now_us, took_us);
    take_sample(pacer, now_us, &update);
    memmove(pacer->flight, pacer->flight + 1, --pacer->flying * sizeof pacer->flight[0]);
    pacer->last_ack_us = now_us;

    uint64_t rtt_us = ds_pacer_min_rtt(pacer);
    pacer->done_us = now_us > rtt_us ? now_us - rtt_us : 0;
    for (size_t i = 0; i < pacer->flying; i++)
        pacer->done_us = later(pacer->done_us, pacer->flight[i].sent_us) +
                         duration_us(pacer, pacer->flight[i].bytes);
}

/* What is in flight must fit twice the path's own content and two updates more. */
static bool
window_is_full(const struct ds_pacer *pacer)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < pacer->flying; i++)
        bytes += pacer->flight[i].bytes;
    uint64_t window = 2 * pacer->bandwidth_bps * ds_pacer_min_rtt(pacer) / US_PER_S +
                      WINDOW_UPDATES * bytes / pacer->flying + WINDOW_BASE;
    return bytes > window;
}

/* Is the oldest acknowledgement so late that the measured bandwidth cannot be true any more? */
static bool
is_overdue(const struct ds_pacer *pacer, uint64_t now_us)
{
    uint64_t rtt_us = ds_pacer_min_rtt(pacer);
    const struct ds_pacer_update *oldest = &pacer->flight[0];
    uint64_t expected_us =
            later(pacer->last_ack_us, oldest->sent_us + rtt_us) + duration_us(pacer, oldest->bytes);
    return now_us > expected_us + LATE_US + rtt_us / 4;
}

bool
ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us)
{
    *next_us = UINT64_MAX;
    if (pacer->flying == 0)
        return true;
    if (pacer->bandwidth_bps == 0 || pacer->flying == DS_PACER_FLIGHT_MAX ||
            window_is_full(pacer) || is_overdue(pacer, now_us))
        return false;
    if (now_us + AHEAD_US >= pacer->done_us)
        return true;
    *next_us = pacer->done_us - AHEAD_US;
    return false;
}
