/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/rate.h"

#define US_PER_S 1000000u

enum {
    AGE_MAX_US = 1000000,   /* of samples that count together */
    BUSY_US = 200000,       /* so much work of the queue is enough to go by */
    BYTES_MIN = 4096,       /* smaller ones measure the clock */
    STALE_US = 10 * 1000000 /* after that the path may be another one */
};

void
ds_rate_forget(struct ds_rate *rate, uint64_t guess_max)
{
    rate->count = 0;
    if (rate->bytes_per_s > guess_max)
        rate->bytes_per_s = guess_max;
}

/* The n-th newest. */
static const struct ds_rate_sample *
sample_at(const struct ds_rate *rate, size_t n)
{
    return &rate->samples[(rate->count - 1 - n) % DS_RATE_SAMPLES_MAX];
}

static void
measure(struct ds_rate *rate, uint64_t now_us)
{
    uint64_t bytes = 0, busy_us = 0;
    for (size_t n = 0; n < rate->count && n < DS_RATE_SAMPLES_MAX && busy_us < BUSY_US; n++) {
        const struct ds_rate_sample *sample = sample_at(rate, n);
        if (now_us - sample->at_us > AGE_MAX_US)
            break;
        bytes += sample->bytes;
        busy_us += sample->busy_us;
    }
    rate->bytes_per_s = bytes * US_PER_S / (busy_us > 0 ? busy_us : 1);
}

void
ds_rate_add(struct ds_rate *rate, uint64_t now_us, uint64_t bytes, uint64_t busy_us)
{
    if (bytes < BYTES_MIN)
        return;
    rate->samples[rate->count++ % DS_RATE_SAMPLES_MAX] =
            (struct ds_rate_sample){.at_us = now_us, .bytes = bytes, .busy_us = busy_us};
    measure(rate, now_us);
}

bool
ds_rate_is_known(const struct ds_rate *rate, uint64_t now_us)
{
    return rate->count > 0 && now_us - sample_at(rate, 0)->at_us <= STALE_US;
}
