/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_INTERFACES_H
#define DS_NET_DIAL_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"

/* The addresses of this machine, and word of their change (netlink(7), rtnetlink(7)). */
struct ds_interfaces_watch;
struct event_base;

enum { DS_INTERFACES_MAX = 32 }; /* addresses that are looked at; the last of the order go */

/* One address, and what is to be known of its interface. */
struct ds_interface {
    struct ds_addr addr; /* port 0 */
    uint8_t prefix_bits; /* of the network that it is in; all of them: it is in none */
    bool is_temporary;   /* IPv6, RFC 8981 */
    bool is_point_to_point;
    bool has_default_route;
    uint32_t metric; /* of that route: the kernel takes the smallest */
};

/**
 * Write up to `cap` addresses of interfaces that are up and plugged in into `out`: those of default
 * routes first, as the kernel would choose, and temporary IPv6 addresses before the stable ones of
 * their interface. No loopback, no link-local, deprecated or tentative IPv6; link-local IPv4 ones
 * are there, two machines on one cable have nothing else. Returns the count. Any thread; does not
 * wait.
 */
size_t ds_interfaces_read(struct ds_interface *out, size_t cap);

/**
 * Write up to `cap` addresses (port 0) into `out`, in the order of ds_interfaces_read(), no
 * link-local ones. Returns the count. Any thread; does not wait.
 */
size_t ds_interfaces_list(struct ds_addr *out, size_t cap);

/** Write the addresses of `all` as ds_interfaces_list() does. Returns the count. Any thread. */
size_t ds_interfaces_addresses(
        const struct ds_interface *all, size_t all_count, struct ds_addr *out, size_t cap);

/**
 * What ds_interfaces_read() tells has changed; `has_moved`: also what ds_interfaces_list() does,
 * and not only what is to be known of an interface. May free the watch.
 */
typedef void (*ds_interfaces_fn)(void *arg, bool has_moved);

/**
 * Call `fn` with `arg` from the loop: once for changes that come close together,
 * DS_INTERFACES_SETTLE_MS after the first of them, however many follow. Returns 0 with `*out`
 * (owned), DS_ERR_SYSTEM with errno where the kernel gives no word, or DS_ERR_NOMEM. Net thread.
 */
int ds_interfaces_watch_new(struct ds_interfaces_watch **out, struct event_base *base,
        ds_interfaces_fn fn, void *arg) DS_MUST_CHECK;

/**
 * Do as ds_interfaces_read(), without asking the kernel: as it was when `fn` was called last, or
 * the watch was made. NULL for a watch that could not be made: the kernel is asked.
 */
size_t ds_interfaces_watch_read(
        const struct ds_interfaces_watch *watch, struct ds_interface *out, size_t cap);

/** Stop and free; NULL is fine. */
void ds_interfaces_watch_free(struct ds_interfaces_watch *watch);

#endif
