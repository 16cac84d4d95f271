/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/proof.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "net/crypto/spake2.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"

enum { VERSION = 1, CAPABILITIES = 0 };

_Static_assert((int)DS_PROOF_CONFIRM_BYTES == (int)DS_SPAKE2_CONFIRM_BYTES, "one size");
_Static_assert((int)DS_SESSION_KEY_BYTES == (int)DS_SPAKE2_KEY_BYTES, "one size");

struct ds_proof {
    enum ds_role role;
    struct ds_spake2 *spake2;
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 1];
    uint8_t own_point[DS_SPAKE2_POINT_BYTES];
};

int
ds_proof_new(struct ds_proof **out, enum ds_role role, const struct ds_code *code)
{
    char password[DS_CODE_DIGITS_MAX + 1];
    struct ds_proof *proof = calloc(1, sizeof *proof);
    int err = DS_ERR_NOMEM;

    if (proof == NULL)
        return err;
    proof->role = role;
    memcpy(proof->nameplate, code->nameplate, sizeof proof->nameplate);
    size_t len = ds_code_password(code, password);
    err = ds_spake2_new(&proof->spake2, role == DS_ROLE_HELPER ? DS_SPAKE2_A : DS_SPAKE2_B,
            "deskside helper", "deskside helpee", (const uint8_t *)password, len);
    OPENSSL_cleanse(password, sizeof password);
    if (err == 0)
        err = ds_spake2_start(proof->spake2, proof->own_point);
    if (err < 0) {
        ds_proof_free(proof);
        return err;
    }
    *out = proof;
    return 0;
}

void
ds_proof_free(struct ds_proof *proof)
{
    if (proof == NULL)
        return;
    ds_spake2_free(proof->spake2);
    OPENSSL_cleanse(proof, sizeof *proof);
    free(proof);
}

int
ds_proof_offer(struct ds_proof *proof, uint8_t out[static DS_PROOF_OFFER_BYTES])
{
    struct ds_writer w;
    ds_writer_init(&w, out, DS_PROOF_OFFER_BYTES);
    ds_writer_u8(&w, VERSION);
    ds_writer_u32(&w, CAPABILITIES);
    ds_writer_bytes(&w, proof->own_point, sizeof proof->own_point);
    return w.failed ? DS_ERR_TOO_BIG : 0;
}

/* What both sides saw of the exchange, so that nobody changes it on the way: version, nameplate,
 * both lists of capabilities. */
static size_t
write_aad(const struct ds_proof *proof, uint32_t peer_caps, uint8_t *out, size_t cap)
{
    bool is_helper = proof->role == DS_ROLE_HELPER;
    size_t len = strlen(proof->nameplate);
    struct ds_writer w;

    ds_writer_init(&w, out, cap);
    ds_writer_u8(&w, VERSION);
    ds_writer_u8(&w, (uint8_t)len);
    ds_writer_bytes(&w, proof->nameplate, len);
    ds_writer_u32(&w, is_helper ? CAPABILITIES : peer_caps);
    ds_writer_u32(&w, is_helper ? peer_caps : CAPABILITIES);
    return w.len;
}

int
ds_proof_take_offer(struct ds_proof *proof, const uint8_t *data, size_t len)
{
    uint8_t aad[DS_SPAKE2_AAD_MAX];
    struct ds_reader r;

    ds_reader_init(&r, data, len);
    uint8_t version = ds_reader_u8(&r);
    uint32_t caps = ds_reader_u32(&r);
    if (!r.failed && version != VERSION)
        return DS_ERR_INVALID;
    const uint8_t *point = ds_reader_bytes(&r, DS_SPAKE2_POINT_BYTES);
    if (!ds_reader_is_done(&r))
        return DS_ERR_PROTOCOL;
    size_t aad_len = write_aad(proof, caps, aad, sizeof aad);
    return ds_spake2_finish(proof->spake2, point, DS_SPAKE2_POINT_BYTES, aad, aad_len);
}

int
ds_proof_make(struct ds_proof *proof, uint8_t out[static DS_PROOF_CONFIRM_BYTES])
{
    return ds_spake2_confirm_make(proof->spake2, out);
}

int
ds_proof_check(struct ds_proof *proof, const uint8_t confirm[static DS_PROOF_CONFIRM_BYTES])
{
    return ds_spake2_confirm_check(proof->spake2, confirm);
}

int
ds_proof_key(struct ds_proof *proof, uint8_t key[static DS_SESSION_KEY_BYTES])
{
    return ds_spake2_key(proof->spake2, key);
}
