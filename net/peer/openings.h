/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_OPENINGS_H
#define DS_NET_PEER_OPENINGS_H

#include <stdint.h>

#include "net/peer/foothold.h"
#include "net/portmap/portmap.h"

/*
 * What this network's routers are asked to open for one local port: a mapping in IPv4 where a NAT
 * is in the way, and a hole in the firewall in IPv6. All zero: nothing. Net thread.
 */
struct ds_openings {
    struct ds_portmap *v4, *v6; /* NULL: not asked */
};

/**
 * Ask for `port` where it makes sense, as `foothold` shows: not through a proxy, and not where the
 * relay is in this network, as then nobody could say what the world sees. `lease_s` 0: never. `fn`
 * with `arg` hears of the mapping in IPv4; the hole in IPv6 is worth no word, since the addresses
 * there are the machine's own.
 */
void ds_openings_ask(struct ds_openings *openings, struct event_base *base, uint32_t lease_s,
        const struct ds_foothold *foothold, uint16_t port, ds_portmap_fn fn, void *arg);

/** Take them back, and be as empty as at first. */
void ds_openings_finish(struct ds_openings *openings);

#endif
