/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/spake2.h"

#include "net/crypto/spake2_run.h"
#include "tests/unit/hex.h"
#include "tests/unit/spake2_vectors.h"

static const char id_a[] = "deskside helper";
static const char id_b[] = "deskside helpee";
static const guint8 aad[] = {1, 4, '4', '8', '2', '1', 0, 0, 0, 3, 0, 0, 0, 1};

static struct ds_spake2 *
new_run(enum ds_spake2_role role, const char *password)
{
    struct ds_spake2 *s = NULL;
    g_assert_cmpint(
            ds_spake2_new(&s, role, id_a, id_b, (const guint8 *)password, strlen(password)), ==, 0);
    return s;
}

/* Both sides up to the keys. */
static void
new_pair(struct ds_spake2 **a, struct ds_spake2 **b, const char *of_a, const char *of_b)
{
    guint8 pa[DS_SPAKE2_POINT_BYTES], pb[DS_SPAKE2_POINT_BYTES];
    *a = new_run(DS_SPAKE2_A, of_a);
    *b = new_run(DS_SPAKE2_B, of_b);
    g_assert_cmpint(ds_spake2_start(*a, pa), ==, 0);
    g_assert_cmpint(ds_spake2_start(*b, pb), ==, 0);
    g_assert_cmpint(ds_spake2_finish(*a, pb, sizeof pb, aad, sizeof aad), ==, 0);
    g_assert_cmpint(ds_spake2_finish(*b, pa, sizeof pa, aad, sizeof aad), ==, 0);
}

static void
free_pair(struct ds_spake2 *a, struct ds_spake2 *b)
{
    ds_spake2_free(a);
    ds_spake2_free(b);
}

static void
assert_keys(const struct spake2_keys *keys, const struct spake2_vector *v)
{
    assert_hex(keys->k, sizeof keys->k, v->k);
    assert_hex(keys->tt, keys->tt_len, v->tt);
    assert_hex(keys->ke_ka, SPAKE2_HALF, v->ke);
    assert_hex(keys->ke_ka + SPAKE2_HALF, SPAKE2_HALF, v->ka);
    assert_hex(keys->kca_kcb, SPAKE2_HALF, v->kca);
    assert_hex(keys->kca_kcb + SPAKE2_HALF, SPAKE2_HALF, v->kcb);
    assert_hex(keys->confirm[DS_SPAKE2_A], DS_SPAKE2_CONFIRM_BYTES, v->ca);
    assert_hex(keys->confirm[DS_SPAKE2_B], DS_SPAKE2_CONFIRM_BYTES, v->cb);
}

static struct ds_spake2 *
new_of_vector(enum ds_spake2_role role, const struct spake2_vector *v)
{
    struct ds_spake2 *s = NULL;
    g_assert_cmpint(ds_spake2_new(&s, role, v->id_a, v->id_b, (const guint8 *)"x", 1), ==, 0);
    from_hex(s->w, sizeof s->w, v->w);
    from_hex(s->scalar, sizeof s->scalar, role == DS_SPAKE2_A ? v->x : v->y);
    return s;
}

static void
test_rfc9382(gconstpointer data)
{
    const struct spake2_vector *v = data;
    guint8 pa[DS_SPAKE2_POINT_BYTES], pb[DS_SPAKE2_POINT_BYTES];
    guint8 confirm[DS_SPAKE2_CONFIRM_BYTES];
    struct ds_spake2 *a = new_of_vector(DS_SPAKE2_A, v), *b = new_of_vector(DS_SPAKE2_B, v);

    g_assert_cmpint(ds_spake2_start(a, pa), ==, 0);
    assert_hex(pa, sizeof pa, v->pa);
    g_assert_cmpint(ds_spake2_start(b, pb), ==, 0);
    assert_hex(pb, sizeof pb, v->pb);
    g_assert_cmpint(ds_spake2_finish(a, pb, sizeof pb, NULL, 0), ==, 0);
    assert_keys(&a->keys, v);
    g_assert_cmpint(ds_spake2_finish(b, pa, sizeof pa, NULL, 0), ==, 0);
    assert_keys(&b->keys, v);

    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
    assert_hex(confirm, sizeof confirm, v->ca);
    g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, 0);
    g_assert_cmpint(ds_spake2_confirm_make(b, confirm), ==, 0);
    assert_hex(confirm, sizeof confirm, v->cb);
    g_assert_cmpint(ds_spake2_confirm_check(a, confirm), ==, 0);
    free_pair(a, b);
}

/* w and the session key, computed apart from this code, with Python's hmac. */
static void
test_derived(void)
{
    guint8 wide[DS_P256_WIDE_BYTES], scalar[DS_P256_SCALAR_BYTES];
    struct ds_spake2 *s = new_run(DS_SPAKE2_A, "48219130577");
    guint8 key[DS_SPAKE2_KEY_BYTES];

    assert_hex(
            s->w, sizeof s->w, "d83727ee0e4988580ac0e33eae54391ec28b6b27b85c8f003f05ddf16e0348dc");
    for (guint i = 0; i < SPAKE2_HALF; i++)
        s->keys.ke_ka[i] = (guint8)i;
    s->step = SPAKE2_PROVEN;
    g_assert_cmpint(ds_spake2_key(s, key), ==, 0);
    assert_hex(key, sizeof key, "6a4b50661aab58906b1d160b8814a76f2dbf98f8dd789157d17222661433eb59");
    ds_spake2_free(s);

    memset(wide, 0xff, sizeof wide);
    g_assert_cmpint(ds_p256_reduce(scalar, wide), ==, 0);
    assert_hex(scalar, sizeof scalar,
            "66e12d94f3d956202845b2392b6bec594699799c49bd6fa683244c95be79eea1");
    memset(wide, 0, sizeof wide);
    from_hex(wide + 32, 32, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    wide[63]++; /* the group's order and one */
    g_assert_cmpint(ds_p256_reduce(scalar, wide), ==, 0);
    assert_hex(scalar, sizeof scalar,
            "0000000000000000000000000000000000000000000000000000000000000001");
}

static void
test_agreement(void)
{
    guint8 confirm[DS_SPAKE2_CONFIRM_BYTES];
    guint8 key_a[DS_SPAKE2_KEY_BYTES], key_b[DS_SPAKE2_KEY_BYTES], before[DS_SPAKE2_KEY_BYTES];
    memset(before, 0, sizeof before);
    for (int i = 0; i < 5; i++) {
        struct ds_spake2 *a, *b;
        new_pair(&a, &b, "48219130577", "48219130577");
        g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
        g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, 0);
        g_assert_cmpint(ds_spake2_confirm_make(b, confirm), ==, 0);
        g_assert_cmpint(ds_spake2_confirm_check(a, confirm), ==, 0);
        g_assert_cmpint(ds_spake2_key(a, key_a), ==, 0);
        g_assert_cmpint(ds_spake2_key(b, key_b), ==, 0);
        g_assert_cmpmem(key_a, sizeof key_a, key_b, sizeof key_b);
        g_assert_cmpint(memcmp(key_a, before, sizeof before), !=, 0); /* every run is new */
        memcpy(before, key_a, sizeof before);
        free_pair(a, b);
    }
}

/* The helpee finds the wrong code, and gives nothing away, neither then nor later. */
static void
test_wrong_code(void)
{
    static const struct spake2_keys wiped;
    guint8 confirm[DS_SPAKE2_CONFIRM_BYTES], key[DS_SPAKE2_KEY_BYTES];
    struct ds_spake2 *a, *b;
    new_pair(&a, &b, "48219130577", "48219130578");
    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
    g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, DS_ERR_AUTH);
    g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_confirm_make(b, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_key(b, key), ==, DS_ERR_STATE);
    g_assert_cmpmem(&b->keys, sizeof b->keys, &wiped, sizeof wiped);
    free_pair(a, b);
}

/* A relay that answers for the helpee has no cB to show. */
static void
test_wrong_answer(void)
{
    guint8 confirm[DS_SPAKE2_CONFIRM_BYTES], key[DS_SPAKE2_KEY_BYTES];
    struct ds_spake2 *a, *b;
    new_pair(&a, &b, "48219130577", "48219130578");
    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
    g_assert_cmpint(ds_spake2_confirm_check(a, confirm), ==, DS_ERR_AUTH); /* its own, back */
    g_assert_cmpint(ds_spake2_key(a, key), ==, DS_ERR_STATE);
    free_pair(a, b);
}

/* One wrong bit, in any byte of the confirmation. */
static void
test_every_byte_counts(void)
{
    for (guint at = 0; at < DS_SPAKE2_CONFIRM_BYTES; at++) {
        guint8 confirm[DS_SPAKE2_CONFIRM_BYTES];
        struct ds_spake2 *a, *b;
        new_pair(&a, &b, "48219130577", "48219130577");
        g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
        confirm[at] ^= (guint8)(1 << at % 8);
        g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, DS_ERR_AUTH);
        free_pair(a, b);
    }
}

/* Another aad, or other identities, on the two sides: the confirmation fails. */
static void
test_bound(void)
{
    for (guint altered = 0; altered < 4; altered++) {
        guint8 pa[DS_SPAKE2_POINT_BYTES], pb[DS_SPAKE2_POINT_BYTES];
        guint8 confirm[DS_SPAKE2_CONFIRM_BYTES], other[sizeof aad];
        struct ds_spake2 *a = new_run(DS_SPAKE2_A, "48219130577"), *b = NULL;
        memcpy(other, aad, sizeof aad);
        if (altered == 1)
            other[sizeof other - 1] ^= 1; /* a capability that the relay took away */
        g_assert_cmpint(
                ds_spake2_new(&b, DS_SPAKE2_B, altered == 2 ? "somebody" : id_a,
                        altered == 3 ? "somebody" : id_b, (const guint8 *)"48219130577", 11),
                ==, 0);
        g_assert_cmpint(ds_spake2_start(a, pa), ==, 0);
        g_assert_cmpint(ds_spake2_start(b, pb), ==, 0);
        g_assert_cmpint(ds_spake2_finish(a, pb, sizeof pb, aad, sizeof aad), ==, 0);
        g_assert_cmpint(ds_spake2_finish(b, pa, sizeof pa, other, sizeof other), ==, 0);
        g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
        g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, altered == 0 ? 0 : DS_ERR_AUTH);
        free_pair(a, b);
    }
}

/* The helper proves itself first: nothing of the helpee's keys can be had before. */
static void
test_order(void)
{
    guint8 p[DS_SPAKE2_POINT_BYTES], confirm[DS_SPAKE2_CONFIRM_BYTES], key[DS_SPAKE2_KEY_BYTES];
    struct ds_spake2 *a = new_run(DS_SPAKE2_A, "48219130577"), *b;

    g_assert_cmpint(ds_spake2_finish(a, p, sizeof p, NULL, 0), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_start(a, p), ==, 0);
    g_assert_cmpint(ds_spake2_start(a, p), ==, DS_ERR_STATE);
    ds_spake2_free(a);

    new_pair(&a, &b, "48219130577", "48219130577");
    g_assert_cmpint(ds_spake2_finish(b, p, sizeof p, NULL, 0), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_confirm_make(b, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_key(b, key), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_key(a, key), ==, DS_ERR_STATE);
    memset(confirm, 0, sizeof confirm);
    g_assert_cmpint(ds_spake2_confirm_check(a, confirm), ==, DS_ERR_STATE); /* before its cA */
    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, 0);
    g_assert_cmpint(ds_spake2_confirm_make(a, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_spake2_key(a, key), ==, 0); /* cA is out: the ClientHello beside it */
    free_pair(a, b);
}

/* How many of the points below there are; the last is good. */
enum { POINTS = 15 };

/* Spoil the good point at `p`, with a byte of 0 behind it, in one way. Returns its length then. */
static gsize
spoil(guint8 p[static DS_SPAKE2_POINT_BYTES + 1], guint way)
{
    static const char *const bad[] = {
            "", "00",                                                             /* identity */
            "02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f", /* compressed */
    };
    switch (way) {
    case 0:
    case 1:
    case 2:
        return from_hex(p, DS_SPAKE2_POINT_BYTES + 1, bad[way]);
    case 3:
        return DS_SPAKE2_POINT_BYTES - 1;
    case 4:
        return DS_SPAKE2_POINT_BYTES + 1;
    case 5:
    case 6:
    case 7:
    case 8: /* the hybrid forms hold the same point */
        p[0] = (guint8[]){6, 7, 2, 0}[way - 5];
        break;
    case 9: /* off the curve */
        p[64] ^= 1;
        break;
    case 10:
        p[1] ^= 0x80;
        break;
    case 11:
        memset(p + 1, 0, 64);
        break;
    case 12: /* not below the field's prime */
        memset(p + 1, 0xff, 32);
        break;
    case 13:
        memset(p + 33, 0xff, 32);
        break;
    default: /* none of these: the twin that is good */
        break;
    }
    return DS_SPAKE2_POINT_BYTES;
}

static void
test_points(void)
{
    guint8 good[DS_SPAKE2_POINT_BYTES], long_one[DS_SPAKE2_POINT_BYTES + 1];
    struct ds_spake2 *a = new_run(DS_SPAKE2_A, "48219130577");
    g_assert_cmpint(ds_spake2_start(a, good), ==, 0);
    ds_spake2_free(a);
    memcpy(long_one, good, sizeof good);
    long_one[sizeof good] = 0;

    for (guint i = 0; i < POINTS; i++) {
        guint8 p[DS_SPAKE2_POINT_BYTES + 1];
        memcpy(p, long_one, sizeof p);
        gsize n = spoil(p, i);
        struct ds_spake2 *b = new_run(DS_SPAKE2_B, "48219130577");
        guint8 pb[DS_SPAKE2_POINT_BYTES];
        g_assert_cmpint(ds_spake2_start(b, pb), ==, 0);
        g_test_message("point %u", i);
        g_assert_cmpint(ds_spake2_finish(b, p, n, aad, sizeof aad), ==,
                i == POINTS - 1 ? 0 : DS_ERR_PROTOCOL);
        if (i != POINTS - 1)
            g_assert_cmpint(ds_spake2_confirm_make(b, pb), ==, DS_ERR_STATE);
        ds_spake2_free(b);
    }
}

/*
 * Who guesses w and sends w * M (x = 0) would see the helpee's finish() fail exactly where he is
 * right, before any cA is counted. It succeeds in both cases, and K is nothing that he could know.
 */
static void
test_guess_without_proof(void)
{
    static const char *const codes[] = {"48219130577", "48219130578"};
    static const guint8 zero[DS_P256_SCALAR_BYTES];
    guint8 pa[DS_SPAKE2_POINT_BYTES], pb[DS_SPAKE2_POINT_BYTES], k[2][DS_SPAKE2_POINT_BYTES];
    guint8 confirm[DS_SPAKE2_CONFIRM_BYTES] = {0};
    struct ds_spake2 *guesser = new_run(DS_SPAKE2_A, codes[0]);
    g_assert_cmpint(ds_p256_blind(pa, zero, guesser->w, DS_P256_M), ==, 0);
    for (guint i = 0; i < 4; i++) {
        struct ds_spake2 *b = new_run(DS_SPAKE2_B, codes[i / 2]);
        memset(b->scalar, 7, sizeof b->scalar); /* the same y: what differs is drawn */
        g_assert_cmpint(ds_spake2_start(b, pb), ==, 0);
        g_assert_cmpint(ds_spake2_finish(b, pa, sizeof pa, aad, sizeof aad), ==, 0);
        g_assert_cmpint(b->keys.k[0], ==, 4);
        memcpy(k[i % 2], b->keys.k, sizeof k[0]);
        g_assert_cmpint(ds_spake2_confirm_check(b, confirm), ==, DS_ERR_AUTH);
        if (i == 1)
            g_assert_cmpint(memcmp(k[0], k[1], sizeof k[0]), !=, 0);
        if (i == 3) /* a wrong guess gives the K that belongs to it */
            g_assert_cmpmem(k[0], sizeof k[0], k[1], sizeof k[1]);
        ds_spake2_free(b);
    }
    ds_spake2_free(guesser);
}

static void
test_limits(void)
{
    g_autofree char *name = g_strnfill(DS_SPAKE2_ID_MAX + 1, 'x');
    guint8 pa[DS_SPAKE2_POINT_BYTES], pb[DS_SPAKE2_POINT_BYTES], big[DS_SPAKE2_AAD_MAX + 1] = {0};
    struct ds_spake2 *a = NULL, *b;
    const guint8 *password = (const guint8 *)"1";
    g_assert_cmpint(ds_spake2_new(&a, DS_SPAKE2_A, name, "", password, 1), ==, DS_ERR_INVALID);
    g_assert_cmpint(ds_spake2_new(&a, DS_SPAKE2_A, "", name, password, 1), ==, DS_ERR_INVALID);
    g_assert_cmpint(ds_spake2_new(&a, DS_SPAKE2_A, "", "", password, 0), ==, DS_ERR_INVALID);
    g_assert_null(a);
    name[DS_SPAKE2_ID_MAX] = '\0';
    for (gsize over = 0; over < 2; over++) { /* the longest names and aad still fit */
        g_assert_cmpint(ds_spake2_new(&a, DS_SPAKE2_A, name, name, password, 1), ==, 0);
        b = new_run(DS_SPAKE2_B, "1");
        g_assert_cmpint(ds_spake2_start(a, pa), ==, 0);
        g_assert_cmpint(ds_spake2_start(b, pb), ==, 0);
        g_assert_cmpint(ds_spake2_finish(a, pb, sizeof pb, big, DS_SPAKE2_AAD_MAX + over), ==,
                over ? DS_ERR_INVALID : 0);
        free_pair(a, b);
    }
    ds_spake2_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(spake2_vectors); i++) {
        g_autofree char *name = g_strdup_printf("/spake2/rfc9382/%zu", i + 1);
        g_test_add_data_func(name, &spake2_vectors[i], test_rfc9382);
    }
    g_test_add_func("/spake2/derived", test_derived);
    g_test_add_func("/spake2/agreement", test_agreement);
    g_test_add_func("/spake2/wrong-code", test_wrong_code);
    g_test_add_func("/spake2/wrong-answer", test_wrong_answer);
    g_test_add_func("/spake2/every-byte-counts", test_every_byte_counts);
    g_test_add_func("/spake2/bound", test_bound);
    g_test_add_func("/spake2/order", test_order);
    g_test_add_func("/spake2/points", test_points);
    g_test_add_func("/spake2/guess-without-proof", test_guess_without_proof);
    g_test_add_func("/spake2/limits", test_limits);
    return g_test_run();
}
