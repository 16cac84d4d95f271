/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/feed.h"

#include <unistd.h>

#include "net/base/log.h"
#include "net/mux/splice.h"

void
ds_feed_init(struct ds_feed *feed, struct event_base *base, int fd,
        void (*on_end)(void *arg, int reason), void *arg)
{
    *feed = (struct ds_feed){.base = base, .fd = fd, .on_end = on_end, .arg = arg};
}

static void
on_spliced(void *arg, struct ds_splice *splice, int reason)
{
    struct ds_feed *feed = arg;
    feed->splice = NULL;
    if (feed->on_end != NULL)
        feed->on_end(feed->arg, reason);
}

static int
join(struct ds_feed *feed, struct ds_channel *channel)
{
    int fd = feed->fd;
    feed->fd = -1; /* taken */
    return ds_splice_new(&feed->splice, feed->base, channel, fd, on_spliced, feed);
}

/* For a server that speaks RFB from its beginning. */
static int
open_own(struct ds_feed *feed, struct ds_peer *peer)
{
    static const struct ds_channel_handler no_handler = {0};
    struct ds_channel *channel = NULL;
    int err = ds_peer_open(peer, DS_CHANNEL_TCP, &no_handler, NULL, &channel);
    if (err < 0)
        return err;
    err = join(feed, channel);
    if (err < 0)
        ds_channel_reset(channel, DS_REASON_INTERNAL);
    return err;
}

static uint64_t
count_carried(void *arg)
{
    const struct ds_feed *feed = arg;
    return feed->splice != NULL ? ds_splice_carried(feed->splice) : 0;
}

int
ds_feed_begin(struct ds_feed *feed, struct ds_decoder *decoder, struct ds_peer *peer)
{
    if (feed->fd < 0)
        return DS_ERR_STATE;
    feed->is_awaited = ds_peer_picture(peer) != DS_PICTURE_NONE;
    ds_decoder_begin(decoder, feed->is_awaited, count_carried, feed);
    return feed->is_awaited ? 0 : open_own(feed, peer);
}

int
ds_feed_begin_again(struct ds_feed *feed, int fd, struct ds_decoder *decoder, struct ds_peer *peer)
{
    struct ds_feed old = *feed;

    ds_feed_finish(feed);
    ds_feed_init(feed, old.base, fd, old.on_end, old.arg);
    ds_decoder_begin(decoder, false, count_carried, feed);
    return open_own(feed, peer);
}

bool
ds_feed_open(struct ds_feed *feed, struct ds_channel *channel, enum ds_channel_kind kind)
{
    if (!feed->is_awaited || kind != DS_CHANNEL_RFB)
        return false;
    feed->is_awaited = false;
    int err = join(feed, channel);
    if (err < 0) /* the decoder sees its stream end, and says so */
        DS_WARN("view", "the picture's channel: %s", ds_strerror(err));
    return err == 0;
}

void
ds_feed_finish(struct ds_feed *feed)
{
    ds_splice_free(feed->splice);
    if (feed->fd >= 0)
        close(feed->fd);
    *feed = (struct ds_feed){.fd = -1};
}
