/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/allowance.h"

#include <glib.h>

enum {
    BURST_US = 1000000,
    SHARE = 4, /* one part in so many of a processor */

    /* Keys and pointer: a round trip to the X server at the worst; 5,000 a second for ever. */
    HAND_US = 50,
    /* An acknowledgement, or a picture of one pixel. */
    REQUEST_US = 20,
    /* Tables for the pixels, or all of the picture anew in another encoding. */
    CHOICE_US = 20000,
    /* A picture anew: Tight and JPEG take about so much, in nanoseconds; one is never in vain. */
    PIXEL_NS = 30,
    PICTURE_MAX_US = 100000,
    /* A byte of a text that is dropped, in nanoseconds. */
    TEXT_NS = 10,
};

void
ds_allowance_init(struct ds_allowance *allowance, uint64_t now_us)
{
    ds_ration_init(&allowance->time, BURST_US, SHARE, now_us);
}

static uint32_t
picture_us(uint16_t width, uint16_t height)
{
    uint64_t us = REQUEST_US + (uint64_t)width * height * PIXEL_NS / 1000;
    return (uint32_t)MIN(us, PICTURE_MAX_US);
}

uint32_t
ds_allowance_cost_us(const struct ds_filter_message *message)
{
    switch (message->kind) {
    case DS_FILTER_PIXEL_FORMAT:
    case DS_FILTER_ENCODINGS:
        return CHOICE_US;
    case DS_FILTER_REQUEST:
        return message->incremental ? REQUEST_US : picture_us(message->width, message->height);
    case DS_FILTER_KEY:
    case DS_FILTER_POINTER:
        return HAND_US;
    case DS_FILTER_CUT_TEXT:
        return REQUEST_US + message->text_bytes / 1000 * TEXT_NS;
    case DS_FILTER_VERSION:
    case DS_FILTER_SECURITY:
    case DS_FILTER_INIT:
        break; /* once */
    }
    return 0;
}

bool
ds_allowance_take(
        struct ds_allowance *allowance, const struct ds_filter_message *message, uint64_t now_us)
{
    return ds_ration_take(&allowance->time, ds_allowance_cost_us(message), now_us);
}

uint64_t
ds_allowance_next_us(const struct ds_allowance *allowance)
{
    return ds_ration_next_us(&allowance->time);
}
