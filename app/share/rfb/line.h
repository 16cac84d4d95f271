/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_LINE_H
#define DS_APP_SHARE_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "app/share/rfb/delivery.h"

/*
 * What is known of the way to a viewer, or to several whose bytes go the same way: one queue with a
 * rate, and a smallest round trip behind it, both measured by acknowledgements.
 *
 * One update cannot tell a long round trip from a slow queue. So where one of them is in doubt, an
 * update is sent into the empty line behind a probe, which is so small that its acknowledgement is
 * one round trip late, and that of the update as much later as the queue took for it.
 *
 * Pure: the clock is given, in microseconds that only rise. Any one thread.
 */
struct ds_line {
    LIST_HEAD(ds_line_pacers, ds_pacer) pacers; /* of the viewers on it: pacer.h */
    struct ds_delivery delivery;
    uint64_t updates;   /* that were sent, of all viewers */
    uint64_t best_rate; /* bytes per second, since the last probe */
    uint64_t last_ack_us;
    uint64_t done_us;       /* when the queue will have sent everything */
    uint64_t rtt_us[2];     /* the smallest of this period, and of the one before; 0: none */
    uint64_t rtt_period_us; /* when this period began */
    uint64_t rtt_sure_us;   /* when the round trip was measured without a queue, 0: never */
    uint64_t probed_us;     /* when the last probe was sent, 0: never */
    bool is_doubted;        /* another path or a fall of the rate: a probe is to be sent */
    unsigned idle_doubts;   /* in a row, for which there was no reason */
};

/* An update on the line. */
struct ds_line_update {
    uint64_t number; /* on its line, from 1 */
    uint64_t sent_us;
    uint64_t bytes;
    uint64_t ahead_bytes; /* what was in flight when it was sent */
    bool is_probe;
    bool is_lost; /* sent on another path, or its viewer was not heard: it measures nothing */
};

/** Begin with nothing known and nobody there. */
void ds_line_init(struct ds_line *line);

/** Take a round trip that was measured without a queue, in microseconds, at `now_us`. */
void ds_line_rtt(struct ds_line *line, uint64_t now_us, uint64_t rtt_us);

/**
 * It is another line from now on, of which the round trip may be known, in microseconds (0: it is
 * not), and the rate is no more than a careful guess.
 */
void ds_line_change(struct ds_line *line, uint64_t now_us, uint64_t rtt_us);

/** Return the smallest round trip of the last half minute in microseconds, 0: not known yet. */
uint64_t ds_line_min_rtt(const struct ds_line *line);

/** Return how many bytes a second it carries: measured, or a guess; 0: not known. */
uint64_t ds_line_bandwidth(const struct ds_line *line);

/** Say whether that was measured, and not too long ago to be true still. */
bool ds_line_is_known(const struct ds_line *line, uint64_t now_us);

/** Return how long the queue works on so many bytes, in microseconds. */
uint64_t ds_line_duration_us(const struct ds_line *line, uint64_t bytes);

/** Return when the acknowledgement of the update that is the next to be acknowledged is expected.
 */
uint64_t ds_line_expected_us(const struct ds_line *line, const struct ds_line_update *update);

/** Take an acknowledgement, at `now_us`, and learn from it. */
void ds_line_acked(struct ds_line *line, uint64_t now_us, const struct ds_line_update *update);

/** Say whether a probe is due, for which the line has to be empty. */
bool ds_line_probe_is_due(const struct ds_line *line, uint64_t now_us);

/** A probe was sent. */
void ds_line_probed(struct ds_line *line, uint64_t now_us);

#endif
