/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_PACER_H
#define DS_APP_SHARE_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Says when the next update may be sent, so that the path is never idle and nothing queues up on
 * it. The path is thought of as one queue with a bandwidth and a smallest round trip, both measured
 * by the acknowledgements: a viewer asks for the next update when it has decoded one. Pure: the
 * clock is given, in microseconds that only rise. Any one thread.
 */
enum { DS_PACER_FLIGHT_MAX = 64, DS_PACER_SAMPLES_MAX = 64 };

struct ds_pacer_update {
    uint64_t sent_us;
    uint64_t bytes;
};

struct ds_pacer_sample {
    uint64_t acked_us;
    uint64_t bytes;
    uint64_t busy_us; /* how long the queue worked on it */
};

struct ds_pacer {
    struct ds_pacer_update flight[DS_PACER_FLIGHT_MAX]; /* not acknowledged, the oldest first */
    size_t flying;
    struct ds_pacer_sample samples[DS_PACER_SAMPLES_MAX]; /* a ring */
    size_t sample_at;
    uint64_t last_ack_us;
    uint64_t done_us;       /* when the queue will have sent everything */
    uint64_t rtt_us[2];     /* the smallest of this period, and of the one before; 0: none */
    uint64_t rtt_period_us; /* when this period began */
    uint64_t bandwidth_bps; /* bytes per second, 0: not known */
};

/** Begin with nothing known and nothing sent. */
void ds_pacer_init(struct ds_pacer *pacer);

/** Take a round trip that was measured otherwise, in microseconds, at `now_us`. */
void ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us);

/** An update of `bytes` was sent. */
void ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes);

/** The oldest update is acknowledged; nothing happens where none is in flight. */
void ds_pacer_acked(struct ds_pacer *pacer, uint64_t now_us);

/**
 * Say whether an update may be sent. If not, `*next_us` is when to ask again, UINT64_MAX: not
 * before the next acknowledgement.
 */
bool ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us);

/** Return the measured bandwidth in bytes per second, 0: not known yet. */
uint64_t ds_pacer_bandwidth(const struct ds_pacer *pacer);

/** Return the smallest round trip of the last half minute in microseconds, 0: not known yet. */
uint64_t ds_pacer_min_rtt(const struct ds_pacer *pacer);

#endif
