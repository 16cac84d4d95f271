/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_INTERFACES_H
#define DS_NET_DIAL_INTERFACES_H

#include <stddef.h>

#include "net/base/addr.h"

/* The addresses of this machine, and word of their change (netlink(7), rtnetlink(7)). */
struct ds_interfaces_watch;
struct event_base;

/**
 * Write up to `cap` addresses (port 0) of interfaces that are up into `out`, those of the default
 * routes first, no loopback, no link-local, no deprecated or tentative IPv6; temporary IPv6
 * addresses (RFC 8981) stand before the stable ones. Returns the count. Any thread; does not wait.
 */
size_t ds_interfaces_list(struct ds_addr *out, size_t cap);

/**
 * Call `fn` with `arg` from the loop when addresses or routes have changed: once for changes that
 * come close together, DS_INTERFACES_SETTLE_MS after the first of them, however many follow.
 * Returns 0 with `*out` (owned), DS_ERR_SYSTEM where the kernel gives no word, or DS_ERR_NOMEM. Net
 * thread.
 */
int ds_interfaces_watch_new(struct ds_interfaces_watch **out, struct event_base *base,
        void (*fn)(void *arg), void *arg) DS_MUST_CHECK;

/** Stop and free; NULL is fine. */
void ds_interfaces_watch_free(struct ds_interfaces_watch *watch);

#endif
