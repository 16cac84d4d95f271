/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mux/schedule.h"

#include "net/mux/channel.h"

static const enum ds_class classes[] = {
        [DS_CHANNEL_CONTROL] = DS_CLASS_CONTROL,
        [DS_CHANNEL_TCP] = DS_CLASS_SCREEN,
        [DS_CHANNEL_RFB] = DS_CLASS_SCREEN,
        [DS_CHANNEL_INPUT] = DS_CLASS_INPUT,
        [DS_CHANNEL_FILES] = DS_CLASS_FILES,
};

void
ds_schedule_init(struct ds_schedule *schedule)
{
    TAILQ_INIT(&schedule->urgent);
    for (int i = 0; i < DS_CLASS_COUNT; i++)
        TAILQ_INIT(&schedule->ready[i]);
}

bool
ds_schedule_knows_kind(unsigned kind)
{
    return kind < sizeof classes / sizeof classes[0];
}

void
ds_schedule_add_urgent(struct ds_schedule *schedule, struct ds_channel *channel)
{
    if (channel->entry.is_urgent)
        return;
    channel->entry.is_urgent = true;
    TAILQ_INSERT_TAIL(&schedule->urgent, channel, entry.urgent_link);
}

void
ds_schedule_add_ready(struct ds_schedule *schedule, struct ds_channel *channel)
{
    if (channel->entry.is_ready)
        return;
    channel->entry.is_ready = true;
    TAILQ_INSERT_TAIL(&schedule->ready[classes[channel->kind]], channel, entry.ready_link);
}

void
ds_schedule_remove_urgent(struct ds_schedule *schedule, struct ds_channel *channel)
{
    if (!channel->entry.is_urgent)
        return;
    channel->entry.is_urgent = false;
    TAILQ_REMOVE(&schedule->urgent, channel, entry.urgent_link);
}

void
ds_schedule_remove_ready(struct ds_schedule *schedule, struct ds_channel *channel)
{
    if (!channel->entry.is_ready)
        return;
    channel->entry.is_ready = false;
    TAILQ_REMOVE(&schedule->ready[classes[channel->kind]], channel, entry.ready_link);
}

struct ds_channel *
ds_schedule_next_urgent(const struct ds_schedule *schedule)
{
    return TAILQ_FIRST(&schedule->urgent);
}

struct ds_channel *
ds_schedule_next_ready(const struct ds_schedule *schedule)
{
    for (int i = 0; i < DS_CLASS_COUNT; i++)
        if (!TAILQ_EMPTY(&schedule->ready[i]))
            return TAILQ_FIRST(&schedule->ready[i]);
    return NULL;
}
