/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_LINK_RATE_H
#define DS_NET_LINK_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What one path can carry, measured by what is acknowledged, and from it how much may be in flight.
 * A round lasts from sending a byte until its acknowledgement: what was acknowledged during it,
 * divided by its time, is one sample of the bandwidth, and its time one of the round trip. The
 * largest of the last rounds counts; one in which the program had nothing to send tells only a
 * lower bound. Source: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue
 * 14(5), 2016. Times are those of ds_clock_us(), offsets those of the stream. All zero is a new
 * one.
 */
enum { DS_RATE_ROUNDS = 10 };

struct ds_rate {
    uint64_t samples_bps[DS_RATE_ROUNDS]; /* bytes per second, of the last full rounds */
    unsigned samples;                     /* how many were ever taken */
    uint64_t lower_bps;                   /* what a round with too little to send has shown */
    uint64_t expected_bps;                /* counts until so many were taken */
    bool is_grown;                        /* the last full one has shown no more than before */

    bool is_round;         /* a round is being measured */
    bool is_round_limited; /* ... in which there was not enough to send */
    bool was_limited;      /* the round before, the same */
    uint64_t round_us;     /* ... since then */
    uint64_t round_start;  /* ... when this was acknowledged */
    uint64_t round_end;    /* ... until this is */
    uint64_t sent, acked;  /* the highest offsets told */

    uint64_t srtt_us;       /* smoothed round trip, 0: not known */
    uint64_t min_rtt_us;    /* smallest of late, 0: not known */
    uint64_t min_rtt_at_us; /* when it was measured */
    bool is_probing;        /* less is sent for a round, so that the queue on the way is empty */
    bool is_settling;       /* less is sent, as long as that makes the round trip shorter */
    uint64_t clean_from;    /* what is before came on two paths: no round begins there */
    unsigned full_rounds;   /* in a row, with always enough to send */
    uint64_t next_us;       /* what was sent has left by then, at the pace */
};

/** Note that fresh bytes up to `end` were sent while everything before `acked` is acknowledged. */
void ds_rate_sent(struct ds_rate *rate, uint64_t now_us, uint64_t acked, uint64_t end);

/** Note that everything before `acked` is acknowledged. */
void ds_rate_acked(struct ds_rate *rate, uint64_t now_us, uint64_t acked);

/** Note that there was room to send and nothing to be sent. */
void ds_rate_starved(struct ds_rate *rate);

/** Say whether there was too little to send of late, so that the path was not full. */
bool ds_rate_is_starved(const struct ds_rate *rate);

/** Note a round trip that a PING took. */
void ds_rate_rtt(struct ds_rate *rate, uint64_t now_us, uint64_t rtt_us);

/**
 * Note that `bytes` were sent, fresh ones or again. Where a path is full, and shows no growth or
 * settles, the window is spread over four fifths of the smallest round trip: ACKs come in clumps
 * where they wait behind the other direction's bytes, and what a clump lets go at once overflows
 * the line's queue.
 */
void ds_rate_pace(struct ds_rate *rate, uint64_t now_us, uint64_t bytes);

/** Return when more may be sent, by the clock of ds_rate_pace(); 0 or past: now. */
uint64_t ds_rate_due_us(const struct ds_rate *rate);

/** Forget the round that is being measured: the stream moves to this path, or away from it. */
void ds_rate_break(struct ds_rate *rate);

/** Take the bandwidth for at least `bps`, bytes per second, in a new path's first rounds. */
void ds_rate_expect(struct ds_rate *rate, uint64_t bps);

/**
 * Note that the stream goes on here alone behind offset `end`. The round trip that is known was
 * taken in a queue that two paths had made, if they share a line, and such a queue would be held
 * for ever: less is in flight until that no longer makes the round trip shorter.
 */
void ds_rate_settle(struct ds_rate *rate, uint64_t end);

/** Return the bandwidth in bytes per second, 0 while it is not known. */
uint64_t ds_rate_bps(const struct ds_rate *rate);

/**
 * Return how many bytes may be in flight: bandwidth x smallest round trip, a quarter more while
 * that brings more, + 64 KiB.
 */
uint64_t ds_rate_window(const struct ds_rate *rate);

/** Return how many bytes one record may have: DS_LINK_RECORD_MS of the bandwidth, or its least. */
size_t ds_rate_record(const struct ds_rate *rate);

#endif
