/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/foothold.h"

#include <string.h>

void
ds_foothold_welcome(struct ds_foothold *foothold, const struct ds_leg_welcome *welcome)
{
    memcpy(foothold->stun, welcome->stun, sizeof foothold->stun);
    /* Behind a proxy the relay sees the proxy's address. */
    if (foothold->via_proxy || ds_addr_parse(&foothold->observed, welcome->observed, 0) < 0)
        foothold->observed = (struct ds_addr){0};
}

void
ds_foothold_copy(struct ds_foothold *to, const struct ds_foothold *from)
{
    struct ds_local_port *port = from->port != NULL ? ds_local_port_ref(from->port) : NULL;
    ds_foothold_finish(to);
    *to = *from;
    to->port = port;
}

void
ds_foothold_finish(struct ds_foothold *foothold)
{
    ds_local_port_unref(foothold->port);
    *foothold = (struct ds_foothold){0};
}
