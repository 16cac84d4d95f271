/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/kdf.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "net/wire/writer.h"

static const char prefix[] = "deskside/1 ";

/* OSSL_PARAM takes no const, though it only reads. */
static OSSL_PARAM
octets(const char *name, struct ds_bytes bytes)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)bytes.data, bytes.len);
}

int
ds_hkdf(uint8_t *out, size_t out_len, struct ds_bytes key, struct ds_bytes salt,
        struct ds_bytes info)
{
    int err = DS_ERR_NOMEM;
    EVP_KDF_CTX *ctx = NULL;
    OSSL_PARAM params[5], *p = params;
    char digest[] = "SHA256";

    if (out_len == 0 || out_len > DS_KDF_OUT_MAX || key.len == 0)
        return DS_ERR_INVALID;
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
    if (kdf == NULL || (ctx = EVP_KDF_CTX_new(kdf)) == NULL)
        goto out;
    *p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    *p++ = octets(OSSL_KDF_PARAM_KEY, key);
    if (salt.len > 0)
        *p++ = octets(OSSL_KDF_PARAM_SALT, salt);
    if (info.len > 0)
        *p++ = octets(OSSL_KDF_PARAM_INFO, info);
    *p = OSSL_PARAM_construct_end();
    if (EVP_KDF_derive(ctx, out, out_len, params) == 1)
        err = 0;
out:
    if (err < 0) {
        OPENSSL_cleanse(out, out_len);
        ERR_clear_error();
    }
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return err;
}

int
ds_kdf_from(uint8_t *out, size_t out_len, struct ds_bytes key, const char *label,
        struct ds_bytes context)
{
    uint8_t info[DS_KDF_INFO_MAX];
    struct ds_writer w;
    ds_writer_init(&w, info, sizeof info);
    ds_writer_bytes(&w, prefix, sizeof prefix - 1);
    ds_writer_bytes(&w, label, strlen(label) + 1);
    ds_writer_bytes(&w, context.data, context.len);
    if (w.failed)
        return DS_ERR_INVALID;
    return ds_hkdf(out, out_len, key, (struct ds_bytes){NULL, 0}, (struct ds_bytes){info, w.len});
}

int
ds_kdf(uint8_t *out, size_t out_len, const uint8_t key[static DS_KEY_BYTES], const char *label,
        const void *context, size_t context_len)
{
    return ds_kdf_from(out, out_len, (struct ds_bytes){key, DS_KEY_BYTES}, label,
            (struct ds_bytes){context, context_len});
}
