/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/share_service.h"

#include "app/share/channels.h"
#include "app/share/sharer.h"
#include "net/base/log.h"

struct share_service {
    struct ds_service service;
    struct ds_own_windows own;
    struct ds_peer *peer; /* borrowed */
    struct ds_sharer *sharer;
    struct ds_share_channels *channels;
};

static void
on_viewer_gone(void *arg, const char *text)
{
    if (text != NULL)
        DS_WARN("share", "%s", text);
}

static void
on_failed(void *arg, const char *text)
{
    struct share_service *share = arg;
    DS_WARN("share", "%s", text);
    ds_peer_close(share->peer, DS_REASON_NO_SCREEN);
}

static const struct ds_sharer_callbacks callbacks = {
        .on_viewer_gone = on_viewer_gone,
        .on_failed = on_failed,
};

/* The display's answers take a while. Nobody is shown anything of it before begin(). */
static void
prepare(struct ds_service *service, struct event_base *base, struct ds_peer *peer)
{
    struct share_service *share = (struct share_service *)service;
    g_autoptr(GError) error = NULL;

    share->peer = peer;
    if (share->sharer != NULL)
        return; /* it is asked again */
    share->sharer = ds_sharer_new(base, NULL, &callbacks, share, &error);
    if (share->sharer == NULL)
        on_failed(share, error->message);
    else
        ds_sharer_guard(share->sharer, share->own.base, share->own.mask);
}

static void
begin(struct ds_service *service, struct event_base *base, struct ds_peer *peer,
        enum ds_level level)
{
    struct share_service *share = (struct share_service *)service;

    if (share->sharer == NULL)
        return; /* the session is ending */
    ds_sharer_set_level(share->sharer, level);
    share->channels = ds_share_channels_new(base, share->sharer);
    ds_share_channels_begin(share->channels, peer);
}

static void
set_level(struct ds_service *service, enum ds_level level)
{
    struct share_service *share = (struct share_service *)service;
    if (share->sharer != NULL)
        ds_sharer_set_level(share->sharer, level);
}

static void
on_path(struct ds_service *service, const struct ds_peer_path *path)
{
    struct share_service *share = (struct share_service *)service;
    if (share->sharer != NULL)
        ds_sharer_path(share->sharer, path);
}

static bool
open_channel(struct ds_service *service, struct ds_channel *channel, enum ds_channel_kind kind)
{
    struct share_service *share = (struct share_service *)service;
    if (share->channels == NULL || kind != DS_CHANNEL_TCP)
        return false;
    ds_share_channels_open(share->channels, channel);
    return true;
}

static void
free_service(struct ds_service *service)
{
    struct share_service *share = (struct share_service *)service;
    ds_share_channels_free(share->channels);
    ds_sharer_free(share->sharer);
    g_free(share);
}

struct ds_service *
ds_share_service_new(struct ds_own_windows own)
{
    static const struct ds_service_ops ops = {
            .prepare = prepare,
            .begin = begin,
            .set_level = set_level,
            .path = on_path,
            .open = open_channel,
            .free = free_service,
    };
    struct share_service *share = g_new0(struct share_service, 1);
    share->service.ops = &ops;
    share->service.picture = DS_PICTURE_JPEG;
    share->own = own;
    return &share->service;
}
