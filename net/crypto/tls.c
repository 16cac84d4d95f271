/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/tls.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <event2/buffer.h>

#include "net/crypto/evbuffer_bio.h"

struct ds_tls {
    SSL *ssl;
    struct evbuffer *in;  /* ciphertext that OpenSSL has not read yet */
    struct evbuffer *out; /* ciphertext that nobody has taken yet */
    ds_tls_check_fn check;
    void *check_arg; /* borrowed */
    bool is_proof;
    bool is_done; /* the handshake, with its check */
    int err;      /* the first one; stays */
    char text[DS_TLS_ERROR_TEXT_MAX];
};

void
ds_openssl_error(char *text, size_t cap)
{
    const char *data;
    int flags;
    unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    text[0] = '\0';
    if (reason != NULL && (flags & ERR_TXT_STRING) != 0 && data[0] != '\0')
        snprintf(text, cap, "%s (%s)", reason, data);
    else if (reason != NULL)
        snprintf(text, cap, "%s", reason);
    else if (code != 0)
        snprintf(text, cap, "error %lx", code);
    ERR_clear_error();
}

int
ds_tls_new(struct ds_tls **out, SSL_CTX *ctx, bool is_server)
{
    *out = NULL;
    struct ds_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL)
        return DS_ERR_NOMEM;
    tls->in = evbuffer_new();
    tls->out = evbuffer_new();
    tls->ssl = SSL_new(ctx);
    if (tls->in == NULL || tls->out == NULL || tls->ssl == NULL)
        goto fail;
    BIO *bio = ds_evbuffer_bio_new(tls->in, tls->out);
    if (bio == NULL)
        goto fail;
    SSL_set_bio(tls->ssl, bio, bio);
    if (is_server)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    *out = tls;
    return 0;
fail:
    ERR_clear_error();
    ds_tls_free(tls);
    return DS_ERR_NOMEM;
}

void
ds_tls_free(struct ds_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl); /* and the BIO, which borrows the buffers */
    if (tls->in != NULL)
        evbuffer_free(tls->in);
    if (tls->out != NULL)
        evbuffer_free(tls->out);
    free(tls);
}

void
ds_tls_set_check(struct ds_tls *tls, ds_tls_check_fn check, void *arg)
{
    tls->check = check;
    tls->check_arg = arg;
}

void
ds_tls_set_proof(struct ds_tls *tls)
{
    tls->is_proof = true;
}

SSL *
ds_tls_ssl(struct ds_tls *tls)
{
    return tls->ssl;
}

int
ds_tls_put(struct ds_tls *tls, const void *data, size_t n)
{
    return evbuffer_add(tls->in, data, n) == 0 ? 0 : DS_ERR_NOMEM;
}

int
ds_tls_put_buffer(struct ds_tls *tls, struct evbuffer *from)
{
    return evbuffer_add_buffer(tls->in, from) == 0 ? 0 : DS_ERR_NOMEM;
}

int
ds_tls_fail(struct ds_tls *tls, int err, const char *text)
{
    if (tls->err == 0) {
        tls->err = err;
        snprintf(tls->text, sizeof tls->text, "%s", text);
    }
    return tls->err;
}

/* Return whether OpenSSL's oldest error says that the certificate was refused. */
static bool
is_certificate_error(void)
{
    unsigned long code = ERR_peek_error();
    return ERR_GET_LIB(code) == ERR_LIB_SSL &&
           ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

/*
 * Judge what a call of OpenSSL left behind: 0 where it only needs more input. The reason why a
 * certificate was refused says more than "certificate verify failed".
 */
static int
judge(struct ds_tls *tls, int result)
{
    char text[DS_TLS_ERROR_TEXT_MAX];
    int what = SSL_get_error(tls->ssl, result);
    if (what == SSL_ERROR_WANT_READ && tls->err == 0)
        return 0;
    bool is_certificate = is_certificate_error();
    ds_openssl_error(text, sizeof text);
    if (what == SSL_ERROR_ZERO_RETURN)
        return ds_tls_fail(tls, DS_ERR_CLOSED, "closed by the other side");
    if (is_certificate)
        return ds_tls_fail(tls, DS_ERR_CERTIFICATE,
                X509_verify_cert_error_string(SSL_get_verify_result(tls->ssl)));
    return ds_tls_fail(tls, DS_ERR_TLS, text[0] != '\0' ? text : "TLS failed");
}

/* While it fails an endpoint may have written an alert, or even its whole last flight. */
static int
fail_handshake(struct ds_tls *tls)
{
    if (tls->is_proof) {
        evbuffer_drain(tls->out, evbuffer_get_length(tls->out));
        tls->err = DS_ERR_AUTH;
    }
    return tls->err;
}

int
ds_tls_handshake(struct ds_tls *tls)
{
    if (tls->err < 0)
        return tls->err;
    if (tls->is_done)
        return 1;
    ERR_clear_error();
    int result = SSL_do_handshake(tls->ssl);
    if (result != 1)
        return judge(tls, result) < 0 ? fail_handshake(tls) : 0;
    int err = tls->check != NULL ? tls->check(tls, tls->check_arg) : 0;
    if (err < 0) {
        ds_tls_fail(tls, err, ds_strerror(err));
        return fail_handshake(tls);
    }
    tls->is_done = true;
    return 1;
}

int
ds_tls_read(struct ds_tls *tls, void *buf, size_t cap)
{
    if (tls->err < 0)
        return tls->err;
    if (!tls->is_done)
        return DS_ERR_STATE;
    if (cap > INT_MAX)
        cap = INT_MAX;
    size_t n = 0;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, buf, cap, &n);
    return result == 1 ? (int)n : judge(tls, result);
}

int
ds_tls_write(struct ds_tls *tls, const void *data, size_t n)
{
    size_t written = 0;
    if (tls->err < 0 && tls->err != DS_ERR_CLOSED)
        return tls->err;
    if (!tls->is_done)
        return DS_ERR_STATE;
    if (n > DS_TLS_WRITE_MAX)
        return DS_ERR_TOO_BIG;
    if (n == 0)
        return 0;
    ERR_clear_error();
    int result = SSL_write_ex(tls->ssl, data, n, &written);
    if (result == 1)
        return 0;
    /* The buffer takes all: what is wanted here can only be an error. */
    return judge(tls, result) < 0 ? tls->err : ds_tls_fail(tls, DS_ERR_TLS, "write wants to read");
}

void
ds_tls_close(struct ds_tls *tls)
{
    if (tls->is_done && (tls->err == 0 || tls->err == DS_ERR_CLOSED))
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

size_t
ds_tls_out(const struct ds_tls *tls)
{
    return evbuffer_get_length(tls->out);
}

int
ds_tls_take(struct ds_tls *tls, struct evbuffer *to)
{
    return evbuffer_add_buffer(to, tls->out) == 0 ? 0 : DS_ERR_NOMEM;
}

const char *
ds_tls_error_text(const struct ds_tls *tls)
{
    return tls->text;
}
