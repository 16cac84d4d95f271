/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PORTMAP_HTTP_H
#define DS_NET_PORTMAP_HTTP_H

#include <stddef.h>

#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/portmap/errand.h"
#include "net/portmap/url.h"

/* A router's answer. */
struct ds_http_answer {
    unsigned status; /* 200 */
    size_t at;       /* the body: `len` bytes from there on */
    size_t len;
    char bytes[DS_PORTMAP_HTTP_MAX + 1]; /* all of the answer, and a 0 */
};

/**
 * Read the head of `answer`, whose `bytes` hold `count` bytes, and find its body. Returns 0, or
 * DS_ERR_PROTOCOL for what is no HTTP. Any thread.
 */
int ds_http_read(struct ds_http_answer *answer, size_t count) DS_MUST_CHECK;

/**
 * Send `request` (text, its head and body) to url's server and take the answer: no redirection, no
 * name is looked up, DS_PORTMAP_HTTP_MAX bytes and DS_PORTMAP_HTTP_MS at most. Blocks. Returns 0,
 * DS_ERR_PROTOCOL, DS_ERR_TOO_BIG, DS_ERR_UNREACHABLE, or an error of ds_errand_wait().
 */
int ds_http_ask(struct ds_http_answer *answer, const struct ds_errand *errand,
        const struct ds_url *url, const char *request) DS_MUST_CHECK;

#endif
