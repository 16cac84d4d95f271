/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_KDF_H
#define DS_NET_CRYPTO_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

enum {
    DS_KEY_BYTES = 32,
    DS_KDF_OUT_MAX = 255 * 32, /* HKDF-SHA256 gives no more */
    DS_KDF_INFO_MAX = 256,
};

/* Bytes that belong to somebody else. */
struct ds_bytes {
    const void *data;
    size_t len;
};

/**
 * Derive `out_len` bytes (1 to DS_KDF_OUT_MAX) by HKDF-SHA256, extract and expand; `salt` may be
 * empty. Returns 0 or DS_ERR_INVALID (a length) or DS_ERR_NOMEM; `out` is wiped on failure. Any
 * thread. Source: RFC 5869.
 */
int ds_hkdf(uint8_t *out, size_t out_len, struct ds_bytes key, struct ds_bytes salt,
        struct ds_bytes info) DS_MUST_CHECK;

/**
 * Derive `out_len` bytes from `key` for one purpose: HKDF-SHA256 without salt, info = "deskside/1 "
 * label 00 context. `label` is ASCII; all of the info is at most DS_KDF_INFO_MAX bytes, and the
 * context may be empty. Returns as ds_hkdf(). Any thread.
 */
int ds_kdf(uint8_t *out, size_t out_len, const uint8_t key[static DS_KEY_BYTES], const char *label,
        const void *context, size_t context_len) DS_MUST_CHECK;

/** Derive as ds_kdf() does, from a key of any length. */
int ds_kdf_from(uint8_t *out, size_t out_len, struct ds_bytes key, const char *label,
        struct ds_bytes context) DS_MUST_CHECK;

#endif
