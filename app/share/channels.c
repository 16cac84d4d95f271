/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/channels.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "net/base/log.h"
#include "net/mux/splice.h"

struct ds_share_channels {
    struct event_base *base;
    struct ds_sharer *sharer;
    GPtrArray *splices; /* borrowed: each frees itself at its end */
};

struct ds_share_channels *
ds_share_channels_new(struct event_base *base, struct ds_sharer *sharer)
{
    struct ds_share_channels *channels = g_new0(struct ds_share_channels, 1);
    channels->base = base;
    channels->sharer = sharer;
    channels->splices = g_ptr_array_new();
    return channels;
}

void
ds_share_channels_free(struct ds_share_channels *channels)
{
    if (channels == NULL)
        return;
    for (guint i = 0; i < channels->splices->len; i++)
        ds_splice_free(g_ptr_array_index(channels->splices, i));
    g_ptr_array_unref(channels->splices);
    g_free(channels);
}

static void
on_spliced(void *arg, struct ds_splice *splice, int reason)
{
    struct ds_share_channels *channels = arg;
    g_ptr_array_remove_fast(channels->splices, splice);
}

static void
join(struct ds_share_channels *channels, struct ds_channel *channel, enum ds_picture picture)
{
    struct ds_splice *splice = NULL;
    int fd = ds_sharer_add_viewer(channels->sharer, picture);
    if (fd < 0) {
        DS_WARN("share", "a viewer was turned away: %s", strerror(errno));
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        return;
    }
    int err = ds_splice_new(&splice, channels->base, channel, fd, on_spliced, channels);
    if (err < 0) {
        DS_WARN("share", "a viewer was turned away: %s", ds_strerror(err));
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        return;
    }
    g_ptr_array_add(channels->splices, splice);
}

void
ds_share_channels_begin(struct ds_share_channels *channels, struct ds_peer *peer)
{
    static const struct ds_channel_handler no_handler = {0};
    enum ds_picture picture = ds_peer_picture(peer);
    struct ds_channel *channel = NULL;

    if (picture == DS_PICTURE_NONE)
        return;
    int err = ds_peer_open(peer, DS_CHANNEL_RFB, &no_handler, NULL, &channel);
    if (err < 0)
        DS_WARN("share", "no channel for the picture: %s", ds_strerror(err));
    else
        join(channels, channel, picture);
}

void
ds_share_channels_open(struct ds_share_channels *channels, struct ds_channel *channel)
{
    join(channels, channel, DS_PICTURE_NONE);
}
