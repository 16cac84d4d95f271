/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_NEARBY_LAN_ADDRESS_H
#define DS_APP_NEARBY_LAN_ADDRESS_H

#include <glib.h>

#include "net/base/addr.h"

/* One address of this machine, as far as it matters for showing it to others. */
struct ds_lan_interface {
    struct ds_addr addr;        /* port 0 */
    gboolean is_running;        /* up, and plugged in */
    gboolean is_point_to_point; /* a tunnel: who is near is not at its other end */
    gboolean has_default_route;
    guint32 metric; /* of that route: the kernel takes the smallest */
};

/**
 * Choose the address under which others on the network find this machine: IPv4 before IPv6, a
 * network before a tunnel, then as the kernel chooses for the default route. Never one of the
 * machine alone, never a link-local IPv6 one, which means nothing on another machine. Returns its
 * index, -1 where there is none. Any thread.
 */
int ds_lan_choose(const struct ds_lan_interface *list, gsize count);

/**
 * Write the address, with port 0, into `*addr`. Returns whether there is one. Reads the kernel's
 * tables: any thread, it does not block.
 */
gboolean ds_lan_address(struct ds_addr *addr);

#endif
