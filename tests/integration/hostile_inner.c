/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A relay that answers the handshake of a path itself: with a certificate of its own, with other
 * cipher suites or versions, or by rewriting what both sides offer.
 */
#include <string.h>

#include <event2/buffer.h>
#include <glib.h>
#include <openssl/rand.h>

#include "net/crypto/path_tls.h"
#include "net/peer/proof.h"
#include "tests/integration/hostile.h"
#include "tests/integration/relay_double.h"

static struct {
    SSL_CTX *server, *server_384, *server_12;
    SSL_CTX *client, *client_certificate, *client_384, *client_12, *client_psk;
} ctx;

/* What is done to one session; a NULL leaves that side to the honest relay. */
struct inner {
    SSL_CTX **to_helper;                     /* our server answers the helper's ClientHello */
    SSL_CTX **to_helpee;                     /* our client's hello goes to the helpee */
    void (*rewrite)(guint8 *hello, guint n); /* a ClientHello or ServerHello on its way */
    bool rewrites_server;                    /* the ServerHello, else the ClientHello */
};

/* --- our own ends of TLS --- */

/* Give `in` to an end of TLS and send what it answers to a side. */
static void
answer(struct hostile_session *session, SSL_CTX *of, enum ds_role to, const guint8 *in, guint n)
{
    struct ds_tls *tls;
    struct evbuffer *out = evbuffer_new();
    g_assert_cmpint(ds_tls_new(&tls, of, true), ==, 0);
    g_assert_cmpint(ds_tls_put(tls, in, n), ==, 0);
    g_assert_cmpint(ds_tls_handshake(tls), <=, 0);
    g_assert_cmpint(ds_tls_take(tls, out), ==, 0);
    size_t len = evbuffer_get_length(out);
    g_assert_cmpuint(len, >, 0); /* at least an alert */
    hostile_relay_tell(session, to, DS_RECORD_PIPE, evbuffer_pullup(out, -1), len);
    evbuffer_free(out);
    ds_tls_free(tls);
}

/* Put our ClientHello in the place of the helper's. */
static void
put_client_hello(GByteArray *a2, SSL_CTX *of)
{
    struct ds_tls *tls;
    struct evbuffer *out = evbuffer_new();
    g_assert_cmpint(ds_tls_new(&tls, of, false), ==, 0);
    g_assert_cmpint(ds_tls_handshake(tls), ==, 0);
    g_assert_cmpint(ds_tls_take(tls, out), ==, 0);
    g_byte_array_set_size(a2, DS_PROOF_CONFIRM_BYTES);
    g_byte_array_append(a2, evbuffer_pullup(out, -1), (guint)evbuffer_get_length(out));
    evbuffer_free(out);
    ds_tls_free(tls);
}

/* The helper's ClientHello, kept until it can be answered. */
struct kept {
    guint len;
    guint8 hello[2048];
};

static void
on_a2(struct hostile_session *session, const struct inner *inner, GByteArray *a2)
{
    struct kept *kept = session->malice = g_new0(struct kept, 1);
    kept->len = a2->len - DS_PROOF_CONFIRM_BYTES;
    memcpy(kept->hello, a2->data + DS_PROOF_CONFIRM_BYTES, kept->len);
    if (inner->to_helpee != NULL)
        put_client_hello(a2, *inner->to_helpee);
    if (inner->rewrite != NULL && !inner->rewrites_server)
        inner->rewrite(a2->data + DS_PROOF_CONFIRM_BYTES, kept->len);
}

static void
on_message(struct hostile_session *session, struct hostile_message *message)
{
    const struct inner *inner = ((const struct hostile_try *)session->arg)->row->data;
    const struct kept *kept = session->malice;
    bool is_first = message->path == 1;
    if (message->what == HOSTILE_A2)
        on_a2(session, inner, message->bytes);
    else if (message->what == HOSTILE_PAIRED && is_first && inner->to_helper != NULL)
        answer(session, *inner->to_helper, DS_ROLE_HELPER, kept->hello, kept->len);
    else if (message->what == HOSTILE_PIPE &&
             (inner->to_helper != NULL || inner->to_helpee != NULL))
        message->copies = 0;
    else if (message->what == HOSTILE_PIPE && is_first && message->to == DS_ROLE_HELPER &&
             message->index == 0 && inner->rewrites_server)
        inner->rewrite(message->bytes->data, message->bytes->len);
}

/* --- rewriting hellos --- */

/* RFC 8446, 4.1.2: record header 5, handshake header 4, version 2, random 32, session id. */
static guint8 *
after_session_id(guint8 *hello)
{
    guint8 *id = hello + 5 + 4 + 2 + 32;
    return id + 1 + *id;
}

/* Every suite of a ClientHello, or the one of a ServerHello, becomes this one. */
static void
set_suites(guint8 *hello, guint8 suite)
{
    guint8 *p = after_session_id(hello);
    bool is_client = hello[5] == SSL3_MT_CLIENT_HELLO;
    guint n = is_client ? (guint)p[0] << 8 | p[1] : 2;
    for (p += is_client ? 2 : 0; n > 0; n -= 2, p += 2) {
        p[0] = 0x13;
        p[1] = suite;
    }
}

static void
set_aes_256(guint8 *hello, guint n)
{
    set_suites(hello, 0x02);
}

static void
set_chacha(guint8 *hello, guint n)
{
    set_suites(hello, 0x03);
}

static void
set_ccm(guint8 *hello, guint n)
{
    set_suites(hello, 0x04);
}

/* Change the last byte of what is found once in a hello. */
static void
replace(guint8 *hello, guint n, const char *what, size_t len, guint8 last)
{
    guint8 *found = memmem(hello, n, what, len);
    g_assert_nonnull(found);
    found[len - 1] = last;
}

static void
set_client_tls_12(guint8 *hello, guint n)
{
    replace(hello, n, "\x00\x2b\x00\x03\x02\x03\x04", 7, 3);
}

static void
set_server_tls_12(guint8 *hello, guint n)
{
    replace(hello, n, "\x00\x2b\x00\x02\x03\x04", 6, 3);
}

/* Keys that an attacker could learn later: psk_ke in place of psk_dhe_ke. */
static void
set_psk_ke(guint8 *hello, guint n)
{
    replace(hello, n, "\x00\x2d\x00\x02\x01\x01", 6, 0);
}

/* pre_shared_key becomes an extension that nobody knows. The last one in both hellos. */
static void
drop_client_psk(guint8 *hello, guint n)
{
    guint8 *extension = hello + n - (4 + 2 + 2 + DS_PATH_TLS_IDENTITY_BYTES + 4 + 2 + 1 + 32);
    g_assert_cmpuint(extension[0] << 8 | extension[1], ==, 0x0029);
    extension[0] = 0xff;
}

static void
drop_server_psk(guint8 *hello, guint n)
{
    replace(hello, n, "\x00\x29\x00\x02\x00\x00", 6, 1);
}

/* --- the rows --- */

#define LEFT                                                                                       \
    {                                                                                              \
        DS_REASON_PEER_LEFT, "the connection ended; the other side did not come again"             \
    }
#define CAUGHT                                                                                     \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "path handshake: "                                                   \
    }
#define CERTIFICATE                                                                                \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "path handshake: the other side presented a certificate"             \
    }
#define INNER(...)                                                                                 \
    .on_message = on_message, .data = &(const struct inner) { __VA_ARGS__ }

static void
test_certificate(void)
{
    const struct hostile_row rows[] = {
            {.name = "a certificate for the helper",
                    INNER(.to_helper = &ctx.server),
                    .helper = CERTIFICATE,
                    .helpee = LEFT},
            {.name = "a client for the helpee",
                    INNER(.to_helpee = &ctx.client),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "a client with a certificate for the helpee",
                    INNER(.to_helpee = &ctx.client_certificate),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "a client with a key of its own for the helpee",
                    INNER(.to_helpee = &ctx.client_psk),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "between both",
                    INNER(.to_helper = &ctx.server, .to_helpee = &ctx.client),
                    .helper = CERTIFICATE,
                    .helpee = CAUGHT},
            {.name = "between both, with a key of its own",
                    INNER(.to_helper = &ctx.server, .to_helpee = &ctx.client_psk),
                    .helper = CERTIFICATE,
                    .helpee = CAUGHT},
    };
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

static void
test_client_hello(void)
{
    const struct hostile_row rows[] = {
            {.name = "ClientHello with AES-256",
                    INNER(.rewrite = set_aes_256),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "ClientHello with ChaCha20 only",
                    INNER(.rewrite = set_chacha),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "ClientHello with CCM",
                    INNER(.rewrite = set_ccm),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "ClientHello of TLS 1.2",
                    INNER(.rewrite = set_client_tls_12),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "ClientHello with psk_ke",
                    INNER(.rewrite = set_psk_ke),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "ClientHello without PSK",
                    INNER(.rewrite = drop_client_psk),
                    .helper = LEFT,
                    .helpee = CAUGHT},
    };
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

static void
test_server_hello(void)
{
    const struct hostile_row rows[] = {
            {.name = "ServerHello with AES-256",
                    INNER(.rewrite = set_aes_256, .rewrites_server = true),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "ServerHello with ChaCha20",
                    INNER(.rewrite = set_chacha, .rewrites_server = true),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "ServerHello with CCM",
                    INNER(.rewrite = set_ccm, .rewrites_server = true),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "ServerHello of TLS 1.2",
                    INNER(.rewrite = set_server_tls_12, .rewrites_server = true),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "ServerHello with another PSK",
                    INNER(.rewrite = drop_server_psk, .rewrites_server = true),
                    .helper = CAUGHT,
                    .helpee = LEFT},
    };
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

static void
test_other_ends(void)
{
    const struct hostile_row rows[] = {
            {.name = "a server of AES-256 only",
                    INNER(.to_helper = &ctx.server_384),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "a server of TLS 1.2",
                    INNER(.to_helper = &ctx.server_12),
                    .helper = CAUGHT,
                    .helpee = LEFT},
            {.name = "a client of AES-256 only",
                    INNER(.to_helpee = &ctx.client_384),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "a client of TLS 1.2",
                    INNER(.to_helpee = &ctx.client_12),
                    .helper = LEFT,
                    .helpee = CAUGHT},
            {.name = "AES-256 between both",
                    INNER(.to_helper = &ctx.server_384, .to_helpee = &ctx.client_384),
                    .helper = CAUGHT,
                    .helpee = CAUGHT},
    };
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

/* --- contexts --- */

/* A well-formed identity, and a key that is not the session's. */
static int
on_use_psk(SSL *ssl, const EVP_MD *digest, const unsigned char **id, size_t *id_len,
        SSL_SESSION **session)
{
    static const unsigned char suite[] = {0x13, 0x01};
    static const unsigned char identity[DS_PATH_TLS_IDENTITY_BYTES] = {
            1, DS_PATH_RELAY, 0, 0, 0, 1};
    unsigned char key[32];
    RAND_bytes(key, sizeof key);
    *session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(*session, key, sizeof key);
    SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite));
    SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
    *id = identity;
    *id_len = sizeof identity;
    return 1;
}

static SSL_CTX *
new_server(const char *suites, int version_max)
{
    SSL_CTX *server = relay_double_ctx(false);
    g_assert_cmpint(SSL_CTX_set_ciphersuites(server, suites), ==, 1);
    g_assert_cmpint(SSL_CTX_set_max_proto_version(server, version_max), ==, 1);
    return server;
}

static SSL_CTX *
new_client(const char *suites, int version_max)
{
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    g_assert_cmpint(SSL_CTX_set_ciphersuites(client, suites), ==, 1);
    g_assert_cmpint(SSL_CTX_set_max_proto_version(client, version_max), ==, 1);
    return client;
}

static void
make_contexts(void)
{
    static const char all[] = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
    static const char aes_256[] = "TLS_AES_256_GCM_SHA384";
    ctx.server = new_server(all, TLS1_3_VERSION);
    ctx.server_384 = new_server(aes_256, TLS1_3_VERSION);
    ctx.server_12 = new_server(all, TLS1_2_VERSION);
    ctx.client = new_client(all, TLS1_3_VERSION);
    ctx.client_384 = new_client(aes_256, TLS1_3_VERSION);
    ctx.client_12 = new_client(all, TLS1_2_VERSION);
    ctx.client_psk = new_client(all, TLS1_3_VERSION);
    SSL_CTX_set_psk_use_session_callback(ctx.client_psk, on_use_psk);
    ctx.client_certificate = new_client(all, TLS1_3_VERSION);
    SSL_CTX_use_certificate(ctx.client_certificate, SSL_CTX_get0_certificate(ctx.server));
    SSL_CTX_use_PrivateKey(ctx.client_certificate, SSL_CTX_get0_privatekey(ctx.server));
}

static void
free_contexts(void)
{
    SSL_CTX *all[] = {ctx.server, ctx.server_384, ctx.server_12, ctx.client, ctx.client_384,
            ctx.client_12, ctx.client_psk, ctx.client_certificate};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        SSL_CTX_free(all[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_contexts();
    g_test_add_func("/hostile/certificate", test_certificate);
    g_test_add_func("/hostile/suites/client-hello", test_client_hello);
    g_test_add_func("/hostile/suites/server-hello", test_server_hello);
    g_test_add_func("/hostile/suites/other-ends", test_other_ends);
    int failed = g_test_run();
    free_contexts();
    return failed;
}
