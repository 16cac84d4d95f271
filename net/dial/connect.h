/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_CONNECT_H
#define DS_NET_DIAL_CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "net/dial/result.h"

/*
 * A TCP connection to a name, without a proxy: the resolver, the known addresses beside it, and
 * happy eyeballs over what both give. No time-out of its own. All on the loop's thread.
 */
struct ds_connect;
struct event_base;

/**
 * Begin to connect to `host` and `port`, and to the `known` addresses (copied) once the resolver
 * took longer than DS_DIAL_KNOWN_DELAY_MS or failed. `fn` is called with `arg` once, never from
 * within this call, and may free the ds_connect. `*out` is owned by the caller. Returns 0 or the
 * errors of ds_resolve_start().
 */
int ds_connect_start(struct ds_connect **out, struct event_base *base, const char *host,
        uint16_t port, const struct ds_addr *known, size_t known_count,
        struct ds_dial_prepare prepare, ds_dial_fn fn, void *arg) DS_MUST_CHECK;

/** Give up, and say what was the most telling failure. The callback does not come any more. */
struct ds_dial_result ds_connect_expire(struct ds_connect *connect);

/** Free it and close what is under way; the callback never comes after. NULL is fine. */
void ds_connect_free(struct ds_connect *connect);

#endif
