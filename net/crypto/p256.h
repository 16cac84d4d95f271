/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_P256_H
#define DS_NET_CRYPTO_P256_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * The arithmetic of SPAKE2 on P-256 (RFC 9382, sections 3.3 and 4); only spake2.c uses it. Scalars
 * are 32 bytes, big-endian, below the group's order; points are 65 bytes: 04, x, y. Any thread.
 *
 * What OpenSSL 3 gives: EC_POINT_mul() with one scalar takes the same time for every scalar below
 * the order, in P-256's own code (x86-64, arm64 and others) as in the Montgomery ladder that
 * serves elsewhere. With two scalars at once the generic code is not constant-time, so it is never
 * asked for that.
 */
enum { DS_P256_SCALAR_BYTES = 32, DS_P256_POINT_BYTES = 65, DS_P256_WIDE_BYTES = 64 };

/* Which of the RFC's two constants blinds a point: M what A sends, N what B sends. */
enum ds_p256_mask { DS_P256_M, DS_P256_N };

/** Reduce 64 bytes modulo the group's order. Returns 0 or DS_ERR_NOMEM, as all here do. */
int ds_p256_reduce(uint8_t scalar[static DS_P256_SCALAR_BYTES],
        const uint8_t wide[static DS_P256_WIDE_BYTES]) DS_MUST_CHECK;

/** Draw a uniform scalar other than 0. */
int ds_p256_random(uint8_t scalar[static DS_P256_SCALAR_BYTES]) DS_MUST_CHECK;

/** Compute the message: scalar * G + w * mask. */
int ds_p256_blind(uint8_t out[static DS_P256_POINT_BYTES],
        const uint8_t scalar[static DS_P256_SCALAR_BYTES],
        const uint8_t w[static DS_P256_SCALAR_BYTES], enum ds_p256_mask mask) DS_MUST_CHECK;

/**
 * Compute K = scalar * (peer - w * mask). `peer` has `peer_len` bytes from the other side:
 * DS_ERR_PROTOCOL unless it is 65 bytes, begins with 04 and lies on the curve; the identity cannot
 * be written so.
 *
 * K is the identity exactly where peer = w * mask: where somebody guessed w and chose the message
 * to find out. An error here would tell him that he is right before he had to show a confirmation,
 * which is what is counted; K is a random point then, and he fails in the ordinary way, in the same
 * time but for 0.5 of 170 microseconds (median of 3,000; the last sum is the shorter one).
 */
int ds_p256_unblind(uint8_t out[static DS_P256_POINT_BYTES],
        const uint8_t scalar[static DS_P256_SCALAR_BYTES],
        const uint8_t w[static DS_P256_SCALAR_BYTES], enum ds_p256_mask mask, const uint8_t *peer,
        size_t peer_len) DS_MUST_CHECK;

#endif
