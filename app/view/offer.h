/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_OFFER_H
#define DS_APP_VIEW_OFFER_H

#include "net/base/addr.h"
#include "net/base/err.h"
#include "net/peer/peer.h"

/*
 * Offers the session to VNC viewers, or any other TCP clients, on this computer: each connection to
 * the listening address becomes a channel of its own.
 */
struct ds_viewer_offer;
struct event_base;

/** A viewer got nowhere: why, and for the curious how (borrowed, may be ""). */
typedef void (*ds_viewer_offer_trouble_fn)(void *arg, enum ds_reason reason, const char *detail);

/**
 * Listen on `addr` (port 0: any); viewers that come wait until ds_viewer_offer_begin(). `base` and
 * `arg` are borrowed. `*bound` is what it listens on. Returns 0, or DS_ERR_SYSTEM with errno set.
 * Net thread, like all of these.
 */
int ds_viewer_offer_new(struct ds_viewer_offer **out, struct event_base *base,
        const struct ds_addr *addr, struct ds_addr *bound, ds_viewer_offer_trouble_fn fn,
        void *arg) DS_MUST_CHECK;

/** Give each viewer a channel of its own on `peer` (borrowed), after its on_peer. */
void ds_viewer_offer_begin(struct ds_viewer_offer *offer, struct ds_peer *peer);

/** Break all connections, listen no more, free; NULL is fine. Before the peer is freed. */
void ds_viewer_offer_free(struct ds_viewer_offer *offer);

#endif
