/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_GATEWAY_H
#define DS_NET_PORTMAP_GATEWAY_H

#include <stdbool.h>

#include "net/base/addr.h"

/**
 * Read from the kernel which router the default route of `family` (AF_INET, AF_INET6) leads to, and
 * write its address into `out` (port 0; a link-local one with its interface). Of several routes it
 * is the one that the kernel takes. Returns false where that has no router, as a tunnel has none.
 * Any thread; does not wait. Source: rtnetlink(7).
 */
bool ds_gateway_find(int family, struct ds_addr *out);

#endif
