/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_MAPPING_H
#define DS_NET_PUNCH_MAPPING_H

#include <stddef.h>

#include "net/base/addr.h"
#include "net/punch/offer.h"

/* How one destination sees a local port. */
struct ds_sighting {
    struct ds_addr server; /* who looked */
    struct ds_addr seen;
};

/**
 * Tell how the NAT in front of one local port maps, by what different destinations see of it; `own`
 * are this machine's addresses with that port. In IPv4, where this machine has an address of it or
 * is seen under one; then what is seen in IPv6 says nothing. One destination says nothing but
 * whether there is a NAT at all; where all that were asked see the same it is
 * DS_MAPPING_INDEPENDENT, as far as they tell; where they differ and it does not show by what,
 * DS_MAPPING_ADDRESS_AND_PORT. Source: RFC 5780, 4.3. Any thread.
 */
enum ds_mapping ds_mapping_of(const struct ds_sighting *sightings, size_t count,
        const struct ds_addr *own, size_t own_count);

#endif
