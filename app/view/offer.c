/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/offer.h"

#include <errno.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <glib.h>

#include "net/base/clock.h"
#include "net/base/log.h"
#include "net/mux/splice.h"

enum { BACKLOG = 16, PAUSE_MS = 1000 };

struct ds_viewer_offer {
    struct event_base *base;
    struct ds_peer *peer; /* NULL before ds_viewer_offer_begin() */
    struct evconnlistener *listener;
    struct event *pause; /* descriptors ran out */
    GPtrArray *splices;  /* borrowed: each frees itself at its end */
    ds_viewer_offer_trouble_fn fn;
    void *arg;
};

/* The viewer that leaves, or the server that closes, is no trouble; both are told by the socket. */
static void
on_spliced(void *arg, struct ds_splice *splice, int reason)
{
    struct ds_viewer_offer *offer = arg;
    g_ptr_array_remove_fast(offer->splices, splice);
    if (reason != DS_REASON_NONE)
        DS_INFO("offer", "a viewer's connection ended: %s", ds_reason_name(reason));
    if (reason == DS_REASON_NO_SERVER || reason == DS_REASON_INTERNAL)
        offer->fn(offer->arg, (enum ds_reason)reason, "");
}

static void
turn_away(struct ds_viewer_offer *offer, int err)
{
    g_autofree char *detail =
            err == DS_ERR_TOO_BIG
                    ? g_strdup_printf("%u viewers are connected already", offer->splices->len)
                    : g_strdup(ds_strerror(err));
    offer->fn(offer->arg, DS_REASON_INTERNAL, detail);
}

/* The channel's handler until the splice sets its own, in the same turn of the loop. */
static const struct ds_channel_handler no_handler = {0};

static void
on_viewer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa, int len,
        void *arg)
{
    struct ds_viewer_offer *offer = arg;
    struct ds_channel *channel = NULL;
    struct ds_splice *splice = NULL;

    int err = ds_peer_open(offer->peer, DS_CHANNEL_TCP, &no_handler, NULL, &channel);
    if (err < 0) {
        close(fd);
        turn_away(offer, err);
        return;
    }
    err = ds_splice_new(&splice, offer->base, channel, fd, on_spliced, offer);
    if (err < 0) {
        ds_channel_reset(channel, DS_REASON_INTERNAL);
        turn_away(offer, err);
        return;
    }
    g_ptr_array_add(offer->splices, splice);
}

/* Who waits keeps the listener readable: without a pause the loop would turn for nothing else. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct ds_viewer_offer *offer = arg;
    struct timeval pause = ds_clock_timeval(PAUSE_MS);
    int err = errno;

    evconnlistener_disable(listener);
    evtimer_add(offer->pause, &pause);
    offer->fn(offer->arg, DS_REASON_INTERNAL, g_strerror(err));
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct ds_viewer_offer *offer = arg;
    evconnlistener_enable(offer->listener);
}

static int
listen_on(struct ds_viewer_offer *offer, const struct ds_addr *addr, struct ds_addr *bound)
{
    const unsigned flags =
            LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE | LEV_OPT_DISABLED;
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;

    offer->pause = evtimer_new(offer->base, on_pause_over, offer);
    if (offer->pause == NULL)
        return DS_ERR_SYSTEM;
    offer->listener = evconnlistener_new_bind(offer->base, on_viewer, offer, flags, BACKLOG,
            (const struct sockaddr *)&addr->ss, (int)addr->len);
    if (offer->listener == NULL ||
            getsockname(evconnlistener_get_fd(offer->listener), (struct sockaddr *)&ss, &len) < 0)
        return DS_ERR_SYSTEM;
    evconnlistener_set_error_cb(offer->listener, on_accept_error);
    return ds_addr_from_sockaddr(bound, (struct sockaddr *)&ss, len);
}

int
ds_viewer_offer_new(struct ds_viewer_offer **out, struct event_base *base,
        const struct ds_addr *addr, struct ds_addr *bound, ds_viewer_offer_trouble_fn fn, void *arg)
{
    struct ds_viewer_offer *offer = g_new0(struct ds_viewer_offer, 1);

    offer->base = base;
    offer->fn = fn;
    offer->arg = arg;
    offer->splices = g_ptr_array_new();
    if (listen_on(offer, addr, bound) < 0) {
        int saved = errno;
        ds_viewer_offer_free(offer);
        errno = saved;
        return DS_ERR_SYSTEM;
    }
    *out = offer;
    return 0;
}

void
ds_viewer_offer_begin(struct ds_viewer_offer *offer, struct ds_peer *peer)
{
    offer->peer = peer;
    evconnlistener_enable(offer->listener);
}

void
ds_viewer_offer_free(struct ds_viewer_offer *offer)
{
    if (offer == NULL)
        return;
    if (offer->listener != NULL)
        evconnlistener_free(offer->listener);
    if (offer->pause != NULL)
        event_free(offer->pause);
    for (guint i = 0; i < offer->splices->len; i++)
        ds_splice_free(g_ptr_array_index(offer->splices, i));
    g_ptr_array_unref(offer->splices);
    g_free(offer);
}
