/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/delivery.h"

#define US_PER_S 1000000u

enum {
    AGE_MAX_US = 1000000,   /* of samples that count together */
    BUSY_US = 200000,       /* so much work of the queue is enough to go by */
    STALE_US = 10 * 1000000 /* after that the path may be another one */
};

void
ds_delivery_forget(struct ds_delivery *delivery, uint64_t guess_max)
{
    delivery->count = 0;
    if (delivery->bytes_per_s > guess_max)
        delivery->bytes_per_s = guess_max;
}

/* The n-th newest. */
static const struct ds_delivery_sample *
sample_at(const struct ds_delivery *delivery, size_t n)
{
    return &delivery->samples[(delivery->count - 1 - n) % DS_DELIVERY_SAMPLES_MAX];
}

static void
measure(struct ds_delivery *delivery, uint64_t now_us)
{
    uint64_t bytes = 0, busy_us = 0;
    for (size_t n = 0; n < delivery->count && n < DS_DELIVERY_SAMPLES_MAX && busy_us < BUSY_US;
            n++) {
        const struct ds_delivery_sample *sample = sample_at(delivery, n);
        if (now_us - sample->at_us > AGE_MAX_US)
            break;
        bytes += sample->bytes;
        busy_us += sample->busy_us;
    }
    delivery->bytes_per_s = bytes * US_PER_S / (busy_us > 0 ? busy_us : 1);
}

void
ds_delivery_add(struct ds_delivery *delivery, uint64_t now_us, uint64_t bytes, uint64_t busy_us)
{
    delivery->samples[delivery->count++ % DS_DELIVERY_SAMPLES_MAX] =
            (struct ds_delivery_sample){.at_us = now_us, .bytes = bytes, .busy_us = busy_us};
    measure(delivery, now_us);
}

bool
ds_delivery_is_known(const struct ds_delivery *delivery, uint64_t now_us)
{
    return delivery->count > 0 && now_us - sample_at(delivery, 0)->at_us <= STALE_US;
}
