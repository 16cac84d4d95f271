/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_TUNNEL_H
#define DS_NET_DIAL_TUNNEL_H

#include <stdint.h>

#include "net/dial/proxy.h"
#include "net/dial/result.h"

/*
 * The talk with a proxy on a connection to it, until the connection leads to the host. No time-out
 * of its own. All on the loop's thread.
 */
struct ds_tunnel;
struct event_base;

/**
 * Ask the proxy at the other end of `fd` (taken in any case, non-blocking) for a connection to
 * `host` (valid by ds_host_is_valid(), copied) and `port`. `proxy` is borrowed until the tunnel is
 * freed, and is not DS_PROXY_NONE. `fn` is called with `arg` once, never from within this call, and
 * may free the tunnel; the fd that it gets has carried nothing of the host's yet. Its errors are
 * those of ds_http_connect_feed() and ds_socks5_feed(), DS_ERR_PROXY when the proxy closes, and
 * DS_ERR_SYSTEM; a detail follows "the proxy ". `*out` is owned by the caller. Returns 0 or
 * DS_ERR_NOMEM.
 */
int ds_tunnel_start(struct ds_tunnel **out, struct event_base *base, int fd,
        const struct ds_proxy *proxy, const char *host, uint16_t port, ds_dial_fn fn,
        void *arg) DS_MUST_CHECK;

/** Free it and close its fd, unless the callback got it. NULL is fine. */
void ds_tunnel_free(struct ds_tunnel *tunnel);

#endif
