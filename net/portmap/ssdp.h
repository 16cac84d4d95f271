/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_SSDP_H
#define DS_NET_PORTMAP_SSDP_H

#include <stddef.h>

#include "net/base/err.h"
#include "net/portmap/errand.h"
#include "net/portmap/url.h"

/**
 * Write the URL of an SSDP answer (`len` bytes) into `url`. Returns 0, or DS_ERR_PROTOCOL for what
 * is no answer to a search, or names another host than `gateway`. Any thread. Source: UPnP Device
 * Architecture 1.1, 1.3.3.
 */
int ds_ssdp_read(struct ds_url *url, const struct ds_addr *gateway, const char *data,
        size_t len) DS_MUST_CHECK;

/**
 * Search for an Internet Gateway Device: the question goes to the gateway, and to the group of all
 * devices, since some routers hear it there alone; what is not the gateway's answer is passed over.
 * Blocks, for DS_PORTMAP_SEARCH_MS at most. Returns 0 with the URL of its description, or an error
 * as ds_errand_wait() has them.
 */
int ds_ssdp_search(struct ds_url *url, const struct ds_errand *errand) DS_MUST_CHECK;

#endif
