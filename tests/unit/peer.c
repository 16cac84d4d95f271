/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "net/peer/backoff.h"
#include "net/peer/control.h"
#include "net/peer/name.h"
#include "net/peer/proof.h"

static void
test_name(void)
{
    static const struct {
        const char *text, *clean;
    } rows[] = {
            {"Maria", "Maria"},
            {"  Maria \t  Huber\n", "Maria Huber"},
            {"\xd9\x85\xd8\xb1\xd9\x8a\xd9\x85", "\xd9\x85\xd8\xb1\xd9\x8a\xd9\x85"}, /* Arabic */
            {"Max\x1b[31mRed", "Max[31mRed"},
            {"evil\xe2\x80\xae"
             "gpj",
                    "evilgpj"}, /* U+202E turns the rest around */
            {"a\xe2\x80\x8b\xe2\x81\xa6"
             "b",
                    "ab"}, /* zero width, isolate */
            {"line\xe2\x80\xa8two", "line two"},
            {"cut\xff\xc3", "cut"},           /* not UTF-8 */
            {"\xe2\xa0\x80\xe3\x85\xa4", ""}, /* looks empty, is empty */
            {"", ""},
    };
    char out[DS_NAME_BYTES];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ds_name_clean(out, rows[i].text, strlen(rows[i].text));
        g_assert_cmpstr(out, ==, rows[i].clean);
    }
    ds_name_clean(out, "a\0b", 3); /* what stands behind a NUL was never meant to be seen */
    g_assert_cmpstr(out, ==, "a");
}

static void
test_name_length(void)
{
    char out[DS_NAME_BYTES];
    g_autofree char *emoji = g_strnfill(4 * 100, 'x');
    for (int i = 0; i < 100; i++)
        memcpy(emoji + 4 * i, "\xf0\x9f\x98\x80", 4);
    ds_name_clean(out, emoji, 400);
    g_assert_cmpint(g_utf8_strlen(out, -1), ==, DS_NAME_MAX_CHARS);
    g_autofree char *spaced = g_strnfill(5000, ' ');
    for (int i = 0; i < 5000; i += 2)
        spaced[i] = 'a';
    ds_name_clean(out, spaced, 5000);
    g_assert_cmpint(g_utf8_strlen(out, -1), <=, DS_NAME_MAX_CHARS);
    g_assert_false(g_str_has_suffix(out, " "));
}

static void
test_control(void)
{
    struct ds_control_message in = {.type = DS_CONTROL_INTRO,
                                      .level = DS_LEVEL_CONTROL,
                                      .picture = DS_PICTURE_JPEG},
                              out;
    uint8_t buf[DS_CONTROL_BYTES + 16];

    g_strlcpy(in.name, "Maria", sizeof in.name);
    g_strlcpy(in.program, "Deskside 1", sizeof in.program);
    int n = ds_control_write(&in, buf);
    g_assert_cmpint(n, >, 0);
    for (int cut = 0; cut < n; cut++)
        g_assert_cmpint(ds_control_parse(&out, buf, (size_t)cut), ==, 0);
    g_assert_cmpint(ds_control_parse(&out, buf, (size_t)n + 1), ==, n);
    g_assert_cmpint(out.type, ==, DS_CONTROL_INTRO);
    g_assert_cmpint(out.level, ==, DS_LEVEL_CONTROL);
    g_assert_cmpstr(out.name, ==, "Maria");
    g_assert_cmpstr(out.program, ==, "Deskside 1");
    g_assert_cmpint(out.picture, ==, DS_PICTURE_JPEG);

    in.picture = DS_PICTURE_NONE;
    n = ds_control_write(&in, buf);
    g_assert_cmpint(ds_control_parse(&out, buf, (size_t)n), ==, n);
    g_assert_cmpint(out.picture, ==, DS_PICTURE_NONE);

    in = (struct ds_control_message){.type = DS_CONTROL_GRANT, .level = DS_LEVEL_VIEW};
    n = ds_control_write(&in, buf);
    g_assert_cmpint(ds_control_parse(&out, buf, (size_t)n), ==, n);
    g_assert_cmpint(out.type, ==, DS_CONTROL_GRANT);
    g_assert_cmpint(out.level, ==, DS_LEVEL_VIEW);
}

/* What only a later version can do counts as what we can; in a GRANT the field means nothing. */
static void
test_control_picture(void)
{
    struct ds_control_message out;
    uint8_t intro[] = {DS_CONTROL_INTRO, 0, 0, 10, 0, 3, 0, 1, 2, 0, 5, 0, 1, 1};
    static const uint8_t wide[] = {DS_CONTROL_INTRO, 0, 0, 11, 0, 3, 0, 1, 2, 0, 5, 0, 2, 1, 1};
    static const uint8_t grant[] = {DS_CONTROL_GRANT, 0, 0, 10, 0, 4, 0, 1, 2, 0, 5, 0, 1, 1};
    static const enum ds_picture known[] = {
            DS_PICTURE_NONE, DS_PICTURE_LOSSLESS, DS_PICTURE_JPEG, DS_PICTURE_JPEG};

    for (guint8 number = 0; number < G_N_ELEMENTS(known); number++) {
        intro[sizeof intro - 1] = number;
        g_assert_cmpint(ds_control_parse(&out, intro, sizeof intro), ==, sizeof intro);
        g_assert_cmpint(out.picture, ==, known[number]);
    }
    g_assert_cmpint(ds_control_parse(&out, wide, sizeof wide), ==, sizeof wide);
    g_assert_cmpint(out.picture, ==, DS_PICTURE_JPEG);
    g_assert_cmpint(ds_control_parse(&out, grant, sizeof grant), ==, sizeof grant);
    g_assert_cmpint(out.picture, ==, DS_PICTURE_NONE);
}

/* What each side wants of direct paths; an old version does not say, and wants none. */
static void
test_control_direct(void)
{
    struct ds_control_message out;
    uint8_t intro[] = {DS_CONTROL_INTRO, 0, 0, 10, 0, 3, 0, 1, 2, 0, 6, 0, 1, 1};
    static const uint8_t silent[] = {DS_CONTROL_INTRO, 0, 0, 5, 0, 3, 0, 1, 2};
    static const enum ds_direct known[] = {
            DS_DIRECT_NEVER, DS_DIRECT_AUTO, DS_DIRECT_ONLY, DS_DIRECT_AUTO};

    for (guint8 number = 0; number < G_N_ELEMENTS(known); number++) {
        intro[sizeof intro - 1] = number;
        g_assert_cmpint(ds_control_parse(&out, intro, sizeof intro), ==, sizeof intro);
        g_assert_cmpint(out.direct, ==, known[number]);
    }
    g_assert_cmpint(ds_control_parse(&out, silent, sizeof silent), ==, sizeof silent);
    g_assert_cmpint(out.direct, ==, DS_DIRECT_NEVER);
}

/* OFFER, GO and AGAIN, to the byte. */
static void
test_control_offer(void)
{
    static const uint8_t offer[] = {DS_CONTROL_OFFER, 0, 0, 34, /* length */
            0, 7, 0, 4, 0, 0, 0, 2,                             /* GENERATION */
            0, 8, 0, 9, 2, 1, 4, 192, 0, 2, 1, 0x4e, 0x21,      /* CANDIDATES */
            0, 9, 0, 1, 1,                                      /* MAPPING */
            0, 10, 0, 4, 0, 0, 0, 1};                           /* NETWORK */
    static const uint8_t again[] = {DS_CONTROL_AGAIN, 0, 0, 8, 0, 7, 0, 4, 0, 0, 0, 2};
    struct ds_control_message in = {.type = DS_CONTROL_OFFER,
                                      .offer = {.generation = 2,
                                              .mapping = DS_MAPPING_INDEPENDENT,
                                              .network = DS_NETWORK_PROXY}},
                              out;
    uint8_t buf[DS_CONTROL_BYTES];
    struct ds_addr addr;

    g_assert_cmpint(ds_addr_parse(&addr, "192.0.2.1:20001", 0), ==, 0);
    ds_offer_add(&in.offer, DS_CANDIDATE_REFLEXIVE, 1, &addr);
    int n = ds_control_write(&in, buf);
    g_assert_cmpmem(buf, n, offer, sizeof offer);
    g_assert_cmpint(ds_control_parse(&out, offer, sizeof offer), ==, sizeof offer);
    g_assert_cmpint(out.type, ==, DS_CONTROL_OFFER);
    g_assert_cmpuint(out.offer.count, ==, 1);
    g_assert_true(ds_addr_equal(&out.offer.candidates[0].addr, &addr));
    in.type = DS_CONTROL_AGAIN;
    n = ds_control_write(&in, buf);
    g_assert_cmpmem(buf, n, again, sizeof again);
    g_assert_cmpint(ds_control_parse(&out, again, sizeof again), ==, sizeof again);
    g_assert_cmpuint(out.offer.generation, ==, 2);
}

/* The longest that we say has room. */
static void
test_control_longest(void)
{
    struct ds_control_message in = {.type = DS_CONTROL_GO, .offer = {.generation = UINT32_MAX}};
    uint8_t buf[DS_CONTROL_BYTES];

    for (guint i = 0; i < DS_CANDIDATES_MAX; i++) {
        g_autofree char *text = g_strdup_printf("[2001:db8::%x]:20001", i + 1);
        struct ds_addr addr;
        g_assert_cmpint(ds_addr_parse(&addr, text, 0), ==, 0);
        ds_offer_add(&in.offer, DS_CANDIDATE_HOST, 0, &addr);
    }
    g_assert_cmpuint(in.offer.count, ==, DS_CANDIDATES_MAX);
    g_assert_cmpint(ds_control_write(&in, buf), >, 0);
}

static void
test_control_hostile(void)
{
    struct ds_control_message out;
    static const uint8_t unknown[] = {99, 0, 0, 2, 1, 2};
    static const uint8_t level_3[] = {DS_CONTROL_GRANT, 0, 0, 5, 0, 4, 0, 1, 3};
    static const uint8_t level_2[] = {DS_CONTROL_GRANT, 0, 0, 5, 0, 4, 0, 1, 2};
    static const uint8_t no_level[] = {DS_CONTROL_GRANT, 0, 0, 0};
    static const uint8_t cut_field[] = {DS_CONTROL_GRANT, 0, 0, 3, 0, 4, 0};
    /* Each level has its own field: the other message's is skipped like any that does not fit. */
    static const uint8_t grant_wants[] = {DS_CONTROL_GRANT, 0, 0, 5, 0, 3, 0, 1, 2};
    static const uint8_t intro_level[] = {DS_CONTROL_INTRO, 0, 0, 5, 0, 4, 0, 1, 2};
    static const uint8_t too_big[] = {DS_CONTROL_GRANT, 0, 0x10, 1};

    g_assert_cmpint(ds_control_parse(&out, unknown, sizeof unknown), ==, 6);
    g_assert_cmpint(out.type, ==, 0);
    g_assert_cmpint(ds_control_parse(&out, level_3, sizeof level_3), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_control_parse(&out, level_2, sizeof level_2), ==, sizeof level_2);
    g_assert_cmpint(ds_control_parse(&out, no_level, sizeof no_level), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_control_parse(&out, cut_field, sizeof cut_field), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_control_parse(&out, grant_wants, sizeof grant_wants), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_control_parse(&out, intro_level, sizeof intro_level), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_control_parse(&out, too_big, sizeof too_big), ==, DS_ERR_TOO_BIG);
}

static void
test_backoff(void)
{
    struct ds_backoff backoff = {0};
    uint64_t most = 0;
    g_assert_cmpuint(ds_backoff_next_ms(&backoff), <=, 250);
    for (int i = 0; i < 1000; i++) {
        uint64_t ms = ds_backoff_next_ms(&backoff);
        most = MAX(most, ms);
        g_assert_cmpuint(ms, >=, 250);
        g_assert_cmpuint(ms, <=, 8250);
    }
    g_assert_cmpuint(most, >=, 8000);
    ds_backoff_reset(&backoff);
    g_assert_cmpuint(ds_backoff_next_ms(&backoff), <=, 250);
}

/* Both sides of one exchange, with the two codes. */
static void
new_proofs(struct ds_proof **a, struct ds_proof **b, const char *secret_a, const char *secret_b)
{
    struct ds_code code_a = {.nameplate = "4821"}, code_b = {.nameplate = "4821"};
    g_strlcpy(code_a.secret, secret_a, sizeof code_a.secret);
    g_strlcpy(code_b.secret, secret_b, sizeof code_b.secret);
    g_assert_cmpint(ds_proof_new(a, DS_ROLE_HELPER, &code_a), ==, 0);
    g_assert_cmpint(ds_proof_new(b, DS_ROLE_HELPEE, &code_b), ==, 0);
}

static void
test_proof(void)
{
    struct ds_proof *a, *b;
    uint8_t offer[DS_PROOF_OFFER_BYTES], confirm[DS_PROOF_CONFIRM_BYTES], key_a[32], key_b[32];

    new_proofs(&a, &b, "9130577", "9130577");
    g_assert_cmpint(ds_proof_offer(a, offer), ==, 0);
    g_assert_cmpint(ds_proof_take_offer(b, offer, sizeof offer), ==, 0);
    g_assert_cmpint(ds_proof_offer(b, offer), ==, 0);
    g_assert_cmpint(ds_proof_take_offer(a, offer, sizeof offer), ==, 0);
    /* The order is the proof's: the helpee shows nothing before it has seen cA. */
    g_assert_cmpint(ds_proof_make(b, confirm), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_proof_key(b, key_b), ==, DS_ERR_STATE);
    g_assert_cmpint(ds_proof_make(a, confirm), ==, 0);
    g_assert_cmpint(ds_proof_check(b, confirm), ==, 0);
    g_assert_cmpint(ds_proof_make(b, confirm), ==, 0);
    g_assert_cmpint(ds_proof_check(a, confirm), ==, 0);
    g_assert_cmpint(ds_proof_key(a, key_a), ==, 0);
    g_assert_cmpint(ds_proof_key(b, key_b), ==, 0);
    g_assert_cmpmem(key_a, sizeof key_a, key_b, sizeof key_b);
    ds_proof_free(a);
    ds_proof_free(b);
}

/* A relay that turns a capability off, or knows another code, changes the keys. */
static void
test_proof_meddled(void)
{
    static const struct {
        const char *secret;
        guint offset; /* of the byte of A1 that is changed; 0: none */
        int take;     /* what the helpee says to A1 */
        int check;    /* and to cA */
    } rows[] = {
            {"9130577", 0, 0, 0},
            {"9130578", 0, 0, DS_ERR_AUTH},
            {"9130577", 4, 0, DS_ERR_AUTH},
            {"9130577", 5, DS_ERR_PROTOCOL, 0},
            {"9130577", 69, DS_ERR_PROTOCOL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_proof *a, *b;
        uint8_t offer[DS_PROOF_OFFER_BYTES], confirm[DS_PROOF_CONFIRM_BYTES];
        new_proofs(&a, &b, "9130577", rows[i].secret);
        g_assert_cmpint(ds_proof_offer(a, offer), ==, 0);
        if (rows[i].offset > 0)
            offer[rows[i].offset] ^= 1;
        g_assert_cmpint(ds_proof_take_offer(b, offer, sizeof offer), ==, rows[i].take);
        if (rows[i].take == 0) {
            g_assert_cmpint(ds_proof_offer(b, offer), ==, 0);
            g_assert_cmpint(ds_proof_take_offer(a, offer, sizeof offer), ==, 0);
            g_assert_cmpint(ds_proof_make(a, confirm), ==, 0);
            g_assert_cmpint(ds_proof_check(b, confirm), ==, rows[i].check);
        }
        ds_proof_free(a);
        ds_proof_free(b);
    }
}

static void
test_proof_version(void)
{
    struct ds_proof *a, *b;
    uint8_t offer[DS_PROOF_OFFER_BYTES + 1] = {0};
    new_proofs(&a, &b, "9130577", "9130577");
    g_assert_cmpint(ds_proof_offer(a, offer), ==, 0);
    offer[0] = 2;
    g_assert_cmpint(ds_proof_take_offer(b, offer, DS_PROOF_OFFER_BYTES), ==, DS_ERR_INVALID);
    offer[0] = 1;
    for (size_t cut = 0; cut < DS_PROOF_OFFER_BYTES; cut++)
        g_assert_cmpint(ds_proof_take_offer(b, offer, cut), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_proof_take_offer(b, offer, sizeof offer), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_proof_take_offer(b, offer, DS_PROOF_OFFER_BYTES), ==, 0);
    ds_proof_free(a);
    ds_proof_free(b);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer/name", test_name);
    g_test_add_func("/peer/name/length", test_name_length);
    g_test_add_func("/peer/control", test_control);
    g_test_add_func("/peer/control/picture", test_control_picture);
    g_test_add_func("/peer/control/hostile", test_control_hostile);
    g_test_add_func("/peer/control/direct", test_control_direct);
    g_test_add_func("/peer/control/offer", test_control_offer);
    g_test_add_func("/peer/control/longest", test_control_longest);
    g_test_add_func("/peer/backoff", test_backoff);
    g_test_add_func("/peer/proof", test_proof);
    g_test_add_func("/peer/proof/meddled", test_proof_meddled);
    g_test_add_func("/peer/proof/version", test_proof_version);
    return g_test_run();
}
