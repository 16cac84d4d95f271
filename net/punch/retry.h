/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_RETRY_H
#define DS_NET_PUNCH_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When a candidate is tried again whose SYN was refused: by RST, by ICMP, or by the end of a
 * connection that proved nothing. Knows neither clock nor sockets.
 *
 * While no SYN is under way the hole in this side's NAT is shut, so the next one leaves at once,
 * and the other side's SYN meets it. Two sides that refuse each other in step would do so for ever:
 * after a few refusals chance decides.
 *
 * That is so where a RST refused, which shuts the hole. ICMP leaves it open, so nobody is refused
 * in step, and a pause does harm: Linux's conntrack lets the other side's SYN in, takes our next
 * one for a stray packet, since its number is not that of the first, and so that pair of addresses
 * is lost, whether somebody listens there or not (kernel 6.18).
 *
 * Where tries are few they would be over before the other side has heard where to go, if its word
 * is slow. Some of them at long intervals are enough then: it has all of its quick ones.
 */
struct ds_retry {
    uint64_t began_us;  /* the first try */
    unsigned tries;     /* SYNs so far */
    unsigned refused;   /* of these */
    unsigned most;      /* SYNs in all; 0: DS_PUNCH_TRIES_MAX */
    unsigned spread_ms; /* the second half of these takes so long, from the first on; 0: not */
};

/** Count a try that begins at `now_us`. */
void ds_retry_begin(struct ds_retry *retry, uint64_t now_us);

/**
 * Count a refusal at `now_us`, `took_us` after its SYN. Returns the microseconds to wait before the
 * next try, by `random` (evenly distributed), or UINT64_MAX when all tries are used up.
 */
uint64_t ds_retry_refused(
        struct ds_retry *retry, uint64_t now_us, uint64_t took_us, bool by_icmp, uint32_t random);

#endif
