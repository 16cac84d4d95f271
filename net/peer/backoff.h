/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_BACKOFF_H
#define DS_NET_PEER_BACKOFF_H

#include <stdint.h>

/* How long to wait before the next try: 0 to 250 ms at random, then doubling to 8 s. */
struct ds_backoff {
    unsigned tries;
};

/** Return the milliseconds before the next try, and count it. */
uint64_t ds_backoff_next_ms(struct ds_backoff *backoff);

/** Begin anew: a try succeeded. */
void ds_backoff_reset(struct ds_backoff *backoff);

#endif
