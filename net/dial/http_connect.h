/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_DIAL_HTTP_CONNECT_H
#define DS_NET_DIAL_HTTP_CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "net/dial/proxy.h"
#include "net/wire/writer.h"

/*
 * The client's side of HTTP's CONNECT (RFC 9110, 9.3.6; RFC 9112), as bytes: the request, and a
 * reader of the answer which keeps nothing of it but the current line's beginning.
 */
struct ds_http_connect {
    bool with_credentials;
    bool in_fields;    /* the status line is read */
    bool is_open;      /* ... and was a success */
    size_t head_bytes; /* read so far, interim answers' too */
    size_t line_bytes; /* of the current line, which `line` holds the beginning of */
    char line[100];
};

/** Enough for any request: the host twice, and Base64 of the longest user name and password. */
enum { DS_HTTP_CONNECT_REQUEST_MAX = 2 * DS_HOST_MAX + 4 * 2 * DS_PROXY_CREDENTIAL_MAX / 3 + 256 };

/**
 * Append the request for a tunnel to `host` (valid by ds_host_is_valid()) and `port`, with Basic
 * authentication (RFC 7617) if `proxy` has credentials, and begin to await the answer. Any thread.
 */
void ds_http_connect_start(struct ds_http_connect *http, const struct ds_proxy *proxy,
        const char *host, uint16_t port, struct ds_writer *out);

/**
 * Read the next `len` bytes of the answer. Interim answers (1xx) are skipped; every other 2xx opens
 * the tunnel, and its header fields mean nothing. On failure `detail` gets text that follows "the
 * proxy ", all printable ASCII. Returns 1 when the tunnel is open, 0 when more must come, or
 *   DS_ERR_PROXY_AUTH  407, or 401
 *   DS_ERR_PROXY       another status, no HTTP, header fields over DS_PROXY_HEAD_MAX, or bytes
 *                      after them: what comes through the tunnel is TLS, where we speak first
 */
int ds_http_connect_feed(struct ds_http_connect *http, const uint8_t *data, size_t len,
        char detail[static DS_DIAL_DETAIL_MAX]) DS_MUST_CHECK;

#endif
