/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/link/rate.h"

#include "net/base/limits.h"
#include "net/base/minmax.h"
#include "net/link/timer.h"

/* A picture may fill the window once; only where there is always something to send it is spread. */
enum { PACED_ROUNDS = 2 };

static bool
min_rtt_is_old(const struct ds_rate *rate, uint64_t now_us)
{
    return rate->min_rtt_us != 0 && now_us - rate->min_rtt_at_us > ds_link_ms(DS_LINK_RTT_MIN_MS);
}

static void
set_min_rtt(struct ds_rate *rate, uint64_t now_us, uint64_t rtt_us)
{
    rate->min_rtt_us = rtt_us;
    rate->min_rtt_at_us = now_us;
    rate->is_probing = false;
}

/* Source: RFC 6298, 2: SRTT with alpha 1/8. */
static void
add_rtt(struct ds_rate *rate, uint64_t now_us, uint64_t rtt_us)
{
    rtt_us = MAX(rtt_us, 1);
    rate->srtt_us = rate->srtt_us == 0 ? rtt_us : (7 * rate->srtt_us + rtt_us) / 8;
    if (rate->min_rtt_us == 0 || rtt_us <= rate->min_rtt_us)
        set_min_rtt(rate, now_us, rtt_us);
}

static void
add_sample(struct ds_rate *rate, uint64_t bps)
{
    rate->was_limited = rate->is_round_limited;
    rate->full_rounds = rate->is_round_limited ? 0 : rate->full_rounds + 1;
    if (rate->is_round_limited) {
        rate->lower_bps = MAX(rate->lower_bps, bps);
        return;
    }
    /* A quarter more was in flight, and an eighth more came: there is more to be had. */
    rate->is_grown = bps <= ds_rate_bps(rate) / 8 * 9;
    rate->samples_bps[rate->samples++ % DS_RATE_ROUNDS] = bps;
    /* The path was full: what it showed before counts for as long as the other samples. */
    if (rate->samples % DS_RATE_ROUNDS == 0)
        rate->lower_bps = 0;
}

/* So little that a queue of it does not show. */
static uint64_t
probe_window(const struct ds_rate *rate)
{
    return (uint64_t)2 * ds_rate_record(rate);
}

void
ds_rate_sent(struct ds_rate *rate, uint64_t now_us, uint64_t acked, uint64_t end)
{
    /*
     * More is in flight than the path holds when there is enough to send, so a queue stands
     * somewhere on the way and hides a round trip that grew or shrank. For one round too little is
     * sent.
     */
    if (!rate->is_probing && min_rtt_is_old(rate, now_us)) {
        rate->is_probing = true;
        rate->is_round = false;
    }
    rate->sent = end;
    rate->acked = acked;
    if (acked < rate->clean_from)
        return;
    if (rate->is_round || (rate->is_probing && end - acked > probe_window(rate)))
        return;
    rate->is_round = true;
    rate->is_round_limited = rate->is_probing;
    rate->round_us = now_us;
    rate->round_start = acked;
    rate->round_end = end;
}

void
ds_rate_acked(struct ds_rate *rate, uint64_t now_us, uint64_t acked)
{
    rate->acked = MAX(rate->acked, acked);
    if (!rate->is_round || acked < rate->round_end)
        return;
    uint64_t took_us = MAX(now_us - rate->round_us, 1);
    add_sample(rate, (acked - rate->round_start) * 1000000u / took_us);
    if (rate->is_probing)
        set_min_rtt(rate, now_us, took_us);
    rate->is_settling = rate->is_settling && took_us < rate->min_rtt_us / 8 * 7;
    add_rtt(rate, now_us, took_us);
    rate->is_round = false;
}

void
ds_rate_starved(struct ds_rate *rate)
{
    rate->is_round_limited = true;
}

bool
ds_rate_is_starved(const struct ds_rate *rate)
{
    return rate->was_limited || rate->is_round_limited;
}

void
ds_rate_rtt(struct ds_rate *rate, uint64_t now_us, uint64_t rtt_us)
{
    if (min_rtt_is_old(rate, now_us) && rate->acked >= rate->sent)
        set_min_rtt(rate, now_us, MAX(rtt_us, 1)); /* nothing of ours was in its way */
    add_rtt(rate, now_us, rtt_us);
}

void
ds_rate_pace(struct ds_rate *rate, uint64_t now_us, uint64_t bytes)
{
    uint64_t late_us = ds_link_ms(DS_LINK_PACE_MS);
    bool is_full = (rate->is_grown && rate->full_rounds >= PACED_ROUNDS) || rate->is_settling;
    if (!is_full || ds_rate_is_starved(rate) || rate->min_rtt_us == 0) {
        rate->next_us = 0;
        return;
    }
    rate->next_us = MAX(rate->next_us, now_us - MIN(late_us, now_us)) +
                    bytes * rate->min_rtt_us / ds_rate_window(rate) * 4 / 5;
}

uint64_t
ds_rate_due_us(const struct ds_rate *rate)
{
    uint64_t early_us = ds_link_ms(DS_LINK_PACE_MS);
    return rate->next_us - MIN(rate->next_us, early_us);
}

void
ds_rate_break(struct ds_rate *rate)
{
    rate->is_round = false;
    rate->sent = rate->acked;
}

void
ds_rate_expect(struct ds_rate *rate, uint64_t bps)
{
    rate->expected_bps = bps;
}

void
ds_rate_settle(struct ds_rate *rate, uint64_t end)
{
    rate->is_round = false;
    rate->is_settling = true;
    rate->clean_from = end;
}

uint64_t
ds_rate_bps(const struct ds_rate *rate)
{
    uint64_t best = rate->samples > 0 ? rate->lower_bps : 0;
    if (rate->samples < DS_RATE_ROUNDS)
        best = MAX(best, rate->expected_bps);
    for (unsigned i = 0; i < MIN(rate->samples, DS_RATE_ROUNDS); i++)
        best = MAX(best, rate->samples_bps[i]);
    return best;
}

uint64_t
ds_rate_window(const struct ds_rate *rate)
{
    if (rate->is_probing)
        return probe_window(rate);
    uint64_t bps = ds_rate_bps(rate);
    /* Not more than is ever kept: the product cannot overflow then. */
    if (rate->min_rtt_us > 0 && bps > DS_LINK_REPLAY_MAX * 800000ull / rate->min_rtt_us)
        return DS_LINK_REPLAY_MAX;
    uint64_t carried = bps * rate->min_rtt_us / 1000000u;
    if (rate->is_settling && carried / 4 * 3 > DS_LINK_WINDOW_BASE)
        return carried / 4 * 3;
    /* A quarter more shows whether the path carries more; then it would stand in a queue. */
    return carried + (rate->is_grown ? 0 : carried / 4) + DS_LINK_WINDOW_BASE;
}

size_t
ds_rate_record(const struct ds_rate *rate)
{
    uint64_t bps = ds_rate_bps(rate);
    if (bps == 0)
        return DS_PATH_RECORD_MAX;
    uint64_t bytes = bps / 1000 * DS_LINK_RECORD_MS;
    return (size_t)MIN(MAX(bytes, DS_LINK_RECORD_MIN), DS_PATH_RECORD_MAX);
}
