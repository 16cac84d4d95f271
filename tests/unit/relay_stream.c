/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client's TLS records come to in the relay, however they lie in what one recv() brings. */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/relay/stream.h"
#include "net/relay/tls.h"
#include "net/wire/record.h"
#include "tests/lib/pattern.h"
#include "tests/unit/tls_pair.h"

enum { RECORD = 1000, RECORDS = 40, CIPHERTEXT_OVERHEAD = 22 };

struct scene {
    struct ds_relay_pool pool;
    struct ds_relay_stream stream;
    SSL *client;
    int client_fd;
};

static SSL_CTX *
make_server_context(void)
{
    SSL_CTX *ctx = ds_relay_tls_new();
    EVP_PKEY *key = new_key();
    X509 *cert = new_cert(key, "relay.example", NULL, NULL, NULL, 3600);
    g_assert_nonnull(ctx);
    g_assert_cmpint(SSL_CTX_use_certificate(ctx, cert), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(ctx, key), ==, 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

static SSL *
make_client(int fd)
{
    static const guint8 alpn[] = "\x0a" DS_ALPN;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1);
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    g_assert_cmpint(SSL_set_fd(ssl, fd), ==, 1);
    return ssl;
}

/* Read at most `cap` bytes, after one more recv() of at most `max` bytes where that is not 0. */
static int
take(struct scene *scene, guint8 *out, gsize cap, gsize max)
{
    if (max > 0)
        ds_relay_stream_begin(&scene->stream, max);
    return ds_relay_stream_read(&scene->stream, out, cap);
}

static void
open_scene(struct scene *scene)
{
    guint8 byte;
    int fds[2], done = 0;
    SSL_CTX *ctx = make_server_context();
    *scene = (struct scene){0};
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    scene->client_fd = fds[1];
    scene->client = make_client(fds[1]);
    g_assert_cmpint(ds_relay_stream_init(&scene->stream, &scene->pool, fds[0], ctx), ==, 0);
    SSL_CTX_free(ctx);
    for (int i = 0; i < 4 && done != 1; i++) {
        done = SSL_connect(scene->client);
        g_assert_cmpint(take(scene, &byte, 1, DS_RELAY_BUFFER), ==, DS_ERR_AGAIN);
        g_assert_cmpint(ds_relay_stream_flush(&scene->stream), ==, 0);
    }
    g_assert_cmpint(done, ==, 1);
}

static void
close_scene(struct scene *scene)
{
    SSL_free(scene->client);
    close(scene->client_fd);
    ds_relay_stream_finish(&scene->stream);
    ds_relay_pool_finish(&scene->pool);
}

static void
send_records(struct scene *scene)
{
    guint8 record[RECORD];
    for (gsize i = 0; i < RECORDS; i++) {
        pattern_fill(record, sizeof record, 1, i * RECORD);
        g_assert_cmpint(SSL_write(scene->client, record, sizeof record), ==, RECORD);
    }
}

/* Many records come by one recv(), and are read in pieces that fit none of them. */
static void
test_one_recv(void)
{
    struct scene scene;
    guint8 piece[700];
    gsize got = 0, received;
    int n;
    open_scene(&scene);
    send_records(&scene);
    n = take(&scene, piece, sizeof piece, DS_RELAY_BUFFER);
    received = scene.stream.received;
    while (n > 0) {
        pattern_check(piece, (gsize)n, 1, got);
        got += (gsize)n;
        n = take(&scene, piece, sizeof piece, 0);
    }
    g_assert_cmpint(n, ==, DS_ERR_AGAIN);
    g_assert_cmpuint(got, ==, RECORDS * RECORD);
    g_assert_cmpuint(scene.stream.received, ==, received);
    g_assert_null(scene.stream.in);
    close_scene(&scene);
}

/* No recv() takes more than it may, and records that are cut go on with the next one. */
static void
test_small_recvs(void)
{
    struct scene scene;
    guint8 piece[2 * RECORD];
    gsize got = 0, before;
    open_scene(&scene);
    send_records(&scene);
    before = scene.stream.received;
    for (gsize rounds = 1; got < RECORDS * RECORD; rounds++) {
        int n = take(&scene, piece, sizeof piece, 300);
        g_assert_cmpuint(scene.stream.received - before, <=, rounds * 300);
        g_assert_cmpuint(rounds, <=, RECORDS * (RECORD + CIPHERTEXT_OVERHEAD));
        if (n == DS_ERR_AGAIN)
            continue;
        g_assert_cmpint(n, >, 0);
        pattern_check(piece, (gsize)n, 1, got);
        got += (gsize)n;
    }
    close_scene(&scene);
}

/* What nobody wants yet stays, moves to another loop's pool, and is read there. */
static void
test_kept(void)
{
    struct scene scene;
    struct ds_relay_pool other = {0};
    guint8 record[RECORD];
    gsize received;
    open_scene(&scene);
    send_records(&scene);
    g_assert_cmpint(take(&scene, record, RECORD, DS_RELAY_BUFFER), ==, RECORD);
    received = scene.stream.received;
    g_assert_nonnull(scene.stream.in);
    scene.stream.pool = &other;
    for (gsize i = 1; i < RECORDS; i++) {
        g_assert_cmpint(take(&scene, record, RECORD, DS_RELAY_BUFFER), ==, RECORD);
        pattern_check(record, RECORD, 1, i * RECORD);
    }
    g_assert_cmpuint(scene.stream.received, ==, received);
    g_assert_null(scene.stream.in);
    g_assert_cmpuint(other.free_count, ==, 1);
    close_scene(&scene);
    ds_relay_pool_finish(&other);
}

/* A client that goes away behind what it sent: all of that is read first. */
static void
test_end(void)
{
    struct scene scene;
    guint8 record[RECORD];
    open_scene(&scene);
    send_records(&scene);
    shutdown(scene.client_fd, SHUT_WR);
    for (gsize i = 0; i < RECORDS; i++) {
        g_assert_cmpint(take(&scene, record, RECORD, DS_RELAY_BUFFER), ==, RECORD);
        pattern_check(record, RECORD, 1, i * RECORD);
    }
    g_assert_cmpint(take(&scene, record, RECORD, DS_RELAY_BUFFER), ==, DS_ERR_CLOSED);
    close_scene(&scene);
}

/* A connection that is dropped while records wait gives their memory back. */
static void
test_dropped(void)
{
    struct scene scene;
    guint8 byte;
    open_scene(&scene);
    send_records(&scene);
    g_assert_cmpint(take(&scene, &byte, 1, DS_RELAY_BUFFER), ==, 1);
    g_assert_nonnull(scene.stream.in);
    ds_relay_stream_finish(&scene.stream);
    g_assert_null(scene.stream.in);
    close_scene(&scene);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/stream/one-recv", test_one_recv);
    g_test_add_func("/relay/stream/small-recvs", test_small_recvs);
    g_test_add_func("/relay/stream/kept", test_kept);
    g_test_add_func("/relay/stream/end", test_end);
    g_test_add_func("/relay/stream/dropped", test_dropped);
    return g_test_run();
}
