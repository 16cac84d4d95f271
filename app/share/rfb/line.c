/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/line.h"

#include <string.h>

#define US_PER_S 1000000u
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN(a, b) ((a) < (b) ? (a) : (b))

enum {
    GUESS_MAX = 1000 * 1000, /* bytes per second, of a path whose rate is not known */
    SMALL_BYTES = 4096,      /* what takes a queue no time worth speaking of, */
    SMALL_US = 10000,        /* unless it is known that it takes as much as that */
    RTT_PERIOD_US = 15 * 1000000,
    RTT_OTHER_US = 10000, /* a round trip that is longer by that and a quarter is another one */
    PROBE_PAUSE_US = 1000000,
    PROBE_PAUSE_RTTS = 10,
    IDLE_DOUBTS_MAX = 3, /* each doubles the pause */
};

void
ds_line_init(struct ds_line *line)
{
    memset(line, 0, sizeof *line);
    LIST_INIT(&line->pacers);
}

uint64_t
ds_line_bandwidth(const struct ds_line *line)
{
    return line->delivery.bytes_per_s;
}

bool
ds_line_is_known(const struct ds_line *line, uint64_t now_us)
{
    return ds_delivery_is_known(&line->delivery, now_us);
}

uint64_t
ds_line_duration_us(const struct ds_line *line, uint64_t bytes)
{
    uint64_t rate = ds_line_bandwidth(line);
    return rate > 0 ? bytes * US_PER_S / rate : 0;
}

uint64_t
ds_line_min_rtt(const struct ds_line *line)
{
    const uint64_t *rtt = line->rtt_us;
    if (rtt[0] == 0 || rtt[1] == 0)
        return rtt[0] + rtt[1];
    return rtt[0] < rtt[1] ? rtt[0] : rtt[1];
}

/* The round trip is at most that. */
static void
bound_rtt(struct ds_line *line, uint64_t now_us, uint64_t rtt_us)
{
    if (now_us - line->rtt_period_us > RTT_PERIOD_US) {
        line->rtt_us[1] = line->rtt_us[0];
        line->rtt_us[0] = 0;
        line->rtt_period_us = now_us;
    }
    if (rtt_us > 0 && (line->rtt_us[0] == 0 || rtt_us < line->rtt_us[0]))
        line->rtt_us[0] = rtt_us;
}

void
ds_line_rtt(struct ds_line *line, uint64_t now_us, uint64_t rtt_us)
{
    bound_rtt(line, now_us, rtt_us);
    line->rtt_sure_us = now_us;
}

static void
set_rtt(struct ds_line *line, uint64_t now_us, uint64_t rtt_us)
{
    line->rtt_us[0] = rtt_us;
    line->rtt_us[1] = 0;
    line->rtt_period_us = now_us;
    line->rtt_sure_us = rtt_us > 0 ? now_us : 0;
}

void
ds_line_change(struct ds_line *line, uint64_t now_us, uint64_t rtt_us)
{
    set_rtt(line, now_us, rtt_us);
    ds_delivery_forget(&line->delivery, GUESS_MAX);
    line->is_doubted = true;
    line->idle_doubts = 0;
    line->probed_us = 0;
}

/*
 * The answer to a probe is the round trip. One that has become longer made the queue look slow.
 * Else it may be computers that are busy, and answer late: a line that is emptied again and again
 * for those carries less.
 */
static void
take_probe(struct ds_line *line, uint64_t now_us, uint64_t took_us)
{
    uint64_t rtt_us = ds_line_min_rtt(line);
    if (took_us > rtt_us + RTT_OTHER_US + rtt_us / 4) {
        set_rtt(line, now_us, took_us);
        ds_delivery_forget(&line->delivery, UINT64_MAX);
        line->idle_doubts = 0;
    } else {
        ds_line_rtt(line, now_us, took_us);
        line->idle_doubts = MIN(line->idle_doubts + 1, IDLE_DOUBTS_MAX);
    }
}

/* Its acknowledgement tells the round trip; that of any other update tells the rate. */
static bool
is_small(const struct ds_line *line, uint64_t bytes)
{
    return bytes < SMALL_BYTES && ds_line_duration_us(line, bytes) < SMALL_US;
}

/*
 * It took one round trip at most. Taking off what its bytes may have taken would let a wrong rate
 * make a wrong round trip, and stay.
 */
static void
take_round_trip(struct ds_line *line, uint64_t now_us, const struct ds_line_update *update)
{
    uint64_t took_us = now_us - update->sent_us;
    uint64_t rtt_us = ds_line_min_rtt(line);

    if (update->is_probe) {
        take_probe(line, now_us, took_us);
    } else if (is_small(line, update->ahead_bytes + update->bytes)) {
        ds_line_rtt(line, now_us, took_us);
    } else if (rtt_us == 0 || took_us < rtt_us) {
        line->is_doubted = line->is_doubted || took_us + RTT_OTHER_US < rtt_us;
        bound_rtt(line, now_us, took_us);
    }
}

/* When a rate falls so far, the round trip may have risen instead. */
static void
doubt_fall(struct ds_line *line)
{
    uint64_t rate = ds_line_bandwidth(line);
    line->best_rate = MAX(line->best_rate, rate);
    if (rate < line->best_rate * 2 / 3)
        line->is_doubted = true;
}

/* When the queue began with it. */
static uint64_t
began_us(const struct ds_line *line, const struct ds_line_update *update)
{
    return MAX(line->last_ack_us, update->sent_us + ds_line_min_rtt(line));
}

uint64_t
ds_line_expected_us(const struct ds_line *line, const struct ds_line_update *update)
{
    return began_us(line, update) + ds_line_duration_us(line, update->bytes);
}

static void
take_rate(struct ds_line *line, uint64_t now_us, const struct ds_line_update *update)
{
    uint64_t from_us = began_us(line, update);
    if (is_small(line, update->bytes))
        return;
    ds_delivery_add(
            &line->delivery, now_us, update->bytes, now_us > from_us ? now_us - from_us : 0);
    doubt_fall(line);
}

void
ds_line_acked(struct ds_line *line, uint64_t now_us, const struct ds_line_update *update)
{
    if (!update->is_lost) {
        take_round_trip(line, now_us, update);
        take_rate(line, now_us, update);
    }
    line->last_ack_us = now_us;
}

bool
ds_line_probe_is_due(const struct ds_line *line, uint64_t now_us)
{
    uint64_t pause_us = MAX(PROBE_PAUSE_US, PROBE_PAUSE_RTTS * ds_line_min_rtt(line));
    if (line->is_doubted && now_us - line->probed_us >= pause_us << line->idle_doubts)
        return true;
    return now_us - MAX(line->rtt_sure_us, line->probed_us) >= RTT_PERIOD_US;
}

void
ds_line_probed(struct ds_line *line, uint64_t now_us)
{
    line->probed_us = now_us;
    line->is_doubted = false;
    line->best_rate = 0;
}
