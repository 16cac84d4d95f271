/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/burden.h"

enum {
    WORDS_BURST_US = 5000000,
    WORDS_SHARE = 4,

    /* What a message costs at the worst: rectangles to be merged, ... */
    MESSAGE_US = 200,
    /* ... a picture of the pointer to be made, which is told with an update, ... */
    CURSOR_US = 2000,
    /* ... memory for another picture, and all of a window to be laid out and painted again. */
    SIZE_US = 50000,
};

void
ds_burden_init(struct ds_burden *burden, uint64_t work_us, unsigned share, uint64_t now_us)
{
    *burden = (struct ds_burden){0};
    ds_ration_init(&burden->work, work_us, share, now_us);
    ds_ration_init(&burden->words, WORDS_BURST_US, WORDS_SHARE, now_us);
}

/* Neither goes back, but for a stream or a process that has ended. */
static uint64_t
rise(uint64_t *known, uint64_t now)
{
    uint64_t by = now > *known ? now - *known : 0;
    *known = now;
    return by;
}

bool
ds_burden_work(struct ds_burden *burden, uint64_t cpu_us, uint64_t bytes, uint64_t now_us)
{
    uint64_t spent_us = rise(&burden->cpu_us, cpu_us);
    uint64_t paid_us = rise(&burden->bytes, bytes) * DS_DECODER_BYTE_NS / 1000;
    uint64_t cost_us = spent_us > paid_us ? spent_us - paid_us : 0;

    return ds_ration_take(
            &burden->work, cost_us < UINT32_MAX ? (uint32_t)cost_us : UINT32_MAX, now_us);
}

bool
ds_burden_hear(struct ds_burden *burden, enum ds_decoder_message_type type, uint64_t now_us)
{
    uint32_t cost_us = MESSAGE_US;

    if (type == DS_DECODER_SIZE)
        cost_us = SIZE_US;
    else if (type == DS_DECODER_CURSOR)
        cost_us = CURSOR_US;
    return ds_ration_take(&burden->words, cost_us, now_us);
}
