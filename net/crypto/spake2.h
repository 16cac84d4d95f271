/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_SPAKE2_H
#define DS_NET_CRYPTO_SPAKE2_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * SPAKE2 with P-256, SHA-256, HKDF and HMAC: two sides that know the same short code agree on a
 * key, and who does not know it gets one guess per run and nothing to try others on. Source: RFC
 * 9382. One object is one run of one side:
 *
 *   A, the helper   start            finish(pB)  confirm_make -> cA        confirm_check(cB)  key
 *   B, the helpee   start  finish(pA)            confirm_check(cA)  confirm_make -> cB        key
 *
 * The order is the object's, not its user's: B gives no cB before a right cA, so that a guess can
 * be checked only by making it. A call out of order is DS_ERR_STATE. Any thread, one at a time.
 */
struct ds_spake2;

enum ds_spake2_role {
    DS_SPAKE2_A, /* the helper */
    DS_SPAKE2_B, /* the helpee */
};

enum {
    DS_SPAKE2_POINT_BYTES = 65,   /* 04, x, y */
    DS_SPAKE2_CONFIRM_BYTES = 32, /* HMAC-SHA256 */
    DS_SPAKE2_KEY_BYTES = 32,
    DS_SPAKE2_ID_MAX = 64,
    DS_SPAKE2_AAD_MAX = 128,
};

/**
 * Begin a run. `id_a` and `id_b` name the two roles (text, at most DS_SPAKE2_ID_MAX bytes each);
 * `password` is what ds_code_password() gives. Nothing is borrowed. The password becomes the scalar
 * w = HKDF-SHA256(password, info "deskside/1 spake2 w" 00, 64 bytes) mod p: RFC 9382, section 3.2
 * asks for at least 40 bytes, so that w is as good as uniform. No memory-hard step: a guess needs a
 * run with the other side, and those are counted. Returns 0 with `*out` (owned), DS_ERR_INVALID,
 * DS_ERR_NOMEM.
 */
int ds_spake2_new(struct ds_spake2 **out, enum ds_spake2_role role, const char *id_a,
        const char *id_b, const uint8_t *password, size_t password_len) DS_MUST_CHECK;

/** Wipe and free; NULL is fine. */
void ds_spake2_free(struct ds_spake2 *s);

/** Draw the secret scalar and write our message (pA or pB) into `out`. Once a run. */
int ds_spake2_start(struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_POINT_BYTES]) DS_MUST_CHECK;

/**
 * Take the other side's message and derive the keys. `aad` (borrowed, at most DS_SPAKE2_AAD_MAX
 * bytes, the same on both sides) is bound into the confirmation. Once a run. Returns 0, or
 * DS_ERR_PROTOCOL unless the message is exactly 65 bytes, begins with 04 and lies on the curve.
 * Success says nothing about the other side's password, nor does the time that it takes.
 */
int ds_spake2_finish(struct ds_spake2 *s, const uint8_t *peer, size_t peer_len, const void *aad,
        size_t aad_len) DS_MUST_CHECK;

/** Write our confirmation (cA or cB) into `out`. B: only after ds_spake2_confirm_check(). */
int ds_spake2_confirm_make(
        struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_CONFIRM_BYTES]) DS_MUST_CHECK;

/**
 * Check the other side's confirmation, in constant time; once a run. Returns 0, or DS_ERR_AUTH
 * where the passwords, the identities or the aad differ; the run is over then, its keys are wiped.
 */
int ds_spake2_confirm_check(
        struct ds_spake2 *s, const uint8_t peer[static DS_SPAKE2_CONFIRM_BYTES]) DS_MUST_CHECK;

/**
 * Write the session key, KDF(Ke, "session"), into `out`; DS_ERR_STATE before its time. B: only
 * after A's confirmation was right. A: after it made its own, since the ClientHello that goes out
 * beside cA is keyed by it and tells no more than cA does; what that key protects is not to be
 * believed before ds_spake2_confirm_check().
 */
int ds_spake2_key(struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_KEY_BYTES]) DS_MUST_CHECK;

#endif
