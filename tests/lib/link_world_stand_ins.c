/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the link takes for the clock, its timer and its paths. */
#include "net/base/clock.h"
#include "tests/lib/link_world_state.h"

/* In place of net/base/clock.c. */

uint64_t
ds_clock_us(void)
{
    return world.now_us;
}

uint64_t
ds_clock_boot_ms(void)
{
    return world.now_us / 1000;
}

struct timeval
ds_clock_timeval(uint64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000)};
}

/* In place of net/link/timer.c. */

int
ds_link_timer_init(struct ds_link_timer *timer, struct event_base *base,
        void (*on_due)(void *arg, uint64_t due_us), void *arg)
{
    *timer = (struct ds_link_timer){.at_us = UINT64_MAX, .on_due = on_due, .arg = arg};
    g_assert_null(world.timers[world.timer_side]);
    world.timers[world.timer_side] = timer;
    return 0;
}

void
ds_link_timer_set(struct ds_link_timer *timer, uint64_t at_us)
{
    timer->at_us = MIN(timer->at_us, at_us);
}

void
ds_link_timer_finish(struct ds_link_timer *timer)
{
    for (unsigned i = 0; i < WORLD_SIDES; i++)
        if (world.timers[i] == timer)
            world.timers[i] = NULL;
}

/* In place of net/path/path.c. */

/* Closing sends what is under way, then EOF. The memory stays for callbacks until the next step. */
void
ds_path_free(struct ds_path *path)
{
    if (path == NULL)
        return;
    g_assert_false(path->is_freed);
    path->is_freed = TRUE;
    if (path->other == NULL)
        return;
    path->other->is_cut = TRUE;
    path->other->cut_us = MAX(world.now_us, path->busy_until_us) + path->way.delay_us;
    path->other->other = NULL;
    path->other = NULL;
}

void
ds_path_set_handler(struct ds_path *path, const struct ds_path_handler *handler, void *arg)
{
    path->handler = handler;
    path->arg = arg;
}

void
ds_path_kick(struct ds_path *path)
{
    g_assert_false(path->is_freed);
    path->is_kicked = TRUE;
}

enum ds_path_kind
ds_path_kind(const struct ds_path *path)
{
    return path->way.kind;
}

const char *
ds_path_kind_name(enum ds_path_kind kind)
{
    return "test";
}

const char *
ds_path_error_text(const struct ds_path *path)
{
    return path->is_cut ? "cut" : "";
}
