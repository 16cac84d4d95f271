/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_DIAL_H
#define DS_NET_DIAL_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "net/dial/result.h"

/*
 * One try to get a TCP connection to a host by its name: resolved in a worker thread, tried with
 * happy eyeballs (RFC 8305), through an HTTP or SOCKS5 proxy where one is set. It never blocks the
 * loop.
 */
struct ds_dial;
struct event_base;

struct ds_dial_options {
    /*
     * NULL: the environment decides, as for curl and an https:// URL (proxy.h). "": no proxy. Else
     * http://, socks5:// (we resolve the host) or socks5h:// (the proxy does), followed by
     * [user:password@]host[:port].
     */
    const char *proxy;
    unsigned timeout_ms; /* for the whole try; 0: DS_DIAL_TIMEOUT_MS */
    /* The last good addresses of the host, tried when the resolver is slow or fails. */
    const struct ds_addr *known;
    size_t known_count;
    /*
     * Called for every new socket before connect(), for example to bind it to a local port; returns
     * 0, or a negative enum ds_err with errno set, which gives up this one address.
     */
    int (*prepare)(int fd, int family, void *arg);
    void *prepare_arg; /* borrowed until the try ends */
};

/**
 * Begin to connect to `host` (a name or a numeric address without brackets) and `port`. `options`
 * is copied, and NULL means none. `fn` is called with `arg` once, on the loop's thread and never
 * from within this call; the fd that it gets is non-blocking, close-on-exec and has TCP_NODELAY.
 * Its errors:
 *   DS_ERR_RESOLVE      the name has no address, or the name server does not answer
 *   DS_ERR_UNREACHABLE  no address took the connection
 *   DS_ERR_TIMEOUT      the time was over
 *   DS_ERR_PROXY        the proxy setting is wrong, or the proxy refused or spoke nonsense
 *   DS_ERR_PROXY_AUTH   the proxy wants another user name and password
 *   DS_ERR_NOMEM, DS_ERR_SYSTEM
 * `*out` is owned by the caller. Returns 0, DS_ERR_INVALID for a host or port that cannot be one,
 * DS_ERR_NOMEM or DS_ERR_SYSTEM.
 */
int ds_dial_start(struct ds_dial **out, struct event_base *base, const char *host, uint16_t port,
        const struct ds_dial_options *options, ds_dial_fn fn, void *arg) DS_MUST_CHECK;

/**
 * Free the try, and cancel it if it is still going on: the callback never comes after. May be
 * called from within the callback. NULL is fine.
 */
void ds_dial_free(struct ds_dial *dial);

#endif
