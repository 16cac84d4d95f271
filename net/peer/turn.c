/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/turn.h"

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/minmax.h"

int
ds_turn_init(struct ds_turn *turn, struct event_base *base, const struct ds_peer_times *times,
        event_callback_fn fn, void *arg)
{
    *turn = (struct ds_turn){.times = times,
            .timer = evtimer_new(base, fn, arg),
            .budget = {.most = DS_PUNCH_BUDGET, .each_ms = DS_PUNCH_BUDGET_MS}};
    return turn->timer != NULL ? 0 : DS_ERR_NOMEM;
}

void
ds_turn_finish(struct ds_turn *turn)
{
    ds_event_free(turn->timer);
    turn->timer = NULL;
}

void
ds_turn_in(struct ds_turn *turn, uint64_t ms)
{
    uint64_t now_ms = ds_clock_boot_ms();
    uint64_t free_ms = turn->began_ms != 0 ? turn->began_ms + turn->times->punch_pace : 0;

    if (free_ms > now_ms + ms)
        ms = free_ms - now_ms;
    ds_event_add_ms(turn->timer, MAX(ms, ds_budget_wait_ms(&turn->budget, now_ms)));
}

void
ds_turn_again(struct ds_turn *turn)
{
    ds_turn_in(turn, ds_ladder_next_ms(&turn->ladder, turn->times->punch_again));
}

void
ds_turn_reset(struct ds_turn *turn)
{
    ds_ladder_reset(&turn->ladder);
}

void
ds_turn_cancel(struct ds_turn *turn)
{
    evtimer_del(turn->timer);
}

void
ds_turn_begin(struct ds_turn *turn)
{
    turn->began_ms = ds_clock_boot_ms();
}

void
ds_turn_forget(struct ds_turn *turn)
{
    turn->began_ms = 0;
}

bool
ds_turn_may_gather(const struct ds_turn *turn)
{
    return ds_budget_wait_ms(&turn->budget, ds_clock_boot_ms()) == 0;
}

void
ds_turn_gather(struct ds_turn *turn)
{
    ds_budget_take(&turn->budget, ds_clock_boot_ms());
}

void
ds_turn_excuse(struct ds_turn *turn)
{
    ds_budget_give(&turn->budget);
}
