/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_SPAKE2_RUN_H
#define DS_NET_CRYPTO_SPAKE2_RUN_H

/*
 * What a run of SPAKE2 is made of, under the RFC's names. Only spake2.c includes this, and the unit
 * test, which compares each value with those of RFC 9382, Appendix B.
 */
#include <stdint.h>

#include "net/crypto/p256.h"
#include "net/crypto/spake2.h"

enum {
    SPAKE2_HALF = 16, /* SHA-256 of the transcript is Ke and Ka */
    /* six lengths of 8 bytes, two identities, pA, pB, K, w */
    SPAKE2_TT_MAX = 6 * 8 + 2 * DS_SPAKE2_ID_MAX + 3 * DS_SPAKE2_POINT_BYTES + DS_P256_SCALAR_BYTES,
};

enum spake2_step {
    SPAKE2_NEW,
    SPAKE2_STARTED, /* our message is out */
    SPAKE2_KEYED,   /* the other's is in */
    SPAKE2_SHOWN,   /* A: cA is out */
    SPAKE2_PROVEN,  /* the other's confirmation was right */
    SPAKE2_OVER,    /* something failed */
};

struct spake2_keys {
    uint8_t k[DS_SPAKE2_POINT_BYTES];
    uint8_t tt[SPAKE2_TT_MAX];
    size_t tt_len;
    uint8_t ke_ka[2 * SPAKE2_HALF];
    uint8_t kca_kcb[2 * SPAKE2_HALF];
    uint8_t confirm[2][DS_SPAKE2_CONFIRM_BYTES]; /* by enum ds_spake2_role: cA, cB */
};

struct ds_spake2 {
    enum ds_spake2_role role;
    enum spake2_step step;
    char id_a[DS_SPAKE2_ID_MAX + 1];
    char id_b[DS_SPAKE2_ID_MAX + 1];
    uint8_t w[DS_P256_SCALAR_BYTES];
    uint8_t scalar[DS_P256_SCALAR_BYTES]; /* x or y; all zero until it is drawn */
    uint8_t own[DS_SPAKE2_POINT_BYTES];
    struct spake2_keys keys;
};

#endif
