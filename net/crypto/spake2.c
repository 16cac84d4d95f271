/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/spake2.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "net/crypto/kdf.h"
#include "net/crypto/spake2_run.h"
#include "net/wire/writer.h"

static int
derive_w(uint8_t w[static DS_P256_SCALAR_BYTES], const uint8_t *password, size_t password_len)
{
    uint8_t wide[DS_P256_WIDE_BYTES];
    int err = ds_kdf_from(wide, sizeof wide, (struct ds_bytes){password, password_len}, "spake2 w",
            (struct ds_bytes){NULL, 0});
    if (err == 0)
        err = ds_p256_reduce(w, wide);
    OPENSSL_cleanse(wide, sizeof wide);
    return err;
}

int
ds_spake2_new(struct ds_spake2 **out, enum ds_spake2_role role, const char *id_a, const char *id_b,
        const uint8_t *password, size_t password_len)
{
    *out = NULL;
    if (strlen(id_a) > DS_SPAKE2_ID_MAX || strlen(id_b) > DS_SPAKE2_ID_MAX || password_len == 0)
        return DS_ERR_INVALID;
    struct ds_spake2 *s = calloc(1, sizeof *s);
    if (s == NULL)
        return DS_ERR_NOMEM;
    s->role = role;
    memcpy(s->id_a, id_a, strlen(id_a));
    memcpy(s->id_b, id_b, strlen(id_b));
    int err = derive_w(s->w, password, password_len);
    if (err < 0) {
        ds_spake2_free(s);
        return err;
    }
    *out = s;
    return 0;
}

void
ds_spake2_free(struct ds_spake2 *s)
{
    if (s == NULL)
        return;
    OPENSSL_cleanse(s, sizeof *s);
    free(s);
}

/* Nothing of a run that failed can be used again. */
static int
end_run(struct ds_spake2 *s, int err)
{
    OPENSSL_cleanse(s->w, sizeof s->w);
    OPENSSL_cleanse(s->scalar, sizeof s->scalar);
    OPENSSL_cleanse(&s->keys, sizeof s->keys);
    s->step = SPAKE2_OVER;
    return err;
}

static bool
has_scalar(const struct ds_spake2 *s)
{
    static const uint8_t none[DS_P256_SCALAR_BYTES];
    return CRYPTO_memcmp(s->scalar, none, sizeof none) != 0;
}

int
ds_spake2_start(struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_POINT_BYTES])
{
    int err = 0;
    if (s->step != SPAKE2_NEW)
        return DS_ERR_STATE;
    if (!has_scalar(s)) /* the unit test brings the RFC's */
        err = ds_p256_random(s->scalar);
    if (err == 0)
        err = ds_p256_blind(
                s->own, s->scalar, s->w, s->role == DS_SPAKE2_A ? DS_P256_M : DS_P256_N);
    if (err < 0)
        return end_run(s, err);
    memcpy(out, s->own, sizeof s->own);
    s->step = SPAKE2_STARTED;
    return 0;
}

/* RFC 9382, section 3.3: each part is preceded by its length, 8 bytes, little-endian. */
static void
write_part(struct ds_writer *w, const void *data, size_t len)
{
    for (unsigned shift = 0; shift < 64; shift += 8)
        ds_writer_u8(w, (uint8_t)((uint64_t)len >> shift));
    ds_writer_bytes(w, data, len);
}

static int
write_transcript(struct ds_spake2 *s, const uint8_t peer[static DS_SPAKE2_POINT_BYTES])
{
    bool is_a = s->role == DS_SPAKE2_A;
    struct ds_writer w;
    ds_writer_init(&w, s->keys.tt, sizeof s->keys.tt);
    write_part(&w, s->id_a, strlen(s->id_a));
    write_part(&w, s->id_b, strlen(s->id_b));
    write_part(&w, is_a ? s->own : peer, DS_SPAKE2_POINT_BYTES);
    write_part(&w, is_a ? peer : s->own, DS_SPAKE2_POINT_BYTES);
    write_part(&w, s->keys.k, sizeof s->keys.k);
    write_part(&w, s->w, sizeof s->w);
    s->keys.tt_len = w.len;
    return w.failed ? DS_ERR_STATE : 0;
}

static int
make_confirm(struct spake2_keys *keys, enum ds_spake2_role role)
{
    const uint8_t *key = keys->kca_kcb + (role == DS_SPAKE2_A ? 0 : SPAKE2_HALF);
    return HMAC(EVP_sha256(), key, SPAKE2_HALF, keys->tt, keys->tt_len, keys->confirm[role],
                   NULL) != NULL
                   ? 0
                   : DS_ERR_NOMEM;
}

/* RFC 9382, section 4. */
static int
derive_keys(struct spake2_keys *keys, const void *aad, size_t aad_len)
{
    static const char label[] = "ConfirmationKeys";
    uint8_t info[sizeof label - 1 + DS_SPAKE2_AAD_MAX];
    struct ds_writer w;
    ds_writer_init(&w, info, sizeof info);
    ds_writer_bytes(&w, label, sizeof label - 1);
    ds_writer_bytes(&w, aad, aad_len);
    if (w.failed)
        return DS_ERR_INVALID;
    if (EVP_Digest(keys->tt, keys->tt_len, keys->ke_ka, NULL, EVP_sha256(), NULL) != 1)
        return DS_ERR_NOMEM;
    struct ds_bytes ka = {keys->ke_ka + SPAKE2_HALF, SPAKE2_HALF};
    int err = ds_hkdf(keys->kca_kcb, sizeof keys->kca_kcb, ka, (struct ds_bytes){NULL, 0},
            (struct ds_bytes){info, w.len});
    if (err == 0)
        err = make_confirm(keys, DS_SPAKE2_A);
    if (err == 0)
        err = make_confirm(keys, DS_SPAKE2_B);
    return err;
}

int
ds_spake2_finish(
        struct ds_spake2 *s, const uint8_t *peer, size_t peer_len, const void *aad, size_t aad_len)
{
    if (s->step != SPAKE2_STARTED)
        return DS_ERR_STATE;
    enum ds_p256_mask mask = s->role == DS_SPAKE2_A ? DS_P256_N : DS_P256_M;
    int err = ds_p256_unblind(s->keys.k, s->scalar, s->w, mask, peer, peer_len);
    if (err == 0)
        err = write_transcript(s, peer);
    if (err == 0)
        err = derive_keys(&s->keys, aad, aad_len);
    if (err < 0)
        return end_run(s, err);
    s->step = SPAKE2_KEYED;
    return 0;
}

int
ds_spake2_confirm_make(struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_CONFIRM_BYTES])
{
    if (s->step != (s->role == DS_SPAKE2_A ? SPAKE2_KEYED : SPAKE2_PROVEN))
        return DS_ERR_STATE;
    memcpy(out, s->keys.confirm[s->role], DS_SPAKE2_CONFIRM_BYTES);
    if (s->role == DS_SPAKE2_A)
        s->step = SPAKE2_SHOWN;
    return 0;
}

int
ds_spake2_confirm_check(struct ds_spake2 *s, const uint8_t peer[static DS_SPAKE2_CONFIRM_BYTES])
{
    if (s->step != (s->role == DS_SPAKE2_A ? SPAKE2_SHOWN : SPAKE2_KEYED))
        return DS_ERR_STATE;
    const uint8_t *expected = s->keys.confirm[s->role == DS_SPAKE2_A ? DS_SPAKE2_B : DS_SPAKE2_A];
    if (CRYPTO_memcmp(expected, peer, DS_SPAKE2_CONFIRM_BYTES) != 0)
        return end_run(s, DS_ERR_AUTH);
    s->step = SPAKE2_PROVEN;
    return 0;
}

int
ds_spake2_key(struct ds_spake2 *s, uint8_t out[static DS_SPAKE2_KEY_BYTES])
{
    if (s->step != SPAKE2_PROVEN && s->step != SPAKE2_SHOWN)
        return DS_ERR_STATE;
    struct ds_bytes ke = {s->keys.ke_ka, SPAKE2_HALF};
    return ds_kdf_from(out, DS_SPAKE2_KEY_BYTES, ke, "session", (struct ds_bytes){NULL, 0});
}
