/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CHANNELS_H
#define DS_APP_SHARE_CHANNELS_H

#include "app/share/sharer.h"
#include "net/peer/peer.h"

/* Joins each of the helper's channels with a viewer of the shared desktop. Net thread. */
struct ds_share_channels;

/** Make one for `sharer`; it and `base` are borrowed. */
struct ds_share_channels *ds_share_channels_new(struct event_base *base, struct ds_sharer *sharer);

/** End all viewers that came by a channel, free; NULL is fine. Before the sharer is freed. */
void ds_share_channels_free(struct ds_share_channels *channels);

/** Open the picture's channel on `peer`, whose session has just begun, if both sides agreed on it.
 */
void ds_share_channels_begin(struct ds_share_channels *channels, struct ds_peer *peer);

/** Join a channel that the helper just opened, of DS_CHANNEL_TCP; where that fails it is reset. */
void ds_share_channels_open(struct ds_share_channels *channels, struct ds_channel *channel);

#endif
