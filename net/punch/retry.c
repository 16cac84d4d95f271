/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/retry.h"

#include "net/base/limits.h"

enum { AT_ONCE = 5 }; /* so many refusals are answered without a pause */

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*
 * Half of a round trip shakes two sides out of step and costs little. The longer it lasts already,
 * the less do some milliseconds more matter. On a network that refuses within a millisecond the
 * last term grows faster, so that the tries last as long as the generation.
 */
static uint64_t
longest_pause(uint64_t elapsed_us, uint64_t took_us)
{
    uint64_t sparing_us = elapsed_us / 6;
    sparing_us -= sparing_us < 4 * took_us ? sparing_us : 4 * took_us;
    return larger(sparing_us, larger(took_us / 2, elapsed_us / 20));
}

void
ds_retry_begin(struct ds_retry *retry, uint64_t now_us)
{
    if (retry->tries++ == 0)
        retry->began_us = now_us;
}

uint64_t
ds_retry_refused(struct ds_retry *retry, uint64_t now_us, uint64_t took_us, uint32_t random)
{
    retry->refused++;
    if (retry->tries >= DS_PUNCH_TRIES_MAX)
        return UINT64_MAX;
    if (retry->refused <= AT_ONCE)
        return 0;
    return longest_pause(now_us - retry->began_us, took_us) * random >> 32;
}
