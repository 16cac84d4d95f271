/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_RATION_H
#define DS_NET_BASE_RATION_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * How much of this computer's time a peer may take: one part in `share` of one processor for ever,
 * and `burst_us` of it at once. Pure: no clock. Any one thread.
 */
struct ds_ration {
    uint64_t burst_us;
    unsigned share;
    int64_t left_us; /* of time that may be taken; below 0 is a debt */
    uint64_t at_us;  /* when that was so */
};

/** Begin with all that may be taken at once: less than 2^63 microseconds. */
void ds_ration_init(struct ds_ration *ration, uint64_t burst_us, unsigned share, uint64_t now_us);

/** Take some time, which may leave a debt; false, and nothing taken, where one is left. */
bool ds_ration_take(struct ds_ration *ration, uint32_t cost_us, uint64_t now_us) DS_MUST_CHECK;

/** Tell when some may be taken again. In the past: now. */
uint64_t ds_ration_next_us(const struct ds_ration *ration);

#endif
