/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/tls.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "net/base/limits.h"
#include "net/wire/record.h"

/* The cheaper of equals first; ChaCha20 goes first for clients that put it first (no AES in the
 * processor). */
#define SUITES_13 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20"

static const unsigned char alpn[] = "\x0a" DS_ALPN;

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
        unsigned in_len, void *arg)
{
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_len, alpn, sizeof alpn - 1, in, in_len) !=
            OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* on_alpn() is not asked about a client that offers no protocol at all: web clients, scanners. */
static int
on_client_hello(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *unused;
    size_t unused_len;
    if (SSL_client_hello_get0_ext(
                ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &unused, &unused_len) == 1)
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

SSL_CTX *
ds_relay_tls_new(void)
{
    _Static_assert(sizeof DS_ALPN - 1 == 0x0a, "alpn begins with the length of DS_ALPN");
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_client_hello_cb(ctx, on_client_hello, NULL);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
            SSL_CTX_set_ciphersuites(ctx, SUITES_13) == 1 &&
            SSL_CTX_set_cipher_list(ctx, SUITES_12) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

const char *
ds_relay_tls_error(char text[static 160])
{
    unsigned long err = ERR_get_error();
    const char *reason = err != 0 ? ERR_reason_error_string(err) : NULL;
    snprintf(text, 160, "%s", reason != NULL ? reason : "no detail");
    ERR_clear_error();
    return text;
}
