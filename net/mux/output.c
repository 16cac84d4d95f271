/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outward side: which frames go out, and who is told that they went. */
#include <assert.h>

#include <event2/buffer.h>

#include "net/base/limits.h"
#include "net/mux/channel.h"
#include "net/wire/writer.h"

/* DATA shorter than this is not begun at the end of a pull: its header would be a tenth of it. */
enum { DATA_MIN_ROOM = 64 };

static size_t
room_of(const struct ds_writer *w)
{
    return w->cap - w->len;
}

/* Write the channel's frames about itself. Returns false when the next one has no room. */
static bool
put_urgent(struct ds_writer *w, struct ds_channel *channel)
{
    while (channel->pending != 0) {
        if (room_of(w) < DS_MUX_FRAME_MIN)
            return false;
        if (channel->pending & DS_PENDING_OPEN) {
            channel->pending &= ~(unsigned)DS_PENDING_OPEN;
            ds_mux_frame_put_open(w, channel->id, (uint8_t)channel->kind, channel->in_window);
        } else if (channel->pending & DS_PENDING_CREDIT) {
            channel->pending &= ~(unsigned)DS_PENDING_CREDIT;
            ds_mux_frame_put_credit(w, channel->id, channel->in_owed);
            channel->in_credit += channel->in_owed;
            channel->in_owed = 0;
        } else {
            channel->pending = 0;
            ds_mux_frame_put_reset(w, channel->id, channel->reset_reason);
        }
    }
    return true;
}

static void
put_data(struct ds_writer *w, struct ds_channel *channel, size_t n)
{
    ds_mux_frame_put_header(w, DS_MUX_DATA, channel->id, n);
    int got = evbuffer_remove(channel->out, w->data + w->len, n);
    assert(got == (int)n);
    w->len += (size_t)got;
    channel->out_credit -= (uint32_t)n;
}

/* Write one DATA, or EOF where nothing is queued. Returns false when it has no room. */
static bool
put_ready(struct ds_writer *w, struct ds_channel *channel)
{
    struct ds_schedule *schedule = &channel->mux->schedule;
    size_t n = evbuffer_get_length(channel->out);
    size_t room = room_of(w);

    if (room < DATA_MIN_ROOM)
        return false;
    n = n < DS_MUX_DATA_MAX ? n : DS_MUX_DATA_MAX;
    n = n < room - DS_MUX_HEADER_BYTES ? n : room - DS_MUX_HEADER_BYTES;
    ds_schedule_remove_ready(schedule, channel);
    if (n > 0)
        put_data(w, channel, n);
    if (evbuffer_get_length(channel->out) > 0) {
        ds_schedule_add_ready(schedule, channel); /* at the end of its class */
    } else if (channel->eof_wanted && !channel->eof_sent) {
        if (room_of(w) < DS_MUX_HEADER_BYTES) {
            ds_schedule_add_ready(schedule, channel);
            return false;
        }
        ds_mux_frame_put_header(w, DS_MUX_EOF, channel->id, 0);
        channel->eof_sent = true;
    }
    return true;
}

/* The link would take more, and the channels have no credit for what there is. */
static void
put_blocked(struct ds_mux *mux, struct ds_writer *w)
{
    struct ds_channel *channel;
    TAILQ_FOREACH(channel, &mux->channels, link)
    {
        if (!ds_channel_is_blocked(channel) || room_of(w) < DS_MUX_HEADER_BYTES)
            continue;
        ds_mux_frame_put_header(w, DS_MUX_BLOCKED, channel->id, 0);
        channel->is_block_told = true;
    }
}

static void
put_frames(struct ds_mux *mux, struct ds_writer *w)
{
    struct ds_channel *channel;
    /* What allows an OPEN must be there before it. */
    while ((channel = ds_schedule_next_ready(&mux->schedule)) == mux->control)
        if (!put_ready(w, channel))
            return;
    while ((channel = ds_schedule_next_urgent(&mux->schedule)) != NULL) {
        if (!put_urgent(w, channel))
            return;
        ds_schedule_remove_urgent(&mux->schedule, channel);
        if (channel->state == DS_CHANNEL_DYING)
            ds_channel_bury(channel);
    }
    while ((channel = ds_schedule_next_ready(&mux->schedule)) != NULL)
        if (!put_ready(w, channel))
            return;
    put_blocked(mux, w);
}

static bool
has_news(const struct ds_channel *channel)
{
    return channel->state == DS_CHANNEL_LIVE &&
           (ds_channel_is_over(channel) || (channel->is_full && ds_channel_room(channel) > 0));
}

/* Tell one channel's owner what came of a pull. Returns false when nobody is left to be told. */
static bool
tell_one(struct ds_mux *mux)
{
    struct ds_channel *channel;
    TAILQ_FOREACH(channel, &mux->channels, link)
    {
        if (!channel->is_due)
            continue;
        channel->is_due = false;
        if (ds_channel_is_over(channel))
            ds_channel_end(channel, DS_REASON_NONE);
        else if (has_news(channel))
            ds_channel_tell_writable(channel);
        return true;
    }
    return false;
}

/* Each is told once a pull, whatever the callbacks do to the table meanwhile. */
static void
tell_owners(struct ds_mux *mux)
{
    struct ds_channel *channel;
    TAILQ_FOREACH(channel, &mux->channels, link)
    channel->is_due = has_news(channel);
    while (!mux->is_dead && tell_one(mux))
        ;
}

size_t
ds_mux_pull(struct ds_mux *mux, uint8_t *buf, size_t cap)
{
    struct ds_writer w;
    assert(cap >= 64);
    ds_writer_init(&w, buf, cap);
    ds_mux_enter(mux);
    mux->is_awake = true; /* what the callbacks write is seen here */
    do {
        put_frames(mux, &w);
        tell_owners(mux);
    } while (w.len == 0 && !mux->is_dead && !ds_mux_is_idle(mux));
    mux->is_awake = !mux->is_dead && !ds_mux_is_idle(mux);
    size_t len = mux->is_dead ? 0 : w.len;
    ds_mux_leave(mux);
    return len;
}
