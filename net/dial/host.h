/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_HOST_H
#define DS_NET_DIAL_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"

/**
 * Say whether `host` can be a host name or a numeric address without brackets: 1 to 255 printable
 * ASCII characters with none that means something in a URL or in HTTP, and a colon only in an IPv6
 * address. Names in other scripts must come in their xn-- form. Any thread.
 */
bool ds_host_is_valid(const char *host);

/** Make `addr` of a numeric `host` without brackets and `port`; false for a name. Any thread. */
bool ds_host_to_addr(const char *host, uint16_t port, struct ds_addr *addr);

#endif
