/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mux's life, and the table of its channels. */
#include "net/mux/mux.h"

#include <stdlib.h>

#include "net/base/limits.h"
#include "net/mux/channel.h"

void
ds_mux_enter(struct ds_mux *mux)
{
    mux->depth++;
}

void
ds_mux_leave(struct ds_mux *mux)
{
    if (--mux->depth > 0)
        return;
    struct ds_channel *channel;
    while ((channel = TAILQ_FIRST(&mux->graves)) != NULL) {
        TAILQ_REMOVE(&mux->graves, channel, link);
        free(channel);
    }
    if (mux->is_dead)
        free(mux);
}

void
ds_mux_wake(struct ds_mux *mux)
{
    if (mux->is_awake || mux->is_dead || ds_mux_is_idle(mux))
        return;
    mux->is_awake = true;
    mux->handler->on_kick(mux->arg);
}

struct ds_channel *
ds_mux_find(const struct ds_mux *mux, uint32_t id)
{
    struct ds_channel *channel;
    TAILQ_FOREACH(channel, &mux->channels, link)
    if (channel->id == id)
        return channel;
    return NULL;
}

int
ds_mux_new(struct ds_mux **out, enum ds_role role, const struct ds_mux_handler *handler, void *arg)
{
    struct ds_mux *mux = calloc(1, sizeof *mux);
    *out = NULL;
    if (mux == NULL)
        return DS_ERR_NOMEM;
    mux->handler = handler;
    mux->arg = arg;
    mux->next_id = role == DS_ROLE_HELPER ? 1 : 2;
    TAILQ_INIT(&mux->channels);
    TAILQ_INIT(&mux->graves);
    ds_schedule_init(&mux->schedule);
    mux->control = ds_channel_new(mux, 0, DS_CHANNEL_CONTROL, DS_MUX_CONTROL_WINDOW);
    if (mux->control == NULL) {
        free(mux);
        return DS_ERR_NOMEM;
    }
    *out = mux;
    return 0;
}

void
ds_mux_free(struct ds_mux *mux)
{
    if (mux == NULL || mux->is_dead)
        return;
    ds_mux_enter(mux);
    mux->is_dead = true;
    struct ds_channel *channel;
    while ((channel = TAILQ_FIRST(&mux->channels)) != NULL)
        ds_channel_end(channel, DS_REASON_STOPPED);
    ds_mux_leave(mux);
}

const char *
ds_mux_error_text(const struct ds_mux *mux)
{
    return mux->error_text;
}

bool
ds_mux_is_idle(const struct ds_mux *mux)
{
    return ds_schedule_next_urgent(&mux->schedule) == NULL &&
           ds_schedule_next_ready(&mux->schedule) == NULL;
}

struct ds_channel *
ds_mux_control(struct ds_mux *mux)
{
    return mux->control;
}

int
ds_mux_open(struct ds_mux *mux, enum ds_channel_kind kind, const struct ds_channel_handler *handler,
        void *arg, struct ds_channel **out)
{
    *out = NULL;
    if (kind == DS_CHANNEL_CONTROL || !ds_schedule_knows_kind(kind))
        return DS_ERR_INVALID;
    if (mux->is_dead)
        return DS_ERR_CLOSED;
    if (mux->channel_count >= DS_MUX_CHANNELS_MAX || mux->next_id > UINT32_MAX - 2)
        return DS_ERR_TOO_BIG;
    struct ds_channel *channel = ds_channel_new(mux, mux->next_id, kind, DS_MUX_WINDOW);
    if (channel == NULL)
        return DS_ERR_NOMEM;
    mux->next_id += 2;
    ds_channel_set_handler(channel, handler, arg);
    channel->pending = DS_PENDING_OPEN;
    *out = channel;
    ds_mux_enter(mux);
    ds_schedule_add_urgent(&mux->schedule, channel);
    ds_mux_wake(mux);
    ds_mux_leave(mux);
    return 0;
}
