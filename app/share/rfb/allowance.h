/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_ALLOWANCE_H
#define DS_APP_SHARE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/share/rfb/filter.h"
#include "net/base/ration.h"

/*
 * How much of this computer's time one viewer's messages may take: a quarter of one processor, and
 * a second of it at once. What a message costs is an estimate by its kind, far above what any
 * viewer that is used by people comes to. A viewer without allowance is not dropped: its next
 * message waits, and what comes behind it stays in its socket, so that it slows nobody but itself.
 * Pure: no clock. Any one thread.
 */
struct ds_allowance {
    struct ds_ration time;
};

/** Begin with all that may be taken at once. */
void ds_allowance_init(struct ds_allowance *allowance, uint64_t now_us);

/** Tell what a message costs, in microseconds of a processor. */
uint32_t ds_allowance_cost_us(const struct ds_filter_message *message);

/** Take what a message costs, which may leave a debt; false, and nothing taken, where one is left.
 */
bool ds_allowance_take(
        struct ds_allowance *allowance, const struct ds_filter_message *message, uint64_t now_us);

/** Tell when a message may be taken again. In the past: now. */
uint64_t ds_allowance_next_us(const struct ds_allowance *allowance);

#endif
