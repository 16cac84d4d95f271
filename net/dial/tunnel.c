/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/tunnel.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include <openssl/crypto.h>

#include "net/base/event.h"
#include "net/dial/http_connect.h"
#include "net/dial/socks5.h"

enum {
    READ_MAX_BYTES = 512,
    OUT_MAX = (int)DS_HTTP_CONNECT_REQUEST_MAX > (int)DS_SOCKS5_MESSAGE_MAX
                      ? (int)DS_HTTP_CONNECT_REQUEST_MAX
                      : (int)DS_SOCKS5_MESSAGE_MAX,
};

struct ds_tunnel {
    ds_dial_fn fn;
    void *arg;
    int fd;
    char host[DS_HOST_MAX];
    const struct ds_proxy *proxy;
    struct event *readable, *writable;
    struct ds_writer out; /* into out_bytes; may hold a password */
    size_t sent;
    uint8_t out_bytes[OUT_MAX];
    union {
        struct ds_http_connect http;
        struct ds_socks5 socks;
    } talk;
};

/* The callback may free the tunnel: nothing may follow a call to this. */
static void
report(struct ds_tunnel *tunnel, const struct ds_dial_result *result)
{
    event_del(tunnel->readable);
    event_del(tunnel->writable);
    tunnel->fn(tunnel->arg, result);
}

static void
fail(struct ds_tunnel *tunnel, int err, const char *detail)
{
    struct ds_dial_result result = ds_dial_failure(err, "%s", detail);
    report(tunnel, &result);
}

static void
succeed(struct ds_tunnel *tunnel)
{
    struct ds_dial_result result = {.fd = tunnel->fd, .via_proxy = true};
    tunnel->fd = -1;
    report(tunnel, &result);
}

static size_t
next_read_bytes(const struct ds_tunnel *tunnel)
{
    if (tunnel->proxy->kind == DS_PROXY_HTTP)
        return READ_MAX_BYTES;
    size_t wants = ds_socks5_wants(&tunnel->talk.socks);
    return wants < READ_MAX_BYTES ? wants : READ_MAX_BYTES;
}

static int
feed(struct ds_tunnel *tunnel, const uint8_t *data, size_t len, char *detail)
{
    if (tunnel->proxy->kind == DS_PROXY_HTTP)
        return ds_http_connect_feed(&tunnel->talk.http, data, len, detail);
    return ds_socks5_feed(&tunnel->talk.socks, data, len, &tunnel->out, detail);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_tunnel *tunnel = arg;
    char detail[DS_DIAL_DETAIL_MAX];
    uint8_t data[READ_MAX_BYTES];

    ssize_t n = recv(fd, data, next_read_bytes(tunnel), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        fail(tunnel, DS_ERR_PROXY, "closed the connection without an answer");
        return;
    }
    int result = feed(tunnel, data, (size_t)n, detail);
    if (result < 0)
        fail(tunnel, result, detail);
    else if (result == 1)
        succeed(tunnel);
    else if (tunnel->sent < tunnel->out.len && event_add(tunnel->writable, NULL) < 0)
        fail(tunnel, DS_ERR_SYSTEM, "could not be waited for");
}

/* A failure to write is left to the reader: what the proxy said before it closed may still be
 * there. */
static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_tunnel *tunnel = arg;
    const uint8_t *rest = tunnel->out.data + tunnel->sent;

    ssize_t n = send(fd, rest, tunnel->out.len - tunnel->sent, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        tunnel->sent += (size_t)n;
    if (n > 0 && tunnel->sent < tunnel->out.len)
        return;
    event_del(tunnel->writable);
    tunnel->sent = 0;
    ds_writer_init(&tunnel->out, tunnel->out_bytes, sizeof tunnel->out_bytes);
}

static int
add_events(struct ds_tunnel *tunnel, struct event_base *base)
{
    short persist = EV_PERSIST;
    tunnel->readable = event_new(base, tunnel->fd, EV_READ | persist, on_readable, tunnel);
    tunnel->writable = event_new(base, tunnel->fd, EV_WRITE | persist, on_writable, tunnel);
    if (tunnel->readable == NULL || tunnel->writable == NULL ||
            event_add(tunnel->readable, NULL) < 0 || event_add(tunnel->writable, NULL) < 0)
        return DS_ERR_NOMEM;
    return 0;
}

int
ds_tunnel_start(struct ds_tunnel **out, struct event_base *base, int fd,
        const struct ds_proxy *proxy, const char *host, uint16_t port, ds_dial_fn fn, void *arg)
{
    struct ds_tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (tunnel == NULL) {
        close(fd);
        return DS_ERR_NOMEM;
    }
    tunnel->fn = fn;
    tunnel->arg = arg;
    tunnel->fd = fd;
    tunnel->proxy = proxy;
    snprintf(tunnel->host, sizeof tunnel->host, "%s", host);
    ds_writer_init(&tunnel->out, tunnel->out_bytes, sizeof tunnel->out_bytes);
    if (proxy->kind == DS_PROXY_HTTP)
        ds_http_connect_start(&tunnel->talk.http, proxy, tunnel->host, port, &tunnel->out);
    else
        ds_socks5_start(&tunnel->talk.socks, proxy, tunnel->host, port, &tunnel->out);
    int err = add_events(tunnel, base);
    if (err < 0) {
        ds_tunnel_free(tunnel);
        return err;
    }
    *out = tunnel;
    return 0;
}

void
ds_tunnel_free(struct ds_tunnel *tunnel)
{
    if (tunnel == NULL)
        return;
    ds_event_free(tunnel->readable);
    ds_event_free(tunnel->writable);
    if (tunnel->fd >= 0)
        close(tunnel->fd);
    OPENSSL_cleanse(tunnel->out_bytes, sizeof tunnel->out_bytes);
    free(tunnel);
}
