/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/kdf.h"

#include "tests/unit/hex.h"

/* RFC 5869, appendix A: the three with SHA-256. */
static const struct {
    const char *key, *salt, *info, *out;
} vectors[] = {
        {
                .key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                .salt = "000102030405060708090a0b0c",
                .info = "f0f1f2f3f4f5f6f7f8f9",
                .out = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                       "34007208d5b887185865",
        },
        {
                .key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                       "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                       "404142434445464748494a4b4c4d4e4f",
                .salt = "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
                        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
                .info = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
                        "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
                        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                .out = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                       "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                       "cc30c58179ec3e87c14c01d5c1f3434f1d87",
        },
        {
                .key = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                .salt = "",
                .info = "",
                .out = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                       "9d201395faa4b61a96c8",
        },
};

static void
test_rfc5869(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
        guint8 key[80], salt[80], info[80], out[82];
        gsize n = strlen(vectors[i].out) / 2;
        struct ds_bytes k = {key, from_hex(key, sizeof key, vectors[i].key)};
        struct ds_bytes s = {salt, from_hex(salt, sizeof salt, vectors[i].salt)};
        struct ds_bytes f = {info, from_hex(info, sizeof info, vectors[i].info)};
        g_assert_cmpint(ds_hkdf(out, n, k, s, f), ==, 0);
        assert_hex(out, n, vectors[i].out);
    }
}

/* Computed apart from this code, with Python's hmac. */
static void
test_labels(void)
{
    guint8 key[DS_KEY_BYTES], out[32], other[32];
    for (guint i = 0; i < sizeof key; i++)
        key[i] = (guint8)i;
    g_assert_cmpint(ds_kdf(out, sizeof out, key, "path", "\1\2\3", 3), ==, 0);
    assert_hex(out, sizeof out, "d5027643b129d5fc915700af3795d5ac9e2e111d01ec0ede0d794a52af8099dc");
    g_assert_cmpint(ds_kdf(other, sizeof other, key, "path", "\1\2\4", 3), ==, 0);
    g_assert_cmpint(memcmp(out, other, sizeof out), !=, 0);
    /* The 00 keeps label and context apart. */
    g_assert_cmpint(ds_kdf(out, sizeof out, key, "pa", "th", 2), ==, 0);
    g_assert_cmpint(ds_kdf(other, sizeof other, key, "path", NULL, 0), ==, 0);
    g_assert_cmpint(memcmp(out, other, sizeof out), !=, 0);

    g_assert_cmpint(ds_kdf_from(out, sizeof out, (struct ds_bytes){key, 16}, "session",
                            (struct ds_bytes){NULL, 0}),
            ==, 0);
    assert_hex(out, sizeof out, "6a4b50661aab58906b1d160b8814a76f2dbf98f8dd789157d17222661433eb59");
}

static void
test_limits(void)
{
    guint8 key[DS_KEY_BYTES] = {0}, context[DS_KDF_INFO_MAX] = {0};
    g_autofree guint8 *out = g_malloc(DS_KDF_OUT_MAX + 1);
    g_assert_cmpint(ds_kdf(out, 0, key, "x", NULL, 0), ==, DS_ERR_INVALID);
    g_assert_cmpint(ds_kdf(out, DS_KDF_OUT_MAX, key, "x", NULL, 0), ==, 0);
    g_assert_cmpint(ds_kdf(out, DS_KDF_OUT_MAX + 1, key, "x", NULL, 0), ==, DS_ERR_INVALID);
    g_assert_cmpint(ds_kdf(out, 32, key, "x", context, sizeof context), ==, DS_ERR_INVALID);
    g_assert_cmpint(
            ds_kdf_from(out, 32, (struct ds_bytes){key, 0}, "x", (struct ds_bytes){NULL, 0}), ==,
            DS_ERR_INVALID);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kdf/rfc5869", test_rfc5869);
    g_test_add_func("/kdf/labels", test_labels);
    g_test_add_func("/kdf/limits", test_limits);
    return g_test_run();
}
