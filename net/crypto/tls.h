/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_TLS_H
#define DS_NET_CRYPTO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "net/base/err.h"

/*
 * One TLS endpoint without a socket: ciphertext is put in and taken out by whoever has the
 * transport. relay_tls.h and path_tls.h make the ones that the product uses. All calls: net thread
 * (the thread that owns the connection). An error stays: every later call returns the same.
 */
struct ds_tls;
struct evbuffer;

enum { DS_TLS_WRITE_MAX = 16384, DS_TLS_ERROR_TEXT_MAX = 160 };

/** What decides, once the handshake is done, whether it is enough. Returns 0 or an error. */
typedef int (*ds_tls_check_fn)(struct ds_tls *tls, void *arg);

/**
 * Make an endpoint of `ctx` (borrowed during the call; OpenSSL counts references). Returns 0 with
 * `*out` (owned), or DS_ERR_NOMEM.
 */
int ds_tls_new(struct ds_tls **out, SSL_CTX *ctx, bool is_server) DS_MUST_CHECK;

/** Wipe and free; NULL is fine. What was not taken is lost. */
void ds_tls_free(struct ds_tls *tls);

/**
 * Have `check` called when the handshake is done; where it fails the handshake has failed, and no
 * byte of plaintext was read or written. `arg` is borrowed for the endpoint's life.
 */
void ds_tls_set_check(struct ds_tls *tls, ds_tls_check_fn check, void *arg);

/**
 * Say that the handshake is a proof between two who share a key: whatever ends it is DS_ERR_AUTH,
 * and what would still be sent is thrown away, since an alert tells a stranger that somebody is
 * here. For paths; to a relay the alert is sent.
 */
void ds_tls_set_proof(struct ds_tls *tls);

/** Return OpenSSL's object for settings before the handshake, and questions after. Borrowed. */
SSL *ds_tls_ssl(struct ds_tls *tls);

/** Feed `n` bytes of ciphertext, copied. Returns 0 or DS_ERR_NOMEM. */
int ds_tls_put(struct ds_tls *tls, const void *data, size_t n) DS_MUST_CHECK;

/** Feed all ciphertext of `from`, moved, not copied. Returns 0 or DS_ERR_NOMEM. */
int ds_tls_put_buffer(struct ds_tls *tls, struct evbuffer *from) DS_MUST_CHECK;

/**
 * Go on with the handshake; ds_tls_take() what it wrote after each call. Returns 1 when it is done
 * and checked, 0 when it needs more input, DS_ERR_CERTIFICATE, DS_ERR_PIN, DS_ERR_AUTH or
 * DS_ERR_PROTOCOL as relay_tls.h and path_tls.h say, DS_ERR_TLS for everything else.
 */
int ds_tls_handshake(struct ds_tls *tls) DS_MUST_CHECK;

/**
 * Read up to `cap` bytes of plaintext; call it until it returns 0. Returns their count, 0 when
 * there is none now, DS_ERR_CLOSED after close_notify, DS_ERR_TLS when a record is broken,
 * DS_ERR_STATE before the handshake is done.
 */
int ds_tls_read(struct ds_tls *tls, void *buf, size_t cap) DS_MUST_CHECK;

/**
 * Write `n` bytes as one record. Returns 0; DS_ERR_TOO_BIG over DS_TLS_WRITE_MAX, DS_ERR_STATE
 * before the handshake is done. Nothing is written where `n` is 0.
 */
int ds_tls_write(struct ds_tls *tls, const void *data, size_t n) DS_MUST_CHECK;

/** Write close_notify, if the handshake is done. Reading goes on until the other side's. */
void ds_tls_close(struct ds_tls *tls);

/** Return how many bytes of ciphertext wait to be taken. */
size_t ds_tls_out(const struct ds_tls *tls);

/** Move all ciphertext that waits to the end of `to`, not copied. Returns 0 or DS_ERR_NOMEM. */
int ds_tls_take(struct ds_tls *tls, struct evbuffer *to) DS_MUST_CHECK;

/**
 * End the endpoint with `err` and `text` (copied): for checks, also from within OpenSSL's
 * callbacks. The first error stays. Returns that one.
 */
int ds_tls_fail(struct ds_tls *tls, int err, const char *text);

/** Describe the error for a log ("certificate verify failed"); "" where there is none. Borrowed. */
const char *ds_tls_error_text(const struct ds_tls *tls);

/**
 * Describe the oldest error in this thread's OpenSSL queue in `text` of `cap` bytes, and empty the
 * queue: OpenSSL judges the next call by what is left there. "" where there is none.
 */
void ds_openssl_error(char *text, size_t cap);

#endif
