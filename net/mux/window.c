/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much the other side may send on a channel: what was consumed it gets back, and the window
 * grows where it is what bounds the speed. The side that sends says so (BLOCKED): it knows, without
 * a clock, that the link would take more and there was more. As QUIC's STREAM_DATA_BLOCKED (RFC
 * 9000, 4.1), but nothing waits for it.
 */
#include <event2/buffer.h>

#include "net/base/limits.h"
#include "net/base/minmax.h"
#include "net/mux/channel.h"

static void
want_credit(struct ds_channel *channel)
{
    channel->pending |= DS_PENDING_CREDIT;
    ds_schedule_add_urgent(&channel->mux->schedule, channel);
}

/*
 * A quarter is enough for the other side never to be stuck: as long as less is owed, and the owner
 * holds nothing back, more than three quarters are still free.
 */
void
ds_channel_owe(struct ds_channel *channel, size_t n)
{
    channel->in_owed += (uint32_t)n;
    if (!channel->eof_in && channel->in_owed >= channel->in_window / 4)
        want_credit(channel);
}

/* Who consumes slowly would only hold more of it. */
static bool
may_grow(const struct ds_channel *channel)
{
    return channel->state == DS_CHANNEL_LIVE && !channel->eof_in &&
           channel->in_since >= channel->in_window && channel->in_held < channel->in_window / 4;
}

void
ds_channel_grow(struct ds_channel *channel)
{
    struct ds_mux *mux = channel->mux;
    if (!may_grow(channel))
        return;
    uint32_t more = MIN(channel->in_window, DS_MUX_WINDOW_MAX - channel->in_window);
    more = MIN(more, DS_MUX_GROWTH_MAX - mux->grown);
    if (more == 0)
        return;
    mux->grown += more;
    channel->in_window += more;
    channel->in_since = 0;
    channel->in_owed += more;
    want_credit(channel);
}

void
ds_channel_shrink(struct ds_channel *channel)
{
    if (channel->id == 0)
        return;
    channel->mux->grown -= channel->in_window - DS_MUX_WINDOW;
    channel->in_window = DS_MUX_WINDOW;
}

bool
ds_channel_is_blocked(const struct ds_channel *channel)
{
    return channel->state == DS_CHANNEL_LIVE && channel->id != 0 && channel->is_full &&
           channel->out_credit == 0 && evbuffer_get_length(channel->out) == 0 &&
           !channel->eof_wanted && !channel->is_block_told;
}
