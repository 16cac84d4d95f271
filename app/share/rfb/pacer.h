/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_PACER_H
#define DS_APP_SHARE_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/share/rfb/delivery.h"

/*
 * Says when a viewer may be sent its next update, so that the path is never idle and nothing queues
 * up on it. The path is thought of as one queue with a rate and a smallest round trip, both
 * measured by acknowledgements: a viewer asks for the next update when it has decoded one.
 *
 * One update cannot tell a long round trip from a slow queue. So where one of them is in doubt, an
 * update is sent into the empty path behind a probe, which is so small that its acknowledgement is
 * one round trip late, and that of the update as much later as the queue took for it.
 *
 * A viewer that does not acknowledge gets what it asks for, one by one. Pure: the clock is given,
 * in microseconds that only rise. Any one thread.
 */
enum { DS_PACER_FLIGHT_MAX = 64 };

struct ds_pacer_update {
    uint64_t sent_us;
    uint64_t bytes;
    uint64_t ahead_bytes; /* what was in flight when it was sent */
    bool is_probe;
    bool is_lost; /* it was sent on another path, and measures none */
};

struct ds_pacer {
    struct ds_pacer_update flight[DS_PACER_FLIGHT_MAX]; /* not acknowledged, the oldest first */
    size_t flying;
    struct ds_delivery delivery;
    uint64_t best_rate; /* bytes per second, since the last probe */
    uint64_t last_ack_us;
    uint64_t late_us;       /* how late acknowledgements are, smoothed */
    uint64_t done_us;       /* when the queue will have sent everything */
    uint64_t rtt_us[2];     /* the smallest of this period, and of the one before; 0: none */
    uint64_t rtt_period_us; /* when this period began */
    uint64_t rtt_sure_us;   /* when the round trip was measured without a queue, 0: never */
    uint64_t probed_us;     /* when the last probe was sent, 0: never */
    bool is_doubted;        /* another path or a fall of the rate: a probe is to be sent */
    bool is_driven;         /* the viewer has shown that it acknowledges */
    bool is_pulled;         /* it stopped: until it has caught up it gets what it asks for */
    bool has_asked;         /* for an update that it has not got */
};

/** Begin with nothing known and nothing sent. */
void ds_pacer_init(struct ds_pacer *pacer);

/** Take a round trip that was measured otherwise, in microseconds, at `now_us`. */
void ds_pacer_rtt(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us);

/**
 * Another path carries the updates from now on; what is in flight is sent again there. `rtt_us` is
 * its round trip in microseconds, 0: not known.
 */
void ds_pacer_path(struct ds_pacer *pacer, uint64_t now_us, uint64_t rtt_us);

/** An update of `bytes` was sent. */
void ds_pacer_sent(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes);

/** A probe of `bytes` was sent: a whole update of next to nothing. */
void ds_pacer_sent_probe(struct ds_pacer *pacer, uint64_t now_us, uint64_t bytes);

/**
 * The viewer asked for an update. That acknowledges the oldest one in flight, if there is one.
 */
void ds_pacer_asked(struct ds_pacer *pacer, uint64_t now_us);

/**
 * Say whether an update may be sent. If not, `*next_us` is when to ask again, UINT64_MAX: not
 * before the viewer asks.
 */
bool ds_pacer_may_send(const struct ds_pacer *pacer, uint64_t now_us, uint64_t *next_us);

/** Say whether the update that may be sent now should follow a probe. */
bool ds_pacer_wants_probe(const struct ds_pacer *pacer, uint64_t now_us);

/**
 * Return what the path carries, in bytes per second: measured, or after a change of paths a careful
 * guess; 0: not known.
 */
uint64_t ds_pacer_bandwidth(const struct ds_pacer *pacer);

/** Return the smallest round trip of the last half minute in microseconds, 0: not known yet. */
uint64_t ds_pacer_min_rtt(const struct ds_pacer *pacer);

#endif
