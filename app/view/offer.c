/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/offer.h"

#include <errno.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <glib.h>

#include "net/base/log.h"
#include "net/mux/splice.h"

enum { BACKLOG = 16 };

struct ds_offer {
    struct event_base *base;
    struct ds_peer *peer;
    struct evconnlistener *listener;
    GPtrArray *splices; /* borrowed: each frees itself at its end */
};

static void
on_spliced(void *arg, struct ds_splice *splice, int reason)
{
    struct ds_offer *offer = arg;
    g_ptr_array_remove_fast(offer->splices, splice);
    if (reason != DS_REASON_NONE)
        DS_INFO("offer", "a viewer's connection ended: %s", ds_reason_name(reason));
}

/* The channel's handler until the splice sets its own, in the same turn of the loop. */
static const struct ds_channel_handler no_handler = {0};

static void
on_viewer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct ds_offer *offer = arg;
    struct ds_channel *channel = NULL;
    struct ds_splice *splice = NULL;

    int err = ds_peer_open(offer->peer, DS_CHANNEL_TCP, &no_handler, NULL, &channel);
    if (err < 0) {
        DS_WARN("offer", "a viewer was turned away: %s", ds_strerror(err));
        close(fd);
        return;
    }
    err = ds_splice_new(&splice, offer->base, channel, fd, on_spliced, offer);
    if (err < 0) {
        DS_WARN("offer", "a viewer was turned away: %s", ds_strerror(err));
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        return;
    }
    g_ptr_array_add(offer->splices, splice);
}

int
ds_offer_new(struct ds_offer **out, struct event_base *base, struct ds_peer *peer,
        const struct ds_addr *addr, struct ds_addr *bound)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    struct ds_offer *offer = g_new0(struct ds_offer, 1);

    offer->base = base;
    offer->peer = peer;
    offer->listener = evconnlistener_new_bind(base, on_viewer, offer,
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
            (const struct sockaddr *)&addr->ss, (int)addr->len);
    if (offer->listener == NULL ||
            getsockname(evconnlistener_get_fd(offer->listener), (struct sockaddr *)&ss, &len) < 0 ||
            ds_addr_from_sockaddr(bound, (struct sockaddr *)&ss, len) < 0) {
        int saved = errno;
        ds_offer_free(offer);
        errno = saved;
        return DS_ERR_SYSTEM;
    }
    offer->splices = g_ptr_array_new();
    *out = offer;
    return 0;
}

void
ds_offer_free(struct ds_offer *offer)
{
    if (offer == NULL)
        return;
    if (offer->listener != NULL)
        evconnlistener_free(offer->listener);
    for (guint i = 0; offer->splices != NULL && i < offer->splices->len; i++)
        ds_splice_free(g_ptr_array_index(offer->splices, i));
    if (offer->splices != NULL)
        g_ptr_array_unref(offer->splices);
    g_free(offer);
}
