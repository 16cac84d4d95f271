/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CHANNELS_H
#define DS_APP_SHARE_CHANNELS_H

#include "app/share/sharer.h"
#include "net/mux/mux.h"

/* Joins each channel that the helper opens with a viewer of the shared desktop. Net thread. */
struct ds_share_channels;

/** Make one for `sharer`; it and `base` are borrowed. */
struct ds_share_channels *ds_share_channels_new(struct event_base *base, struct ds_sharer *sharer);

/** End all viewers that came by a channel, free; NULL is fine. Before the sharer is freed. */
void ds_share_channels_free(struct ds_share_channels *channels);

/** Join a channel that was just opened; where that fails it is reset. */
void ds_share_channels_open(struct ds_share_channels *channels, struct ds_channel *channel);

#endif
