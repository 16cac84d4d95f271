/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/p256.h"

#include <stdbool.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

/* RFC 9382, section 6: nobody knows the discrete logarithm of either. */
static const uint8_t masks[2][33] = {
        [DS_P256_M] = {0x02, 0x88, 0x6e, 0x2f, 0x97, 0xac, 0xe4, 0x6e, 0x55, 0xba, 0x9d, 0xd7, 0x24,
                0x25, 0x79, 0xf2, 0x99, 0x3b, 0x64, 0xe1, 0x6e, 0xf3, 0xdc, 0xab, 0x95, 0xaf, 0xd4,
                0x97, 0x33, 0x3d, 0x8f, 0xa1, 0x2f},
        [DS_P256_N] = {0x03, 0xd8, 0xbb, 0xd6, 0xc6, 0x39, 0xc6, 0x29, 0x37, 0xb0, 0x4d, 0x99, 0x7f,
                0x38, 0xc3, 0x77, 0x07, 0x19, 0xc6, 0x29, 0xd7, 0x01, 0x4d, 0x49, 0xa2, 0x4b, 0x4f,
                0x98, 0xba, 0xa1, 0x29, 0x2b, 0x49},
};

/* The group and what a computation needs beside it; all of it is freed and wiped in one place. */
struct work {
    EC_GROUP *group;
    BN_CTX *bn;
    BIGNUM *scalar;
    BIGNUM *w;
    EC_POINT *mask;
    EC_POINT *left;
    EC_POINT *right;
};

static void
work_finish(struct work *work)
{
    EC_POINT_clear_free(work->left);
    EC_POINT_clear_free(work->right);
    EC_POINT_clear_free(work->mask);
    BN_clear_free(work->scalar);
    BN_clear_free(work->w);
    BN_CTX_free(work->bn);
    EC_GROUP_free(work->group);
    ERR_clear_error();
}

static bool
read_scalar(BIGNUM *to, const uint8_t from[static DS_P256_SCALAR_BYTES])
{
    BN_set_flags(to, BN_FLG_CONSTTIME);
    return BN_bin2bn(from, DS_P256_SCALAR_BYTES, to) != NULL;
}

static bool
work_init(struct work *work)
{
    *work = (struct work){
            .group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1),
            .bn = BN_CTX_secure_new(),
            .scalar = BN_secure_new(),
            .w = BN_secure_new(),
    };
    if (work->group == NULL || work->bn == NULL || work->scalar == NULL || work->w == NULL)
        return false;
    work->mask = EC_POINT_new(work->group);
    work->left = EC_POINT_new(work->group);
    work->right = EC_POINT_new(work->group);
    return work->mask != NULL && work->left != NULL && work->right != NULL;
}

static bool
work_read(struct work *work, const uint8_t *scalar, const uint8_t *w, enum ds_p256_mask mask)
{
    return read_scalar(work->scalar, scalar) && read_scalar(work->w, w) &&
           EC_POINT_oct2point(work->group, work->mask, masks[mask], sizeof masks[mask], work->bn);
}

static bool
times(struct work *work, EC_POINT *out, const EC_POINT *point, const BIGNUM *scalar)
{
    return EC_POINT_mul(work->group, out, NULL, point, scalar, work->bn) == 1;
}

static bool
times_generator(struct work *work, EC_POINT *out, const BIGNUM *scalar)
{
    return EC_POINT_mul(work->group, out, scalar, NULL, NULL, work->bn) == 1;
}

/* The identity takes one byte, so this also fails for that. */
static bool
write_point(struct work *work, uint8_t out[static DS_P256_POINT_BYTES], const EC_POINT *point)
{
    return EC_POINT_point2oct(work->group, point, POINT_CONVERSION_UNCOMPRESSED, out,
                   DS_P256_POINT_BYTES, work->bn) == DS_P256_POINT_BYTES;
}

static bool
draw(struct work *work, BIGNUM *scalar)
{
    do {
        if (BN_priv_rand_range(scalar, EC_GROUP_get0_order(work->group)) != 1)
            return false;
    } while (BN_is_zero(scalar));
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    return true;
}

int
ds_p256_reduce(
        uint8_t scalar[static DS_P256_SCALAR_BYTES], const uint8_t wide[static DS_P256_WIDE_BYTES])
{
    struct work work;
    bool ok = work_init(&work);
    if (ok)
        BN_set_flags(work.w, BN_FLG_CONSTTIME);
    ok = ok && BN_bin2bn(wide, DS_P256_WIDE_BYTES, work.w) != NULL &&
         BN_mod(work.scalar, work.w, EC_GROUP_get0_order(work.group), work.bn) == 1 &&
         BN_bn2binpad(work.scalar, scalar, DS_P256_SCALAR_BYTES) == DS_P256_SCALAR_BYTES;
    work_finish(&work);
    return ok ? 0 : DS_ERR_NOMEM;
}

int
ds_p256_random(uint8_t scalar[static DS_P256_SCALAR_BYTES])
{
    struct work work;
    bool ok = work_init(&work) && draw(&work, work.scalar) &&
              BN_bn2binpad(work.scalar, scalar, DS_P256_SCALAR_BYTES) == DS_P256_SCALAR_BYTES;
    work_finish(&work);
    return ok ? 0 : DS_ERR_NOMEM;
}

int
ds_p256_blind(uint8_t out[static DS_P256_POINT_BYTES],
        const uint8_t scalar[static DS_P256_SCALAR_BYTES],
        const uint8_t w[static DS_P256_SCALAR_BYTES], enum ds_p256_mask mask)
{
    struct work work;
    bool ok = work_init(&work) && work_read(&work, scalar, w, mask) &&
              times_generator(&work, work.left, work.scalar) &&
              times(&work, work.right, work.mask, work.w) &&
              EC_POINT_add(work.group, work.left, work.left, work.right, work.bn) == 1 &&
              write_point(&work, out, work.left);
    work_finish(&work);
    return ok ? 0 : DS_ERR_NOMEM;
}

/* EC_POINT_oct2point() would also take the compressed, the hybrid and the identity's form. */
static bool
read_peer(struct work *work, EC_POINT *point, const uint8_t *peer, size_t peer_len)
{
    return peer_len == DS_P256_POINT_BYTES && peer[0] == POINT_CONVERSION_UNCOMPRESSED &&
           EC_POINT_oct2point(work->group, point, peer, peer_len, work->bn) == 1 &&
           EC_POINT_is_on_curve(work->group, point, work->bn) == 1 &&
           !EC_POINT_is_at_infinity(work->group, point);
}

/*
 * scalar * peer - scalar * (w * mask), so that no product has the identity as a factor: only the
 * last sum can be it. The stand-in is made every time, whether it is needed or not.
 */
static bool
compute_k(struct work *work, uint8_t out[static DS_P256_POINT_BYTES])
{
    EC_POINT *peer = work->left, *k = work->right, *masked = work->mask;
    bool ok = times(work, work->right, work->mask, work->w) &&
              times(work, masked, work->right, work->scalar) &&
              times(work, k, peer, work->scalar) &&
              EC_POINT_invert(work->group, masked, work->bn) == 1 &&
              EC_POINT_add(work->group, k, k, masked, work->bn) == 1;
    EC_POINT *stand_in = work->left;
    ok = ok && draw(work, work->w) && times_generator(work, stand_in, work->w);
    return ok && write_point(work, out, EC_POINT_is_at_infinity(work->group, k) ? stand_in : k);
}

int
ds_p256_unblind(uint8_t out[static DS_P256_POINT_BYTES],
        const uint8_t scalar[static DS_P256_SCALAR_BYTES],
        const uint8_t w[static DS_P256_SCALAR_BYTES], enum ds_p256_mask mask, const uint8_t *peer,
        size_t peer_len)
{
    int err = DS_ERR_NOMEM;
    struct work work;
    if (!work_init(&work) || !work_read(&work, scalar, w, mask))
        goto out;
    if (!read_peer(&work, work.left, peer, peer_len)) {
        err = DS_ERR_PROTOCOL;
        goto out;
    }
    if (compute_k(&work, out))
        err = 0;
out:
    work_finish(&work);
    return err;
}
