/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/relay_double.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"
#include "tests/unit/tls_pair.h"

static void
clear_heard(void *arg)
{
    g_bytes_unref(((struct heard *)arg)->payload);
}

void
relay_double_close(struct relay_double *relay, bool is_reset)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (relay->fd < 0)
        return;
    if (is_reset)
        setsockopt(relay->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    event_del(relay->event);
    close(relay->fd);
    relay->fd = -1;
}

void
relay_double_send(struct relay_double *relay, const void *data, size_t len)
{
    const uint8_t *p = data;
    size_t n = MIN(len, relay->budget);
    while (n > 0 && relay->fd >= 0) {
        ssize_t sent = send(relay->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        p += sent;
        n -= (size_t)sent;
        relay->sent += (size_t)sent;
        if (relay->budget != SIZE_MAX)
            relay->budget -= (size_t)sent;
    }
    if (relay->budget == 0)
        relay_double_close(relay, false);
}

static void
flush(struct relay_double *relay)
{
    struct evbuffer *out = evbuffer_new();
    g_assert_cmpint(ds_tls_take(relay->tls, out), ==, 0);
    size_t n = evbuffer_get_length(out);
    if (n > 0)
        relay_double_send(relay, evbuffer_pullup(out, -1), n);
    evbuffer_free(out);
}

void
relay_double_say_raw(struct relay_double *relay, const void *data, size_t len)
{
    g_assert_cmpint(ds_tls_write(relay->tls, data, len), ==, 0);
    flush(relay);
}

void
relay_double_say(struct relay_double *relay, uint8_t type, const void *payload, size_t len)
{
    uint8_t record[DS_RECORD_HEADER + DS_RECORD_MAX];
    g_assert_cmpuint(len, <=, DS_RECORD_MAX);
    ds_record_header(record, type, len);
    if (len > 0)
        memcpy(record + DS_RECORD_HEADER, payload, len);
    relay_double_say_raw(relay, record, DS_RECORD_HEADER + len);
}

void
relay_double_welcome(struct relay_double *relay, uint16_t version)
{
    uint8_t buf[256];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    if (version > 0)
        ds_tlv_put_number(&w, DS_TAG_VERSION, version, 2);
    ds_tlv_put_text(&w, DS_TAG_OBSERVED, "192.0.2.1:4711");
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, "double 1.0");
    relay_double_say(relay, DS_RECORD_WELCOME, buf, w.len);
}

static void
hear(struct relay_double *relay, const struct ds_record *record)
{
    struct heard heard = {record->type, g_bytes_new(record->payload, record->len)};
    g_array_append_val(relay->heard, heard);
    relay->count[record->type]++;
    if (record->type == DS_RECORD_HELLO && relay->is_welcoming)
        relay_double_welcome(relay, 1);
    if (record->type == DS_RECORD_PIPE && relay->partner != NULL && relay->partner->fd >= 0)
        relay_double_say(relay->partner, DS_RECORD_PIPE, record->payload, record->len);
}

static void
hear_all(struct relay_double *relay)
{
    uint8_t buf[DS_TLS_WRITE_MAX];
    struct ds_record record;
    int n;
    while ((n = ds_tls_read(relay->tls, buf, sizeof buf)) > 0) {
        relay->largest_read = MAX(relay->largest_read, n);
        g_byte_array_append(relay->in, buf, (guint)n);
        int taken;
        while ((taken = ds_record_parse(&record, relay->in->data, relay->in->len, DS_RECORD_MAX)) >
                0) {
            hear(relay, &record);
            g_byte_array_remove_range(relay->in, 0, (guint)taken);
        }
        g_assert_cmpint(taken, ==, 0);
    }
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct relay_double *relay = arg;
    uint8_t buf[65536];
    ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    if (n <= 0) {
        relay->is_eof = true;
        relay->is_reset = n < 0;
        event_del(relay->event);
        return;
    }
    relay->reads++;
    g_assert_cmpint(ds_tls_put(relay->tls, buf, (size_t)n), ==, 0);
    int done = ds_tls_handshake(relay->tls);
    relay->tls_err = MIN(done, 0);
    flush(relay);
    if (done == 1)
        hear_all(relay);
}

/* Both ends of a TCP connection over loopback. */
static void
connect_pair(int fds[static 2])
{
    struct sockaddr_in addr = {
            .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = 0};
    socklen_t len = sizeof addr;
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&addr, len), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&addr, &len), ==, 0);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fds[0], (struct sockaddr *)&addr, len), ==, 0);
    fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(fds[1], >=, 0);
    setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    g_assert_cmpint(fcntl(fds[0], F_SETFL, O_NONBLOCK), ==, 0);
    close(listener);
}

struct relay_double *
relay_double_new(struct event_base *base, SSL_CTX *ctx, int *fd)
{
    struct relay_double *relay = g_new0(struct relay_double, 1);
    int fds[2];
    connect_pair(fds);
    *fd = fds[0];
    relay->fd = fds[1];
    relay->budget = SIZE_MAX;
    relay->is_welcoming = true;
    relay->in = g_byte_array_new();
    relay->heard = g_array_new(FALSE, FALSE, sizeof(struct heard));
    g_array_set_clear_func(relay->heard, clear_heard);
    g_assert_cmpint(ds_tls_new(&relay->tls, ctx, true), ==, 0);
    relay->event = event_new(base, relay->fd, EV_READ | EV_PERSIST, on_readable, relay);
    event_add(relay->event, NULL);
    return relay;
}

void
relay_double_free(struct relay_double *relay)
{
    relay_double_close(relay, false);
    event_free(relay->event);
    ds_tls_free(relay->tls);
    g_byte_array_unref(relay->in);
    g_array_unref(relay->heard);
    g_free(relay);
}

GBytes *
relay_double_last(const struct relay_double *relay, uint8_t type)
{
    for (guint i = relay->heard->len; i > 0; i--) {
        const struct heard *heard = &g_array_index(relay->heard, struct heard, i - 1);
        if (heard->type == type)
            return heard->payload;
    }
    return NULL;
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
        unsigned int in_len, void *arg)
{
    static const unsigned char wanted[] = "\x0a" DS_ALPN;
    unsigned char *chosen;
    int result = SSL_select_next_proto(&chosen, out_len, wanted, sizeof wanted - 1, in, in_len);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX *
relay_double_ctx(bool has_alpn)
{
    SSL_CTX *ctx = new_self_signed_ctx("localhost");
    SSL_CTX_set_num_tickets(ctx, 0); /* a relay sends none, and their length varies */
    if (has_alpn)
        SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    return ctx;
}
