/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/backoff.h"

#include <event2/util.h>

enum { JITTER_MS = 250, FIRST_MS = 250, MOST_MS = 8000 };

uint64_t
ds_backoff_next_ms(struct ds_backoff *backoff)
{
    uint32_t random = 0;
    uint64_t ms = 0;

    evutil_secure_rng_get_bytes(&random, sizeof random);
    if (backoff->tries > 0)
        ms = (uint64_t)FIRST_MS << (backoff->tries < 6 ? backoff->tries - 1 : 5);
    backoff->tries++;
    return (ms < MOST_MS ? ms : MOST_MS) + random % (JITTER_MS + 1);
}

void
ds_backoff_reset(struct ds_backoff *backoff)
{
    backoff->tries = 0;
}
