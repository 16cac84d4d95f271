/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_CERT_H
#define DS_NET_RELAY_CERT_H

#include <openssl/ssl.h>

#include "net/base/err.h"

enum { DS_RELAY_PIN_TEXT = 65 };

/**
 * Give `ctx` the certificate chain and key of two PEM files. Returns 0, or DS_ERR_INVALID with the
 * file and the trouble in a log line.
 */
int ds_relay_cert_load(SSL_CTX *ctx, const char *cert_file, const char *key_file) DS_MUST_CHECK;

/**
 * Give `ctx` the self-signed certificate that lives in the folder `dir`, which is made where it is
 * not there: key.pem once and for all, cert.pem again when it comes near its end. `pin` gets the
 * SHA-256 of the SubjectPublicKeyInfo in lower-case hexadecimal digits. Two relays that start at
 * once end up with the same key. Returns 0, or DS_ERR_INVALID, DS_ERR_SYSTEM or DS_ERR_TLS with a
 * log line. Source: RFC 5280, 4.1; the pin is that of RFC 7469, 2.4.
 */
int ds_relay_cert_self_signed(
        SSL_CTX *ctx, const char *dir, char pin[static DS_RELAY_PIN_TEXT]) DS_MUST_CHECK;

/**
 * Give `ctx` a new key, and a certificate of its own for it, which live in memory only. `pin` is as
 * above. Returns 0, or DS_ERR_TLS with a log line.
 */
int ds_relay_cert_passing(SSL_CTX *ctx, char pin[static DS_RELAY_PIN_TEXT]) DS_MUST_CHECK;

#endif
