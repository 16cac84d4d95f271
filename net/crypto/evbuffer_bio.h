/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_EVBUFFER_BIO_H
#define DS_NET_CRYPTO_EVBUFFER_BIO_H

#include <openssl/bio.h>

struct evbuffer;

/**
 * Make a BIO that reads from `in` and writes to `out` (both borrowed for its life). An empty `in`
 * means "later", never EOF. OpenSSL's own memory BIO moves all that is left down after each read
 * and doubles by copying; an evbuffer's chain does neither, and is handed to the socket as it is.
 * Returns NULL where memory is short. Net thread.
 */
BIO *ds_evbuffer_bio_new(struct evbuffer *in, struct evbuffer *out);

#endif
