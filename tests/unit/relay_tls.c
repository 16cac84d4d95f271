/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/relay_tls.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "net/wire/record.h"
#include "tests/unit/tls_pair.h"

#define NAME "relay.example"

/* A certificate authority, in the file that the client trusts. */
struct fixture {
    EVP_PKEY *ca_key;
    X509 *ca;
    char *ca_file;
    struct ds_relay_tls_ctx *ctx;
};

/* A relay, as far as TLS goes. */
struct relay {
    EVP_PKEY *key;
    X509 *cert;
    const char *alpn; /* with its length before it; NULL: does not know ALPN */
    int version;      /* at most; 0: any */
    char sni[64];
};

static void
set_up(struct fixture *f, gconstpointer data)
{
    int fd = g_file_open_tmp("ds-ca-XXXXXX.pem", &f->ca_file, NULL);
    FILE *file = fdopen(fd, "w");
    f->ca_key = new_key();
    f->ca = new_cert(f->ca_key, "Test CA", NULL, NULL, NULL, 3600);
    g_assert_nonnull(file);
    g_assert_cmpint(PEM_write_X509(file, f->ca), ==, 1);
    g_assert_cmpint(fclose(file), ==, 0);
    g_assert_cmpint(ds_relay_tls_ctx_new(&f->ctx, f->ca_file), ==, 0);
}

static void
tear_down(struct fixture *f, gconstpointer data)
{
    ds_relay_tls_ctx_free(f->ctx);
    g_assert_cmpint(g_unlink(f->ca_file), ==, 0);
    g_free(f->ca_file);
    X509_free(f->ca);
    EVP_PKEY_free(f->ca_key);
}

static struct relay
new_relay(const struct fixture *f, const char *san, gboolean is_signed, long seconds)
{
    struct relay relay = {.key = new_key(), .alpn = "\x0a" DS_ALPN};
    relay.cert = new_cert(
            relay.key, NAME, san, is_signed ? f->ca : NULL, is_signed ? f->ca_key : NULL, seconds);
    return relay;
}

static void
relay_clear(struct relay *relay)
{
    X509_free(relay->cert);
    EVP_PKEY_free(relay->key);
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
        unsigned int in_len, void *arg)
{
    const struct relay *relay = arg;
    unsigned char *selected;
    if (SSL_select_next_proto(&selected, out_len, (const unsigned char *)relay->alpn,
                (unsigned int)strlen(relay->alpn), in, in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

static int
on_sni(SSL *ssl, int *alert, void *arg)
{
    struct relay *relay = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    g_strlcpy(relay->sni, name != NULL ? name : "", sizeof relay->sni);
    return SSL_TLSEXT_ERR_OK;
}

static struct ds_tls *
new_server(struct relay *relay)
{
    struct ds_tls *server = NULL;
    SSL_CTX *ctx = new_server_ctx(relay->cert, relay->key);
    if (relay->version != 0) {
        SSL_CTX_set_max_proto_version(ctx, relay->version);
        SSL_CTX_set_min_proto_version(ctx, relay->version);
        SSL_CTX_set_security_level(ctx, 0);
    }
    if (relay->alpn != NULL)
        SSL_CTX_set_alpn_select_cb(ctx, on_alpn, relay);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_sni);
    SSL_CTX_set_tlsext_servername_arg(ctx, relay);
    g_assert_cmpint(ds_tls_new(&server, ctx, true), ==, 0);
    SSL_CTX_free(ctx);
    return server;
}

/* Connect to the relay, and send a word where that is possible; the client's result. */
static int
try_relay(const struct fixture *f, struct relay *relay, const char *host, enum ds_relay_trust trust,
        const guint8 *pin)
{
    int of_client, of_server;
    char buf[8];
    struct ds_relay_tls *r = NULL;
    struct ds_tls *server = new_server(relay);
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, host, trust, pin), ==, 0);
    struct ds_tls *client = ds_relay_tls_endpoint(r);
    shake(client, server, &of_client, &of_server);
    int written = ds_tls_write(client, "hello", 5);
    if (of_client == 1) {
        g_assert_cmpint(written, ==, 0);
        move_all(client, server);
        g_assert_cmpint(ds_tls_read(server, buf, sizeof buf), ==, 5);
        g_assert_cmpstr(ds_tls_error_text(client), ==, "");
    } else {
        g_assert_cmpint(of_client, <, 0);
        g_assert_cmpint(written, ==, of_client);
        g_assert_cmpstr(ds_tls_error_text(client), !=, "");
        g_test_message("%s", ds_tls_error_text(client));
    }
    ds_relay_tls_free(r);
    ds_tls_free(server);
    return of_client;
}

static void
hash_key(const struct relay *relay, guint8 pin[static DS_PIN_BYTES])
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(relay->key, &der);
    g_assert_cmpint(len, >, 0);
    g_assert_cmpint(EVP_Digest(der, (gsize)len, pin, NULL, EVP_sha256(), NULL), ==, 1);
    OPENSSL_free(der);
}

static void
test_store(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *host, *san, *sni;
        gboolean is_signed;
        long seconds;
        int result;
    } rows[] = {
            {NAME, "DNS:" NAME, NAME, TRUE, 3600, 1}, {NAME ".", "DNS:" NAME, NAME, TRUE, 3600, 1},
            {"RELAY.Example", "DNS:" NAME, "RELAY.Example", TRUE, 3600, 1},
            {"a.relay.example", "DNS:*." NAME, "a.relay.example", TRUE, 3600, 1},
            {"192.0.2.1", "IP:192.0.2.1", "", TRUE, 3600, 1},
            {"2001:db8::1", "IP:2001:db8::1", "", TRUE, 3600, 1},
            {"other.example", "DNS:" NAME, "other.example", TRUE, 3600, DS_ERR_CERTIFICATE},
            {"ab.relay.example", "DNS:a*." NAME, "ab.relay.example", TRUE, 3600,
                    DS_ERR_CERTIFICATE},
            {NAME, "IP:192.0.2.1", NAME, TRUE, 3600, DS_ERR_CERTIFICATE}, /* only its CN */
            {"192.0.2.2", "IP:192.0.2.1", "", TRUE, 3600, DS_ERR_CERTIFICATE},
            {"192.0.2.1", "DNS:192.0.2.1", "", TRUE, 3600, DS_ERR_CERTIFICATE},
            {NAME, "DNS:" NAME, NAME, TRUE, -60, DS_ERR_CERTIFICATE},   /* expired */
            {NAME, "DNS:" NAME, NAME, FALSE, 3600, DS_ERR_CERTIFICATE}, /* self-signed */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct relay relay = new_relay(f, rows[i].san, rows[i].is_signed, rows[i].seconds);
        g_test_message("%s with %s", rows[i].host, rows[i].san);
        g_assert_cmpint(
                try_relay(f, &relay, rows[i].host, DS_RELAY_TRUST_STORE, NULL), ==, rows[i].result);
        g_assert_cmpstr(relay.sni, ==, rows[i].sni);
        relay_clear(&relay);
    }
}

/* Name, chain and dates do not matter to a pin, and a renewed certificate keeps it. */
static void
test_pin(struct fixture *f, gconstpointer data)
{
    guint8 pin[DS_PIN_BYTES];
    struct relay relay = new_relay(f, "DNS:other.example", FALSE, -60);
    hash_key(&relay, pin);
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_PIN, pin), ==, 1);
    X509_free(relay.cert);
    relay.cert = new_cert(relay.key, "renewed", "DNS:x", f->ca, f->ca_key, 60);
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_PIN, pin), ==, 1);
    pin[DS_PIN_BYTES - 1] ^= 1;
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_PIN, pin), ==, DS_ERR_PIN);
    relay_clear(&relay);
}

/* A pin is enforced where the store alone, or nothing, would have been enough. */
static void
test_pin_wins(struct fixture *f, gconstpointer data)
{
    guint8 pin[DS_PIN_BYTES] = {0};
    struct relay relay = new_relay(f, "DNS:" NAME, TRUE, 3600);
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_STORE, pin), ==, DS_ERR_PIN);
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_UNCHECKED, pin), ==, DS_ERR_PIN);
    g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_UNCHECKED, NULL), ==, 1);
    relay_clear(&relay);
}

/* Any certificate does, unchecked; an address is not sent as SNI. */
static void
test_unchecked(struct fixture *f, gconstpointer data)
{
    struct relay relay = new_relay(f, "DNS:other.example", FALSE, -60);
    g_assert_cmpint(try_relay(f, &relay, "192.168.1.20", DS_RELAY_TRUST_UNCHECKED, NULL), ==, 1);
    g_assert_cmpstr(relay.sni, ==, "");
    relay_clear(&relay);
}

static void
test_alpn(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *alpn;
        int result;
    } rows[] = {
            {"\x0a" DS_ALPN, 1},
            {"\x08http/1.1\x0a" DS_ALPN, 1},
            {"\x08http/1.1", DS_ERR_PROTOCOL},
            {NULL, DS_ERR_PROTOCOL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct relay relay = new_relay(f, "DNS:" NAME, TRUE, 3600);
        relay.alpn = rows[i].alpn;
        g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_STORE, NULL), ==, rows[i].result);
        relay_clear(&relay);
    }
}

/* Pin, store and ALPN count in TLS 1.2 as well; what is older is refused. */
static void
test_versions(struct fixture *f, gconstpointer data)
{
    static const struct {
        int version, result;
    } rows[] = {
            {TLS1_3_VERSION, 1},
            {TLS1_2_VERSION, 1},
            {TLS1_1_VERSION, DS_ERR_TLS},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 wrong[DS_PIN_BYTES] = {0};
        struct relay relay = new_relay(f, "DNS:" NAME, TRUE, 3600);
        gboolean is_good = rows[i].result == 1;
        relay.version = rows[i].version;
        g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_STORE, NULL), ==, rows[i].result);
        g_assert_cmpint(try_relay(f, &relay, "other.example", DS_RELAY_TRUST_STORE, NULL), ==,
                is_good ? DS_ERR_CERTIFICATE : rows[i].result);
        g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_PIN, wrong), ==,
                is_good ? DS_ERR_PIN : rows[i].result);
        relay.alpn = NULL;
        g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_STORE, NULL), ==,
                is_good ? DS_ERR_PROTOCOL : rows[i].result);
        relay_clear(&relay);
    }
}

static int
count_trusted(struct ds_relay_tls *r)
{
    SSL_CTX *ctx = SSL_get_SSL_CTX(ds_tls_ssl(ds_relay_tls_endpoint(r)));
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
}

/* How many certificates a connection trusts after what may be done while its relay answers. */
static int
prepare(struct fixture *f, enum ds_relay_trust trust, const guint8 *pin)
{
    struct ds_relay_tls *r = NULL;
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, NAME, trust, pin), ==, 0);
    ds_relay_tls_prepare(r);
    int trusted = count_trusted(r);
    ds_relay_tls_free(r);
    return trusted;
}

/* The system's store, here with one certificate, is read by whoever needs it and by nobody else. */
static void
test_system_store(struct fixture *f, gconstpointer data)
{
    guint8 pin[DS_PIN_BYTES] = {0};
    struct relay relay = new_relay(f, "DNS:" NAME, TRUE, 3600),
                 stranger = new_relay(f, "DNS:" NAME, FALSE, 3600);
    g_setenv("SSL_CERT_FILE", f->ca_file, TRUE);
    g_setenv("SSL_CERT_DIR", "/nonexistent", TRUE);
    for (int i = 0; i < 2; i++) {
        ds_relay_tls_ctx_free(f->ctx);
        g_assert_cmpint(ds_relay_tls_ctx_new(&f->ctx, NULL), ==, 0);
        g_assert_cmpint(prepare(f, DS_RELAY_TRUST_STORE, pin), ==, 0);
        g_assert_cmpint(prepare(f, DS_RELAY_TRUST_UNCHECKED, NULL), ==, 0);
        if (i == 1)
            g_assert_cmpint(prepare(f, DS_RELAY_TRUST_STORE, NULL), ==, 1);
        g_assert_cmpint(try_relay(f, &relay, NAME, DS_RELAY_TRUST_STORE, NULL), ==, 1);
        g_assert_cmpint(prepare(f, DS_RELAY_TRUST_STORE, NULL), ==, 1);
        g_assert_cmpint(
                try_relay(f, &stranger, NAME, DS_RELAY_TRUST_STORE, NULL), ==, DS_ERR_CERTIFICATE);
    }
    g_unsetenv("SSL_CERT_FILE");
    g_unsetenv("SSL_CERT_DIR");
    relay_clear(&relay);
    relay_clear(&stranger);
}

static void
test_arguments(struct fixture *f, gconstpointer data)
{
    struct ds_relay_tls_ctx *ctx = NULL;
    struct ds_relay_tls *r = NULL;
    g_autofree char *name = g_strnfill(300, 'a');
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, NAME, DS_RELAY_TRUST_STORE, NULL), ==, 0);
    /* OpenSSL's security level refuses TLS 1.1 as well, unless it is lowered. */
    g_assert_cmpint(
            SSL_get_min_proto_version(ds_tls_ssl(ds_relay_tls_endpoint(r))), ==, TLS1_2_VERSION);
    ds_relay_tls_free(r);
    g_assert_cmpint(ds_relay_tls_ctx_new(&ctx, "/nonexistent.pem"), ==, DS_ERR_INVALID);
    g_assert_null(ctx);
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, NAME, DS_RELAY_TRUST_PIN, NULL), ==,
            DS_ERR_INVALID);
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, "", DS_RELAY_TRUST_STORE, NULL), ==,
            DS_ERR_INVALID);
    g_assert_cmpint(ds_relay_tls_client_new(&r, f->ctx, name, DS_RELAY_TRUST_STORE, NULL), ==,
            DS_ERR_INVALID);
    g_assert_null(r);
    g_assert_cmpuint(ERR_peek_error(), ==, 0);
    ds_relay_tls_free(NULL);
    ds_relay_tls_ctx_free(NULL);
}

static void
add(const char *path, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(path, struct fixture, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/relay-tls/store", test_store);
    add("/relay-tls/pin", test_pin);
    add("/relay-tls/pin-wins", test_pin_wins);
    add("/relay-tls/unchecked", test_unchecked);
    add("/relay-tls/alpn", test_alpn);
    add("/relay-tls/versions", test_versions);
    add("/relay-tls/system-store", test_system_store);
    add("/relay-tls/arguments", test_arguments);
    return g_test_run();
}
