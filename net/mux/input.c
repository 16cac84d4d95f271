/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inward side: bytes of the link to frames, and what each frame does. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/mux/channel.h"
#include "net/wire/reader.h"

static int fail(struct ds_mux *mux, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int
fail(struct ds_mux *mux, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(mux->error_text, sizeof mux->error_text, format, args);
    va_end(args);
    return DS_ERR_PROTOCOL;
}

/* Numbers rise on each side, odd ones from the helper: so it is known which were opened once. */
static bool
id_was_opened(const struct ds_mux *mux, uint32_t id)
{
    bool is_ours = id % 2 == mux->next_id % 2;
    return is_ours ? id < mux->next_id : id <= mux->highest_id;
}

/*
 * A channel that was opened and is not in the table is gone: what the other side sent before it
 * knew is dropped.
 */
static int
check_frame(struct ds_mux *mux)
{
    const struct ds_mux_frame *frame = &mux->frame;
    const char *name = ds_mux_frame_name(frame->type);
    if (!ds_mux_frame_is_sound(frame))
        return fail(mux, "%s with a payload of %u bytes", name, (unsigned)frame->len);
    if (!ds_mux_frame_is_known(frame))
        return 0; /* what its channel means is for a later version to say */
    if (frame->channel == 0 && frame->type != DS_MUX_DATA && frame->type != DS_MUX_CREDIT)
        return fail(mux, "%s on the control channel", name);
    if (frame->type != DS_MUX_OPEN && !id_was_opened(mux, frame->channel))
        return fail(
                mux, "%s on channel %u, which was never opened", name, (unsigned)frame->channel);
    return 0;
}

/* Called before the payload comes, of which pieces go up at once. */
static int
begin_data(struct ds_mux *mux)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    if (channel == NULL || channel->state != DS_CHANNEL_LIVE)
        return 0;
    if (channel->eof_in)
        return fail(mux, "DATA after EOF on channel %u", (unsigned)channel->id);
    if (mux->frame.len > channel->in_credit)
        return fail(mux, "DATA of %u bytes on channel %u, whose credit is %u",
                (unsigned)mux->frame.len, (unsigned)channel->id, (unsigned)channel->in_credit);
    channel->in_credit -= mux->frame.len;
    if (channel->in_since < DS_MUX_WINDOW_MAX)
        channel->in_since += mux->frame.len;
    return 0;
}

static void
deliver(struct ds_mux *mux, const uint8_t *data, size_t len)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    if (channel == NULL || channel->state != DS_CHANNEL_LIVE)
        return;
    if (channel->id == 0)
        ds_channel_owe(channel, len); /* control is consumed at once */
    else
        channel->in_held += (uint32_t)len;
    if (channel->handler != NULL && channel->handler->on_data != NULL)
        channel->handler->on_data(channel->arg, channel, data, len);
}

/* Answer OPEN with RESET. Whoever sends more of them than it could have open is hostile. */
static int
refuse(struct ds_mux *mux, struct ds_channel *channel, enum ds_reason reason)
{
    if (mux->channel_count > DS_MUX_CHANNELS_MAX + DS_MUX_RESETS_MAX)
        return fail(mux, "more than %d refused channels", DS_MUX_RESETS_MAX);
    ds_channel_reset(channel, reason);
    return 0;
}

static int
on_open(struct ds_mux *mux, struct ds_reader *r)
{
    uint32_t id = mux->frame.channel;
    unsigned kind = ds_reader_u8(r);
    uint32_t credit = ds_reader_u32(r);

    if (id % 2 == mux->next_id % 2 || id <= mux->highest_id)
        return fail(mux, "OPEN of channel %u out of order", (unsigned)id);
    if (kind == DS_CHANNEL_CONTROL)
        return fail(mux, "OPEN of a second control channel");
    if (credit > DS_MUX_CREDIT_MAX)
        return fail(mux, "OPEN with a credit of %u", (unsigned)credit);
    mux->highest_id = id;
    bool is_known = ds_schedule_knows_kind(kind);
    struct ds_channel *channel =
            ds_channel_new(mux, id, is_known ? kind : DS_CHANNEL_FILES, credit);
    if (channel == NULL)
        return DS_ERR_NOMEM;
    if (mux->channel_count > DS_MUX_CHANNELS_MAX)
        return refuse(mux, channel, DS_REASON_INTERNAL);
    if (!is_known || mux->handler->on_open == NULL ||
            !mux->handler->on_open(mux->arg, channel, channel->kind))
        return refuse(mux, channel, DS_REASON_DECLINED);
    return 0;
}

static int
on_credit(struct ds_mux *mux, struct ds_reader *r)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    uint32_t credit = ds_reader_u32(r);
    if (channel == NULL)
        return 0;
    /* As HTTP/2 has it for WINDOW_UPDATE: RFC 9113, 6.9. */
    if (credit == 0 || (uint64_t)channel->out_credit + credit > DS_MUX_CREDIT_MAX)
        return fail(mux, "CREDIT of %u on channel %u, which has %u", (unsigned)credit,
                (unsigned)channel->id, (unsigned)channel->out_credit);
    channel->out_credit += credit;
    channel->is_block_told = false;
    if (channel->is_full && ds_channel_room(channel) > 0)
        ds_channel_tell_writable(channel);
    return 0;
}

static int
on_eof(struct ds_mux *mux, struct ds_reader *r)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    if (channel == NULL)
        return 0;
    if (channel->eof_in)
        return fail(mux, "a second EOF on channel %u", (unsigned)channel->id);
    channel->eof_in = true;
    bool is_live = channel->state == DS_CHANNEL_LIVE;
    if (is_live && channel->handler != NULL && channel->handler->on_eof != NULL)
        channel->handler->on_eof(channel->arg, channel);
    /* For the other side it is over now; a RESET that waits is no longer of use. */
    if (channel->state != DS_CHANNEL_DEAD && channel->eof_sent &&
            (!is_live || ds_channel_is_over(channel)))
        ds_channel_end(channel, DS_REASON_NONE);
    return 0;
}

static int
on_reset(struct ds_mux *mux, struct ds_reader *r)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    uint8_t reason = ds_reader_u8(r);
    if (reason == DS_REASON_NONE)
        return fail(mux, "RESET without a reason on channel %u", (unsigned)mux->frame.channel);
    if (channel != NULL)
        ds_channel_end(channel, reason);
    return 0;
}

static int
on_blocked(struct ds_mux *mux, struct ds_reader *r)
{
    struct ds_channel *channel = ds_mux_find(mux, mux->frame.channel);
    if (channel != NULL)
        ds_channel_grow(channel);
    return 0;
}

typedef int (*frame_fn)(struct ds_mux *mux, struct ds_reader *r);

static const frame_fn frame_fns[] = {
        [DS_MUX_OPEN] = on_open,
        [DS_MUX_CREDIT] = on_credit,
        [DS_MUX_EOF] = on_eof,
        [DS_MUX_RESET] = on_reset,
        [DS_MUX_BLOCKED] = on_blocked,
};

/* The payload of all frames but DATA is short and kept until it is complete; unknown ones' is not.
 */
static void
take_payload(struct ds_mux *mux, const uint8_t *data, size_t len)
{
    if (mux->frame.type == DS_MUX_DATA)
        deliver(mux, data, len);
    else if (ds_mux_frame_is_known(&mux->frame))
        memcpy(mux->small + mux->payload_len, data, len);
}

static int
end_frame(struct ds_mux *mux)
{
    struct ds_reader r;
    mux->header_len = 0;
    if (mux->frame.type == DS_MUX_DATA || !ds_mux_frame_is_known(&mux->frame))
        return 0;
    ds_reader_init(&r, mux->small, mux->frame.len);
    return frame_fns[mux->frame.type](mux, &r);
}

static int
begin_frame(struct ds_mux *mux)
{
    ds_mux_frame_read(&mux->frame, mux->header);
    mux->payload_len = 0;
    int err = check_frame(mux);
    if (err == 0 && mux->frame.type == DS_MUX_DATA)
        err = begin_data(mux);
    return err;
}

/* Eat some bytes of one frame. Returns how many, at least one, or an error. */
static int
eat(struct ds_mux *mux, const uint8_t *data, size_t len)
{
    int err = 0;
    size_t n;
    if (mux->header_len < sizeof mux->header) {
        n = sizeof mux->header - mux->header_len;
        n = n < len ? n : len;
        memcpy(mux->header + mux->header_len, data, n);
        mux->header_len += n;
        if (mux->header_len < sizeof mux->header)
            return (int)n;
        err = begin_frame(mux);
    } else {
        n = mux->frame.len - mux->payload_len;
        n = n < len ? n : len;
        take_payload(mux, data, n);
        mux->payload_len += (uint32_t)n;
    }
    if (err == 0 && mux->payload_len == mux->frame.len && !mux->is_dead)
        err = end_frame(mux);
    return err < 0 ? err : (int)n;
}

int
ds_mux_input(struct ds_mux *mux, const uint8_t *data, size_t len)
{
    int n = 0;
    if (mux->is_reading)
        return DS_ERR_STATE;
    if (mux->error_text[0] != '\0')
        return DS_ERR_PROTOCOL;
    ds_mux_enter(mux);
    mux->is_reading = true;
    for (size_t pos = 0; n >= 0 && pos < len; pos += (size_t)n) {
        n = eat(mux, data + pos, len - pos);
        if (mux->is_dead)
            n = DS_ERR_CLOSED;
        if (n < 0)
            break;
    }
    mux->is_reading = false;
    ds_mux_wake(mux);
    ds_mux_leave(mux);
    return n < 0 ? n : 0;
}
