/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/path_tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "net/wire/reader.h"
#include "net/wire/writer.h"

/*
 * The PSK is bound to SHA-256. With OpenSSL 3.0's default suites, AES-256 with SHA-384 is chosen
 * and the PSK silently dropped.
 */
static const char suites[] = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256";

enum { IDENTITY_VERSION = 1, IDENTITY_RANDOM = 16, KINDS_MAX = 32 };

struct ds_path_tls {
    struct ds_tls *tls;
    uint8_t session_key[DS_KEY_BYTES];
    uint8_t kind; /* helpee: 0 until proven, like generation */
    uint32_t generation;
    bool is_proven;
    uint8_t identity[DS_PATH_TLS_IDENTITY_BYTES]; /* helper: what it shows */
    unsigned kinds;                               /* helpee: bits of those that it takes */
    uint8_t offered_kind;                         /* helpee: what was shown */
    uint32_t offered_generation;
    ds_path_tls_accept_fn accept;
    void *accept_arg; /* borrowed */
};

/* Returns the PSK of `identity` in the form in which OpenSSL takes it (owned), or NULL. */
static SSL_SESSION *
make_session(const struct ds_path_tls *p, SSL *ssl,
        const uint8_t identity[static DS_PATH_TLS_IDENTITY_BYTES])
{
    static const unsigned char suite[] = {0x13, 0x01}; /* TLS_AES_128_GCM_SHA256: RFC 8446, B.4 */
    uint8_t psk[DS_KEY_BYTES];
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, suite);
    SSL_SESSION *session = SSL_SESSION_new();
    bool ok = session != NULL && cipher != NULL &&
              ds_kdf(psk, sizeof psk, p->session_key, "path", identity,
                      DS_PATH_TLS_IDENTITY_BYTES) == 0 &&
              SSL_SESSION_set1_master_key(session, psk, sizeof psk) == 1 &&
              SSL_SESSION_set_cipher(session, cipher) == 1 &&
              SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1;
    OPENSSL_cleanse(psk, sizeof psk);
    if (!ok) {
        SSL_SESSION_free(session);
        return NULL;
    }
    return session;
}

/* Client. `digest` is set when the server asked for a second ClientHello: it chose a suite. */
static int
on_use_session(SSL *ssl, const EVP_MD *digest, const unsigned char **identity, size_t *identity_len,
        SSL_SESSION **session)
{
    struct ds_path_tls *p = SSL_get_app_data(ssl);
    *session = NULL;
    if (digest != NULL && !EVP_MD_is_a(digest, "SHA256"))
        return 0;
    *session = make_session(p, ssl, p->identity);
    *identity = p->identity;
    *identity_len = sizeof p->identity;
    return *session != NULL;
}

/* Server. 0 ends the handshake: without a PSK that we know there is nothing to go on with. */
static int
on_find_session(SSL *ssl, const unsigned char *identity, size_t identity_len, SSL_SESSION **session)
{
    struct ds_path_tls *p = SSL_get_app_data(ssl);
    struct ds_reader r;
    *session = NULL;
    ds_reader_init(&r, identity, identity_len);
    uint8_t version = ds_reader_u8(&r);
    uint8_t kind = ds_reader_u8(&r);
    uint32_t generation = ds_reader_u32(&r);
    ds_reader_bytes(&r, IDENTITY_RANDOM);
    if (!ds_reader_is_done(&r))
        ds_tls_fail(p->tls, DS_ERR_AUTH, "path identity: malformed");
    else if (version != IDENTITY_VERSION)
        ds_tls_fail(p->tls, DS_ERR_AUTH, "path identity: unknown version");
    else if (kind >= KINDS_MAX || (p->kinds & 1u << kind) == 0)
        ds_tls_fail(p->tls, DS_ERR_AUTH, "path identity: of another kind of path");
    else if (p->accept != NULL && !p->accept(p->accept_arg, kind, generation))
        ds_tls_fail(p->tls, DS_ERR_AUTH, "path identity: of a generation that is not taken");
    else
        *session = make_session(p, ssl, identity);
    p->offered_kind = kind;
    p->offered_generation = generation;
    return *session != NULL;
}

/*
 * The end of the handshake. Had the PSK not been used, a certificate would have been: any
 * self-signed one where verifying were ever turned off or a store filled. This does not depend on
 * either.
 */
static int
on_check(struct ds_tls *tls, void *arg)
{
    struct ds_path_tls *p = arg;
    SSL *ssl = ds_tls_ssl(tls);
    if (SSL_session_reused(ssl) != 1 || SSL_version(ssl) != TLS1_3_VERSION)
        return ds_tls_fail(tls, DS_ERR_AUTH, "path handshake: not keyed by the session");
    if (SSL_is_server(ssl)) {
        if (p->accept != NULL && !p->accept(p->accept_arg, p->offered_kind, p->offered_generation))
            return ds_tls_fail(tls, DS_ERR_AUTH, "path handshake: generation was used meanwhile");
        p->kind = p->offered_kind;
        p->generation = p->offered_generation;
    }
    p->is_proven = true;
    return 0;
}

static SSL_CTX *
make_ctx(bool is_server)
{
    SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_ciphersuites(ctx, suites) != 1 ||
            SSL_CTX_set1_groups_list(ctx, groups) != 1 || SSL_CTX_set_num_tickets(ctx, 0) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_ENABLE_MIDDLEBOX_COMPAT |
                                       SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(ctx, 0);
    SSL_CTX_set_recv_max_early_data(ctx, 0);
    if (is_server) {
        SSL_CTX_set_psk_find_session_callback(ctx, on_find_session);
    } else {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* against the empty store */
        SSL_CTX_set_psk_use_session_callback(ctx, on_use_session);
    }
    return ctx;
}

/* A context of its own for every path costs 0.1 ms, and there is nothing to share or to lock. */
static int
path_new(struct ds_path_tls **out, bool is_server, const uint8_t *session_key)
{
    *out = NULL;
    int err = DS_ERR_NOMEM;
    struct ds_path_tls *p = calloc(1, sizeof *p);
    SSL_CTX *ctx = make_ctx(is_server);
    if (p != NULL && ctx != NULL)
        err = ds_tls_new(&p->tls, ctx, is_server);
    SSL_CTX_free(ctx);
    ERR_clear_error();
    if (err < 0) {
        free(p);
        return err;
    }
    memcpy(p->session_key, session_key, sizeof p->session_key);
    SSL_set_app_data(ds_tls_ssl(p->tls), p);
    ds_tls_set_check(p->tls, on_check, p);
    ds_tls_set_proof(p->tls);
    *out = p;
    return 0;
}

static int
make_identity(struct ds_path_tls *p)
{
    struct ds_writer w;
    uint8_t random[IDENTITY_RANDOM];
    if (RAND_bytes(random, sizeof random) != 1)
        return DS_ERR_SYSTEM;
    ds_writer_init(&w, p->identity, sizeof p->identity);
    ds_writer_u8(&w, IDENTITY_VERSION);
    ds_writer_u8(&w, p->kind);
    ds_writer_u32(&w, p->generation);
    ds_writer_bytes(&w, random, sizeof random);
    return w.failed ? DS_ERR_STATE : 0;
}

int
ds_path_tls_new_helper(struct ds_path_tls **out, const uint8_t session_key[static DS_KEY_BYTES],
        uint8_t kind, uint32_t generation)
{
    int err = path_new(out, false, session_key);
    if (err < 0)
        return err;
    (*out)->kind = kind;
    (*out)->generation = generation;
    err = make_identity(*out);
    if (err < 0) {
        ds_path_tls_free(*out);
        *out = NULL;
    }
    return err;
}

int
ds_path_tls_new_helpee(struct ds_path_tls **out, const uint8_t session_key[static DS_KEY_BYTES],
        unsigned kinds, ds_path_tls_accept_fn accept, void *arg)
{
    int err = path_new(out, true, session_key);
    if (err < 0)
        return err;
    (*out)->kinds = kinds;
    (*out)->accept = accept;
    (*out)->accept_arg = arg;
    return 0;
}

void
ds_path_tls_free(struct ds_path_tls *p)
{
    if (p == NULL)
        return;
    ds_tls_free(p->tls);
    OPENSSL_cleanse(p, sizeof *p);
    free(p);
}

struct ds_tls *
ds_path_tls_endpoint(struct ds_path_tls *p)
{
    return p->tls;
}

bool
ds_path_tls_is_proven(const struct ds_path_tls *p)
{
    return p->is_proven;
}

uint8_t
ds_path_tls_kind(const struct ds_path_tls *p)
{
    return p->kind;
}

uint32_t
ds_path_tls_generation(const struct ds_path_tls *p)
{
    return p->generation;
}
