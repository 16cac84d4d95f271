/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_UNIT_TLS_PAIR_H
#define DS_TESTS_UNIT_TLS_PAIR_H

/* Two TLS endpoints joined in memory, and the certificates that a server of a test shows. */
#include <event2/buffer.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/crypto/tls.h"

/* Move all ciphertext of `from` to `to`; returns its size in bytes. */
static inline gsize
move_all(struct ds_tls *from, struct ds_tls *to)
{
    struct evbuffer *wire = evbuffer_new();
    g_assert_cmpint(ds_tls_take(from, wire), ==, 0);
    gsize n = evbuffer_get_length(wire);
    g_assert_cmpint(ds_tls_put_buffer(to, wire), ==, 0);
    evbuffer_free(wire);
    return n;
}

/* Shake hands until neither side has anything to say; the last results of both. */
static inline void
shake(struct ds_tls *client, struct ds_tls *server, int *of_client, int *of_server)
{
    gsize moved;
    do {
        *of_client = ds_tls_handshake(client);
        moved = move_all(client, server);
        *of_server = ds_tls_handshake(server);
        moved += move_all(server, client);
    } while (moved > 0);
    g_assert_cmpuint(ERR_peek_error(), ==, 0);
}

/* Make a key pair for a certificate. */
static inline EVP_PKEY *
new_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    g_assert_nonnull(key);
    return key;
}

/*
 * Make a certificate of `key` for `name`, with the subject alternative names `san` ("DNS:x,IP:y"),
 * signed by `ca_key` as `issuer` (NULL: by itself), valid from an hour ago for `seconds`.
 */
static inline X509 *
new_cert(EVP_PKEY *key, const char *name, const char *san, X509 *issuer, EVP_PKEY *ca_key,
        long seconds)
{
    X509 *cert = X509_new();
    X509V3_CTX ctx;
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), seconds);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
            (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(
            cert, issuer != NULL ? X509_get_subject_name(issuer) : X509_get_subject_name(cert));
    X509V3_set_ctx(&ctx, issuer != NULL ? issuer : cert, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = san != NULL ? X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, san)
                                      : X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints,
                                                "critical,CA:TRUE");
    g_assert_nonnull(ext);
    X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    g_assert_cmpint(X509_sign(cert, ca_key != NULL ? ca_key : key, EVP_sha256()), >, 0);
    return cert;
}

/* Make a server's settings with a certificate (copied by reference) and its key. */
static inline SSL_CTX *
new_server_ctx(X509 *cert, EVP_PKEY *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    g_assert_nonnull(ctx);
    g_assert_cmpint(SSL_CTX_use_certificate(ctx, cert), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(ctx, key), ==, 1);
    return ctx;
}

/* A server's settings with a certificate that it made itself. */
static inline SSL_CTX *
new_self_signed_ctx(const char *name)
{
    g_autofree char *san = g_strdup_printf("DNS:%s", name);
    EVP_PKEY *key = new_key();
    X509 *cert = new_cert(key, name, san, NULL, NULL, 3600);
    SSL_CTX *ctx = new_server_ctx(cert, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

#endif
