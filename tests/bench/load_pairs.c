/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/load_pairs.h"

#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>

#include "net/base/limits.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"

static _Noreturn void
fail(const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    errx(EXIT_FAILURE, "%s: %s", what, reason != NULL ? reason : "the connection is gone");
}

/* What our clients have: one suite, so that both candidates spend the same on it; many records in
 * one read; no tickets, which nobody here would use. */
static SSL_CTX *
make_context(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1 ||
            SSL_CTX_set_num_tickets(ctx, 0) != 1)
        fail("TLS context");
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_default_read_buffer_len(ctx, DS_SOCK_READ_MAX);
    return ctx;
}

SSL_CTX *
load_client_context(void)
{
    static const unsigned char alpn[] = "\x0a" DS_ALPN;
    SSL_CTX *ctx = make_context(TLS_client_method());
    if (SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1) != 0)
        fail("ALPN");
    return ctx;
}

SSL_CTX *
load_server_context(const char *pem)
{
    SSL_CTX *ctx = make_context(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(ctx, pem) != 1 ||
            SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) != 1)
        fail(pem);
    return ctx;
}

/* The socket becomes the stream's. */
static SSL *
make_end(SSL_CTX *ctx, int fd)
{
    int one = 1, lowat = DS_NOTSENT_LOWAT;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat) != 0)
        err(EXIT_FAILURE, "socket options");
    SSL *ssl = SSL_new(ctx);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1)
        fail("TLS");
    return ssl;
}

static SSL *
dial(SSL_CTX *ctx, const struct ds_addr *addr)
{
    int fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&addr->ss, addr->len) != 0)
        err(EXIT_FAILURE, "connect");
    SSL *ssl = make_end(ctx, fd);
    if (SSL_connect(ssl) != 1)
        fail("TLS handshake");
    return ssl;
}

void
load_read(SSL *ssl, void *out, size_t len)
{
    uint8_t *at = out;
    for (size_t n; len > 0; at += n, len -= n)
        if (SSL_read_ex(ssl, at, len, &n) != 1)
            fail("read");
}

void
load_write(SSL *ssl, const void *data, size_t len)
{
    size_t n;
    if (SSL_write_ex(ssl, data, len, &n) != 1 || n != len)
        fail("write");
}

static void
write_record(SSL *ssl, uint8_t type, struct ds_writer *fields)
{
    uint8_t record[DS_RECORD_HEADER + DS_HELLO_MAX];
    struct ds_writer w;
    ds_record_header(record, type, fields->len);
    ds_writer_init(&w, record + DS_RECORD_HEADER, DS_HELLO_MAX);
    ds_writer_bytes(&w, fields->data, fields->len);
    if (fields->failed || w.failed)
        errx(EXIT_FAILURE, "a record of the meeting is too long");
    load_write(ssl, record, DS_RECORD_HEADER + w.len);
}

/* Say HELLO and MEET; the answers come when the other end has done the same. */
static void
ask_to_meet(SSL *ssl, enum ds_role role, unsigned number)
{
    uint8_t data[DS_HELLO_MAX],
            meeting[DS_MEETING_BYTES] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct ds_writer fields;
    ds_writer_init(&fields, data, sizeof data);
    ds_tlv_put_number(&fields, DS_TAG_VERSION_MIN, DS_PROTOCOL_VERSION_MIN, 2);
    ds_tlv_put_number(&fields, DS_TAG_VERSION_MAX, DS_PROTOCOL_VERSION_MAX, 2);
    write_record(ssl, DS_RECORD_HELLO, &fields);
    ds_writer_init(&fields, data, sizeof data);
    ds_tlv_put(&fields, DS_TAG_MEETING, meeting, sizeof meeting);
    ds_tlv_put_number(&fields, DS_TAG_ROLE, role, 1);
    write_record(ssl, DS_RECORD_MEET, &fields);
}

static void
await_paired(SSL *ssl)
{
    uint8_t header[DS_RECORD_HEADER], payload[DS_HELLO_MAX];
    do {
        load_read(ssl, header, sizeof header);
        size_t len = (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
        if (len > sizeof payload || header[0] == DS_RECORD_REFUSED)
            errx(EXIT_FAILURE, "the relay does not let the ends meet");
        load_read(ssl, payload, len);
    } while (header[0] != DS_RECORD_PAIRED);
}

struct load_pair
load_meet(SSL_CTX *client, const struct ds_addr *relay, unsigned number)
{
    static const enum ds_role roles[] = {DS_ROLE_HELPEE, DS_ROLE_HELPER};
    struct load_pair pair;
    for (int i = 0; i < 2; i++) {
        pair.ends[i] = dial(client, relay);
        ask_to_meet(pair.ends[i], roles[i], number);
    }
    for (int i = 0; i < 2; i++)
        await_paired(pair.ends[i]);
    return pair;
}

struct load_pair
load_through(SSL_CTX *client, SSL_CTX *server, const struct ds_addr *proxy, int sink_fd)
{
    struct load_pair pair = {{dial(client, proxy), NULL}};
    int fd = accept4(sink_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        err(EXIT_FAILURE, "accept");
    pair.ends[1] = make_end(server, fd);
    if (SSL_accept(pair.ends[1]) != 1)
        fail("TLS handshake of the sink");
    return pair;
}

void
load_pair_close(struct load_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        close(SSL_get_fd(pair->ends[i]));
        SSL_free(pair->ends[i]);
    }
}
