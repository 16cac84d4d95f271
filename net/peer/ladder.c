/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/ladder.h"

#include <event2/util.h>

uint64_t
ds_ladder_next_ms(struct ds_ladder *ladder, const uint64_t waits_ms[static DS_PUNCH_AGAIN_STEPS])
{
    uint64_t wait_ms = waits_ms[ladder->step];
    uint32_t random = 0;

    if (ladder->step + 1 < DS_PUNCH_AGAIN_STEPS)
        ladder->step++;
    evutil_secure_rng_get_bytes(&random, sizeof random);
    return wait_ms * 4 / 5 + random % (wait_ms * 2 / 5 + 1);
}

void
ds_ladder_reset(struct ds_ladder *ladder)
{
    ladder->step = 0;
}
