/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_DELIVERY_H
#define DS_APP_SHARE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many bytes a second the path carries, from the times that its queue was busy with updates of
 * known size. Few of the newest count, so that another rate is seen after a few updates. Pure: the
 * clock is given, in microseconds that only rise. Any one thread.
 */
enum { DS_DELIVERY_SAMPLES_MAX = 32 };

struct ds_delivery_sample {
    uint64_t at_us;
    uint64_t bytes;
    uint64_t busy_us;
};

struct ds_delivery {
    struct ds_delivery_sample samples[DS_DELIVERY_SAMPLES_MAX]; /* a ring */
    size_t count;                                               /* that were ever put in */
    uint64_t bytes_per_s;                                       /* 0: never known */
};

/** Forget what was measured; what is left is a guess, `guess_max` (bytes per second) at most. */
void ds_delivery_forget(struct ds_delivery *delivery, uint64_t guess_max);

/** The queue was busy for `busy_us` with `bytes`, until now: enough to measure more than a clock.
 */
void ds_delivery_add(
        struct ds_delivery *delivery, uint64_t now_us, uint64_t bytes, uint64_t busy_us);

/** Say whether the rate was measured, and not too long ago to be true still. */
bool ds_delivery_is_known(const struct ds_delivery *delivery, uint64_t now_us);

#endif
