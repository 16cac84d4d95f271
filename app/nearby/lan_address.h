/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_NEARBY_LAN_ADDRESS_H
#define DS_APP_NEARBY_LAN_ADDRESS_H

#include <glib.h>

#include "net/dial/interfaces.h"

/**
 * Choose the address under which others on the network find this machine, of a list in the order of
 * ds_interfaces_read(): IPv4 before IPv6, a network before a tunnel, then the first. Returns its
 * index, -1 where there is none. Any thread.
 */
int ds_lan_choose(const struct ds_interface *list, gsize count);

/**
 * Write the address, with port 0, into `*addr`. Returns whether there is one. Any thread, it does
 * not block.
 */
gboolean ds_lan_address(struct ds_addr *addr);

#endif
