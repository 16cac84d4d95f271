/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_TUN_H
#define DS_TESTS_NETLAB_ROUTER_TUN_H

/**
 * Make a device `name` for IP packets in the network namespace that the file `space` is. Returns
 * its descriptor, which does not block, or -1 and errno. The device goes when it is closed.
 */
int nl_tun_open(const char *space, const char *name);

#endif
