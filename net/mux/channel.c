/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mux/channel.h"

#include <assert.h>
#include <stdlib.h>

#include <event2/buffer.h>

#include "net/base/limits.h"

struct ds_channel *
ds_channel_new(struct ds_mux *mux, uint32_t id, enum ds_channel_kind kind, uint32_t out_credit)
{
    struct ds_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL)
        return NULL;
    channel->out = evbuffer_new();
    if (channel->out == NULL) {
        free(channel);
        return NULL;
    }
    channel->mux = mux;
    channel->id = id;
    channel->kind = kind;
    channel->out_credit = out_credit;
    channel->is_full = out_credit == 0;
    channel->in_window = kind == DS_CHANNEL_CONTROL ? DS_MUX_CONTROL_WINDOW : DS_MUX_WINDOW;
    channel->in_credit = channel->in_window;
    TAILQ_INSERT_TAIL(&mux->channels, channel, link);
    if (id != 0)
        mux->channel_count++;
    return channel;
}

void
ds_channel_bury(struct ds_channel *channel)
{
    struct ds_mux *mux = channel->mux;
    channel->state = DS_CHANNEL_DEAD;
    ds_schedule_remove_urgent(&mux->schedule, channel);
    ds_schedule_remove_ready(&mux->schedule, channel);
    TAILQ_REMOVE(&mux->channels, channel, link);
    TAILQ_INSERT_TAIL(&mux->graves, channel, link);
    if (channel->id != 0)
        mux->channel_count--;
    ds_channel_shrink(channel);
    evbuffer_free(channel->out);
    channel->out = NULL;
}

void
ds_channel_end(struct ds_channel *channel, int reason)
{
    bool is_known = channel->state == DS_CHANNEL_LIVE;
    ds_channel_bury(channel);
    if (is_known && channel->handler != NULL && channel->handler->on_gone != NULL)
        channel->handler->on_gone(channel->arg, channel, reason);
}

void
ds_channel_tell_writable(struct ds_channel *channel)
{
    channel->is_full = false;
    if (channel->handler != NULL && channel->handler->on_writable != NULL)
        channel->handler->on_writable(channel->arg, channel);
}

bool
ds_channel_is_over(const struct ds_channel *channel)
{
    return channel->eof_in && channel->eof_sent && channel->in_held == 0;
}

void
ds_channel_set_handler(
        struct ds_channel *channel, const struct ds_channel_handler *handler, void *arg)
{
    channel->handler = handler;
    channel->arg = arg;
}

enum ds_channel_kind
ds_channel_kind(const struct ds_channel *channel)
{
    return channel->kind;
}

size_t
ds_channel_room(const struct ds_channel *channel)
{
    if (channel->state != DS_CHANNEL_LIVE || channel->eof_wanted)
        return 0;
    size_t queued = evbuffer_get_length(channel->out);
    size_t by_credit = channel->out_credit - queued;
    size_t by_queue = DS_MUX_QUEUE_MAX - queued;
    return by_credit < by_queue ? by_credit : by_queue;
}

size_t
ds_channel_write(struct ds_channel *channel, const void *data, size_t len)
{
    struct ds_mux *mux = channel->mux;
    size_t room = ds_channel_room(channel);
    size_t n = len < room ? len : room;
    if (n > 0 && evbuffer_add(channel->out, data, n) < 0)
        n = 0;
    if (n < len || n == room)
        channel->is_full = true;
    if (n == 0)
        return 0;
    ds_mux_enter(mux);
    ds_schedule_add_ready(&mux->schedule, channel);
    ds_mux_wake(mux);
    ds_mux_leave(mux);
    return n;
}

void
ds_channel_eof(struct ds_channel *channel)
{
    struct ds_mux *mux = channel->mux;
    assert(channel->id != 0);
    if (channel->state != DS_CHANNEL_LIVE || channel->eof_wanted)
        return;
    channel->eof_wanted = true;
    ds_mux_enter(mux);
    ds_schedule_add_ready(&mux->schedule, channel);
    ds_mux_wake(mux);
    ds_mux_leave(mux);
}

void
ds_channel_reset(struct ds_channel *channel, enum ds_reason reason)
{
    struct ds_mux *mux = channel->mux;
    assert(channel->id != 0);
    if (channel->state != DS_CHANNEL_LIVE)
        return;
    ds_mux_enter(mux);
    bool was_announced = !(channel->pending & DS_PENDING_OPEN);
    if (!was_announced || (channel->eof_in && channel->eof_sent)) { /* the other side has none */
        ds_channel_bury(channel);
    } else {
        channel->state = DS_CHANNEL_DYING;
        channel->pending = DS_PENDING_RESET;
        channel->reset_reason = (uint8_t)(reason == DS_REASON_NONE ? DS_REASON_STOPPED : reason);
        evbuffer_drain(channel->out, evbuffer_get_length(channel->out));
        ds_schedule_remove_ready(&mux->schedule, channel);
        ds_schedule_add_urgent(&mux->schedule, channel);
        ds_mux_wake(mux);
    }
    ds_mux_leave(mux);
}

void
ds_channel_consumed(struct ds_channel *channel, size_t n)
{
    struct ds_mux *mux = channel->mux;
    if (channel->state != DS_CHANNEL_LIVE || channel->id == 0)
        return;
    assert(n <= channel->in_held);
    ds_mux_enter(mux);
    channel->in_held -= (uint32_t)n;
    ds_channel_owe(channel, n);
    /* The owner is told by the next pull, not in the middle of its own call. */
    if (ds_channel_is_over(channel))
        ds_schedule_add_urgent(&mux->schedule, channel);
    ds_mux_wake(mux);
    ds_mux_leave(mux);
}
