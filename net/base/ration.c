/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/ration.h"

void
ds_ration_init(struct ds_ration *ration, uint64_t burst_us, unsigned share, uint64_t now_us)
{
    *ration = (struct ds_ration){
            .burst_us = burst_us, .share = share, .left_us = (int64_t)burst_us, .at_us = now_us};
}

bool
ds_ration_take(struct ds_ration *ration, uint32_t cost_us, uint64_t now_us)
{
    const uint64_t passed_us = now_us > ration->at_us ? now_us - ration->at_us : 0;
    /* Whole shares only: the rest of the time counts with the next one. */
    const uint64_t shares = passed_us / ration->share;
    const int64_t burst_us = (int64_t)ration->burst_us;

    ration->at_us += shares * ration->share;
    ration->left_us += shares < ration->burst_us ? (int64_t)shares : burst_us;
    if (ration->left_us > burst_us)
        ration->left_us = burst_us;
    if (ration->left_us < 0)
        return false;
    ration->left_us -= cost_us;
    return true;
}

uint64_t
ds_ration_next_us(const struct ds_ration *ration)
{
    const uint64_t debt_us = ration->left_us < 0 ? (uint64_t)-ration->left_us : 0;
    return ration->at_us + debt_us * ration->share;
}
