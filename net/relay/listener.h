/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_LISTENER_H
#define DS_NET_RELAY_LISTENER_H

#include "net/base/addr.h"
#include "net/base/err.h"

/* A TCP listener that hands over what it accepts. It pauses when descriptors run out. */
struct ds_relay_listener;
struct event_base;

/** `fd` (taken, non-blocking, close-on-exec, no delay, a low TCP_NOTSENT_LOWAT) came from `addr`.
 */
typedef void (*ds_relay_accept_fn)(void *arg, int fd, const struct ds_addr *addr);

/**
 * Listen at `addr`; `bound` gets the real address; [::] takes IPv4 too. Returns 0 and the listener
 * in `*out` (owned), DS_ERR_SYSTEM with errno set, or DS_ERR_NOMEM.
 */
int ds_relay_listener_new(struct ds_relay_listener **out, struct event_base *base,
        const struct ds_addr *addr, struct ds_addr *bound, ds_relay_accept_fn on_accept,
        void *arg) DS_MUST_CHECK;

/** Close the listener. NULL is fine. */
void ds_relay_listener_free(struct ds_relay_listener *listener);

#endif
