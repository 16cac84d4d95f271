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
struct ds_offer;
struct event_base;

/**
 * Listen on `addr` (port 0: any) for connections that open channels on `peer`; both `base` and
 * `peer` are borrowed. `*bound` is what it listens on. Returns 0, or DS_ERR_SYSTEM with errno set.
 */
int ds_offer_new(struct ds_offer **out, struct event_base *base, struct ds_peer *peer,
        const struct ds_addr *addr, struct ds_addr *bound) DS_MUST_CHECK;

/** Break all connections, listen no more, free; NULL is fine. Before the peer is freed. */
void ds_offer_free(struct ds_offer *offer);

#endif
