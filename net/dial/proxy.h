/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_PROXY_H
#define DS_NET_DIAL_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/limits.h"

enum ds_proxy_kind {
    DS_PROXY_NONE,
    DS_PROXY_HTTP,    /* CONNECT; the proxy resolves */
    DS_PROXY_SOCKS5,  /* we resolve */
    DS_PROXY_SOCKS5H, /* the proxy resolves */
};

/* Which proxy to take, and how to log in there. */
struct ds_proxy {
    enum ds_proxy_kind kind;
    uint16_t port;
    char host[DS_HOST_MAX];
    bool has_credentials;
    char user[DS_PROXY_CREDENTIAL_MAX + 1];
    char password[DS_PROXY_CREDENTIAL_MAX + 1];
};

/**
 * Read [SCHEME://][user[:password]@]host[:port][/...]. The scheme is http (when there is none),
 * socks5 or socks5h, in any case; user name and password are percent-decoded; the port is 1080 when
 * there is none. On failure `*why` gets static text that follows "the proxy setting " and shows
 * nothing of `url`, which may hold a password. Source: curl's CURLOPT_PROXY(3). Returns 0 or
 * DS_ERR_INVALID. Any thread.
 */
int ds_proxy_parse(struct ds_proxy *proxy, const char *url, const char **why) DS_MUST_CHECK;

/**
 * Choose the proxy for a TLS connection to `host` and `port` as curl does for an https:// URL: the
 * first of https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY that is not empty, unless no_proxy, or
 * else NO_PROXY, covers the host (no_proxy.h). Loopback is nothing special. On failure `*why` is as
 * in ds_proxy_parse(), and `*variable` names the variable (static text). Returns 0 or
 * DS_ERR_INVALID. Reads the environment: not beside a setenv().
 */
int ds_proxy_from_environment(struct ds_proxy *proxy, const char *host, uint16_t port,
        const char **variable, const char **why) DS_MUST_CHECK;

/** Wipe the password and all else. */
void ds_proxy_finish(struct ds_proxy *proxy);

#endif
