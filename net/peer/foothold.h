/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_FOOTHOLD_H
#define DS_NET_PEER_FOOTHOLD_H

#include <stdbool.h>

#include "net/base/addr.h"
#include "net/dial/local_port.h"
#include "net/path/leg.h"

/*
 * What a connection to a relay leaves for the search of a direct path to stand on: the port that it
 * comes from, and what the relay sees of it. Empty: all zero. Net thread.
 */
struct ds_foothold {
    struct ds_local_port *port; /* a reference; NULL: the connection has none of its own */
    struct ds_addr relay;       /* the relay's end of it; len 0: a proxy's, or no connection */
    struct ds_addr observed;    /* our end as the relay sees it; len 0: not known */
    char stun[DS_LEG_STUN_MAX]; /* the relay's STUN servers, as WELCOME has them, or "" */
    bool via_proxy;
};

/** Note what WELCOME says. */
void ds_foothold_welcome(struct ds_foothold *foothold, const struct ds_leg_welcome *welcome);

/** Make `to` the same as `from`, with a reference of its own; what `to` held is given back. */
void ds_foothold_copy(struct ds_foothold *to, const struct ds_foothold *from);

/** Give back what it holds and empty it. */
void ds_foothold_finish(struct ds_foothold *foothold);

#endif
