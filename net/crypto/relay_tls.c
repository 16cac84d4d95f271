/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/relay_tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "net/base/addr.h"
#include "net/wire/record.h"

/* For TLS 1.2: forward secrecy and authenticated encryption only. */
static const char old_suites[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/* The SSL_CTX's own datum is its address for as long as the system's store is to be read. */
static char store_is_due;

struct ds_relay_tls_ctx {
    SSL_CTX *ssl_ctx;
};

struct ds_relay_tls {
    struct ds_tls *tls;
    enum ds_relay_trust trust;
    uint8_t pin[DS_PIN_BYTES];
};

static int
hash_key(X509 *cert, uint8_t out[static DS_PIN_BYTES])
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    if (len <= 0)
        return DS_ERR_TLS;
    int ok = EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    return ok == 1 ? 0 : DS_ERR_NOMEM;
}

static int
check_pin(struct ds_relay_tls *r, X509_STORE_CTX *store)
{
    uint8_t hash[DS_PIN_BYTES];
    X509 *cert = X509_STORE_CTX_get0_cert(store);
    if (cert != NULL && hash_key(cert, hash) == 0 && CRYPTO_memcmp(hash, r->pin, sizeof hash) == 0)
        return 1;
    ds_tls_fail(r->tls, DS_ERR_PIN, "the relay's key is not the pinned one");
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

/* Where nothing can be read, nothing is trusted. */
static void
read_store(SSL_CTX *ctx)
{
    if (SSL_CTX_get_app_data(ctx) != &store_is_due)
        return;
    (void)SSL_CTX_set_app_data(ctx, NULL);
    (void)SSL_CTX_set_default_verify_paths(ctx);
    ERR_clear_error();
}

/*
 * Stands in for OpenSSL's check of the server's certificate, and runs before anything is sent that
 * depends on it. That the server holds the certificate's key is proved by the handshake itself.
 */
static int
on_verify(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ds_relay_tls *r = SSL_get_app_data(ssl);
    switch (r->trust) {
    case DS_RELAY_TRUST_PIN:
        return check_pin(r, store);
    case DS_RELAY_TRUST_UNCHECKED:
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    case DS_RELAY_TRUST_STORE:
        break;
    }
    read_store(SSL_get_SSL_CTX(ssl));
    return X509_verify_cert(store);
}

static int
on_check(struct ds_tls *tls, void *arg)
{
    const unsigned char *name;
    unsigned int len;
    SSL_get0_alpn_selected(ds_tls_ssl(tls), &name, &len);
    if (len == sizeof DS_ALPN - 1 && memcmp(name, DS_ALPN, len) == 0)
        return 0;
    return ds_tls_fail(tls, DS_ERR_PROTOCOL, "the server does not speak " DS_ALPN);
}

static int
set_up(SSL_CTX *ctx, const char *ca_file)
{
    static const unsigned char alpn[] = "\x0a" DS_ALPN;
    _Static_assert(sizeof DS_ALPN - 1 == 0x0a, "the length before the name");
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
            SSL_CTX_set_cipher_list(ctx, old_suites) != 1 ||
            SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1) != 0)
        return DS_ERR_NOMEM;
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
    if (ca_file != NULL)
        return SSL_CTX_load_verify_file(ctx, ca_file) == 1 ? 0 : DS_ERR_INVALID;
    return SSL_CTX_set_app_data(ctx, &store_is_due) == 1 ? 0 : DS_ERR_NOMEM;
}

int
ds_relay_tls_ctx_new(struct ds_relay_tls_ctx **out, const char *ca_file)
{
    *out = NULL;
    int err = DS_ERR_NOMEM;
    struct ds_relay_tls_ctx *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL)
        return DS_ERR_NOMEM;
    ctx->ssl_ctx = SSL_CTX_new(TLS_client_method());
    if (ctx->ssl_ctx != NULL)
        err = set_up(ctx->ssl_ctx, ca_file);
    ERR_clear_error();
    if (err < 0) {
        ds_relay_tls_ctx_free(ctx);
        return err;
    }
    *out = ctx;
    return 0;
}

void
ds_relay_tls_ctx_free(struct ds_relay_tls_ctx *ctx)
{
    if (ctx == NULL)
        return;
    SSL_CTX_free(ctx->ssl_ctx);
    free(ctx);
}

static bool
is_numeric(const char *host)
{
    struct in6_addr addr;
    return inet_pton(AF_INET, host, &addr) == 1 || inet_pton(AF_INET6, host, &addr) == 1;
}

/* RFC 6066, section 3: SNI holds names only, without the dot at their end. */
static int
set_host(SSL *ssl, const char *host)
{
    char name[DS_HOST_MAX];
    size_t len = strlen(host);
    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof name)
        return DS_ERR_INVALID;
    memcpy(name, host, len);
    name[len] = '\0';
    if (is_numeric(name))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 ? 0 : DS_ERR_NOMEM;
    /* RFC 9525, sections 2 and 6.3: the common name and "a*.example" no longer count. */
    SSL_set_hostflags(
            ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1 ? 0
                                                                                     : DS_ERR_NOMEM;
}

int
ds_relay_tls_client_new(struct ds_relay_tls **out, struct ds_relay_tls_ctx *ctx, const char *host,
        enum ds_relay_trust trust, const uint8_t *pin)
{
    *out = NULL;
    if (trust == DS_RELAY_TRUST_PIN && pin == NULL)
        return DS_ERR_INVALID;
    struct ds_relay_tls *r = calloc(1, sizeof *r);
    if (r == NULL)
        return DS_ERR_NOMEM;
    r->trust = trust;
    if (pin != NULL) {
        r->trust = DS_RELAY_TRUST_PIN;
        memcpy(r->pin, pin, sizeof r->pin);
    }
    int err = ds_tls_new(&r->tls, ctx->ssl_ctx, false);
    if (err == 0)
        err = set_host(ds_tls_ssl(r->tls), host);
    ERR_clear_error();
    if (err < 0) {
        ds_relay_tls_free(r);
        return err;
    }
    SSL_set_app_data(ds_tls_ssl(r->tls), r);
    ds_tls_set_check(r->tls, on_check, r);
    *out = r;
    return 0;
}

void
ds_relay_tls_prepare(struct ds_relay_tls *r)
{
    if (r->trust == DS_RELAY_TRUST_STORE)
        read_store(SSL_get_SSL_CTX(ds_tls_ssl(r->tls)));
}

void
ds_relay_tls_free(struct ds_relay_tls *r)
{
    if (r == NULL)
        return;
    ds_tls_free(r->tls);
    free(r);
}

struct ds_tls *
ds_relay_tls_endpoint(struct ds_relay_tls *r)
{
    return r->tls;
}
