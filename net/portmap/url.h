/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_URL_H
#define DS_NET_PORTMAP_URL_H

#include <stddef.h>

#include "net/base/addr.h"
#include "net/base/err.h"

enum { DS_URL_PATH_MAX = 256 };

/* Where something of the gateway is had by HTTP. */
struct ds_url {
    struct ds_addr server;      /* the gateway's address, with the port */
    char path[DS_URL_PATH_MAX]; /* from its '/' on: printable ASCII without spaces, quotes, <, > */
};

/**
 * Read `text`, a URL that a router gave: "http://HOST[:PORT][/PATH]" where HOST is `gateway` in
 * digits, or "[/]PATH" at `base` (which may be NULL: then only the first form will do). Anything
 * else, another host among it, is DS_ERR_INVALID: a router must not send us to others. Any thread.
 */
int ds_url_read(struct ds_url *url, const char *text, const struct ds_addr *gateway,
        const struct ds_url *base) DS_MUST_CHECK;

#endif
