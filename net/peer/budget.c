/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/budget.h"

uint64_t
ds_budget_wait_ms(const struct ds_budget *budget, uint64_t now_ms)
{
    const uint64_t ahead_ms = (budget->most - 1) * (uint64_t)budget->each_ms;
    return budget->full_ms > now_ms + ahead_ms ? budget->full_ms - ahead_ms - now_ms : 0;
}

/* Each one puts the moment off at which all is there again (the leaky bucket as a meter). */
void
ds_budget_take(struct ds_budget *budget, uint64_t now_ms)
{
    if (budget->full_ms < now_ms)
        budget->full_ms = now_ms;
    budget->full_ms += budget->each_ms;
}

void
ds_budget_give(struct ds_budget *budget)
{
    if (budget->full_ms >= budget->each_ms)
        budget->full_ms -= budget->each_ms;
}
