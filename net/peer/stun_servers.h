/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_STUN_SERVERS_H
#define DS_NET_PEER_STUN_SERVERS_H

#include <stddef.h>

#include "net/peer/foothold.h"

/**
 * Write up to `cap` STUN servers to ask into `out` and return how many: those of `setting`
 * ("ADDR:PORT[,ADDR:PORT]") where it is not NULL, else the first two that the relay may name: it
 * cannot send us to a port below 1,024, nor to a machine of this network or to this one, unless it
 * is there itself, nor have us resolve a name: that is passed over. Any thread.
 */
size_t ds_stun_servers(
        struct ds_addr *out, size_t cap, const struct ds_foothold *foothold, const char *setting);

#endif
