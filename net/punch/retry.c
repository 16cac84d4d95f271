/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/retry.h"

#include "net/base/limits.h"

/*
 * So many refusals are answered without a pause; by ICMP as many as the tries allow, but where it
 * is this side's own network that refuses, which no SYN leaves.
 */
enum { AT_ONCE = 5, AT_ONCE_ICMP = 40, NEAR_US = 5000 };

/*
 * Half of a round trip shakes two sides out of step and costs little; the longer it lasts already,
 * the less do some milliseconds more matter: a twentieth of the time so far. A network that refuses
 * faster than in some 10 ms would use up the tries long before the generation ends, so there the
 * pauses grow faster, up to a quarter.
 */
static uint64_t
longest_pause(uint64_t elapsed_us, uint64_t took_us)
{
    uint64_t divisor = 4 + took_us / 600;
    uint64_t by_time_us = elapsed_us / (divisor < 20 ? divisor : 20);
    return took_us / 2 > by_time_us ? took_us / 2 : by_time_us;
}

static unsigned
most(const struct ds_retry *retry)
{
    return retry->most != 0 ? retry->most : DS_PUNCH_TRIES_MAX;
}

/* Evenly over what is left, give or take a half. */
static uint64_t
spread_pause(const struct ds_retry *retry, uint64_t now_us, uint64_t took_us, uint32_t random)
{
    uint64_t end_us = retry->began_us + retry->spread_ms * UINT64_C(1000);
    uint64_t even_us = now_us < end_us ? (end_us - now_us) / (most(retry) - retry->tries) : 0;
    uint64_t pause_us = even_us / 2 + (even_us * random >> 32);

    return pause_us > took_us ? pause_us - took_us : 0;
}

void
ds_retry_begin(struct ds_retry *retry, uint64_t now_us)
{
    if (retry->tries++ == 0)
        retry->began_us = now_us;
}

uint64_t
ds_retry_refused(
        struct ds_retry *retry, uint64_t now_us, uint64_t took_us, bool by_icmp, uint32_t random)
{
    retry->refused++;
    if (retry->tries >= most(retry))
        return UINT64_MAX;
    if (retry->refused <= (by_icmp && took_us >= NEAR_US ? AT_ONCE_ICMP : AT_ONCE))
        return 0;
    if (retry->spread_ms != 0 && !by_icmp && 2 * retry->tries >= most(retry))
        return spread_pause(retry, now_us, took_us, random);
    return longest_pause(now_us - retry->began_us, took_us) * random >> 32;
}
