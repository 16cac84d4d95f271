/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_NETLINK_H
#define DS_NET_DIAL_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "net/base/err.h"

/* The kernel's tables of addresses and routes (netlink(7), rtnetlink(7)). Any thread. */

/** Called for each message of a dump; it is borrowed, and whole. */
typedef void (*ds_netlink_fn)(void *arg, const struct nlmsghdr *message);

/**
 * Open a close-on-exec socket that hears what happens to `groups` (RTMGRP_..., 0: nothing), with
 * `flags` (SOCK_NONBLOCK, 0). Returns the fd (owned) or DS_ERR_SYSTEM with errno.
 */
int ds_netlink_open(uint32_t groups, int flags) DS_MUST_CHECK;

/**
 * Ask at `fd`, a socket that hears nothing and blocks, for a whole table (RTM_GETADDR,
 * RTM_GETROUTE) of all families, and call `fn` with `arg` for each row before this returns. The
 * kernel answers at once. Returns 0 or DS_ERR_SYSTEM with errno.
 */
int ds_netlink_dump(int fd, uint16_t type, ds_netlink_fn fn, void *arg) DS_MUST_CHECK;

/**
 * Copy `size` bytes of the attribute `type` of a message with a family's header of `head` bytes
 * (sizeof(struct rtmsg)) into `out`. Returns false, with `out` as it was, where there is none.
 */
bool ds_netlink_attribute(
        const struct nlmsghdr *message, size_t head, int type, void *out, size_t size);

#endif
