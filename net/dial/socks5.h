/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_SOCKS5_H
#define DS_NET_DIAL_SOCKS5_H

#include <stddef.h>
#include <stdint.h>

#include "net/dial/proxy.h"
#include "net/wire/writer.h"

enum ds_socks5_step {
    DS_SOCKS5_METHOD,
    DS_SOCKS5_LOGIN,
    DS_SOCKS5_REPLY,
    DS_SOCKS5_BOUND_NAME, /* the length of the name that the proxy bound, if it is one */
    DS_SOCKS5_BOUND,      /* the address that the proxy bound, and its port */
};

/* The client's side of SOCKS5's CONNECT (RFC 1928, with RFC 1929's login), as bytes. */
struct ds_socks5 {
    const struct ds_proxy *proxy; /* borrowed */
    const char *host;             /* borrowed */
    uint16_t port;
    enum ds_socks5_step step;
    size_t wanted;
    size_t have;
    uint8_t in[256 + 2];
};

/** Enough for any of the client's messages: the login is the longest. */
enum { DS_SOCKS5_MESSAGE_MAX = 3 + 2 * DS_PROXY_CREDENTIAL_MAX };

/**
 * Append the greeting, and begin to await the answers. `proxy` and `host` (valid by
 * ds_host_is_valid(); a numeric address is sent as one, a name is left to the proxy) are borrowed
 * until the end. Any thread.
 */
void ds_socks5_start(struct ds_socks5 *socks, const struct ds_proxy *proxy, const char *host,
        uint16_t port, struct ds_writer *out);

/** Return how many bytes may be read next, at least 1: none beyond SOCKS5's own is taken. */
size_t ds_socks5_wants(const struct ds_socks5 *socks);

/**
 * Read the next `len` bytes, at most ds_socks5_wants(), and append what must be sent to `out`. On
 * failure `detail` gets text that follows "the proxy ". Returns 1 when the tunnel is open, 0 when
 * more must come, or
 *   DS_ERR_PROXY_AUTH   it does not accept how we can log in, or the user name and password
 *   DS_ERR_UNREACHABLE  it cannot reach the host
 *   DS_ERR_PROXY        it refused, or broke the protocol
 */
int ds_socks5_feed(struct ds_socks5 *socks, const uint8_t *data, size_t len, struct ds_writer *out,
        char detail[static DS_DIAL_DETAIL_MAX]) DS_MUST_CHECK;

#endif
