/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A relay that puts other points into the SPAKE2 exchange, and one that runs it in its own name. */
#include <string.h>

#include <glib.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include "net/peer/proof.h"
#include "tests/integration/hostile.h"

enum { POINT = 5, POINT_BYTES = 65 }; /* where A1 and B1 have it */

static EC_GROUP *group;

/* --- points --- */

static void
write_point(GByteArray *bytes, const EC_POINT *point)
{
    g_assert_cmpuint(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
                             bytes->data + POINT, POINT_BYTES, NULL),
            ==, POINT_BYTES);
}

/* x * G for a random x, as if it were blinded with a w of 0. */
static void
put_random(GByteArray *bytes)
{
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *x = BN_new();
    g_assert_cmpint(BN_rand_range(x, EC_GROUP_get0_order(group)), ==, 1);
    g_assert_cmpint(EC_POINT_mul(group, point, x, NULL, NULL, NULL), ==, 1);
    write_point(bytes, point);
    BN_free(x);
    EC_POINT_free(point);
}

/* The constants of RFC 9382, section 4. */
static const uint8_t point_m[] = {0x02, 0x88, 0x6e, 0x2f, 0x97, 0xac, 0xe4, 0x6e, 0x55, 0xba, 0x9d,
        0xd7, 0x24, 0x25, 0x79, 0xf2, 0x99, 0x3b, 0x64, 0xe1, 0x6e, 0xf3, 0xdc, 0xab, 0x95, 0xaf,
        0xd4, 0x97, 0x33, 0x3d, 0x8f, 0xa1, 0x2f};
static const uint8_t point_n[] = {0x03, 0xd8, 0xbb, 0xd6, 0xc6, 0x39, 0xc6, 0x29, 0x37, 0xb0, 0x4d,
        0x99, 0x7f, 0x38, 0xc3, 0x77, 0x07, 0x19, 0xc6, 0x29, 0xd7, 0x01, 0x4d, 0x49, 0xa2, 0x4b,
        0x4f, 0x98, 0xba, 0xa1, 0x29, 0x2b, 0x49};

static void
put_constant(GByteArray *bytes, const uint8_t compressed[static 33])
{
    EC_POINT *point = EC_POINT_new(group);
    g_assert_cmpint(EC_POINT_oct2point(group, point, compressed, 33, NULL), ==, 1);
    write_point(bytes, point);
    EC_POINT_free(point);
}

/* The same x, the other y. */
static void
put_negative(GByteArray *bytes)
{
    EC_POINT *point = EC_POINT_new(group);
    g_assert_cmpint(
            EC_POINT_oct2point(group, point, bytes->data + POINT, POINT_BYTES, NULL), ==, 1);
    g_assert_cmpint(EC_POINT_invert(group, point, NULL), ==, 1);
    write_point(bytes, point);
    EC_POINT_free(point);
}

/* What libraries without a check take for the identity. */
static void
put_zero(GByteArray *bytes)
{
    memset(bytes->data + POINT, 0, POINT_BYTES);
    bytes->data[POINT] = 4;
}

/* SEC 1, 2.3.3: the point at infinity is one byte 00. */
static void
put_identity(GByteArray *bytes)
{
    memset(bytes->data + POINT, 0, POINT_BYTES);
}

static void
put_short_identity(GByteArray *bytes)
{
    bytes->data[POINT] = 0;
    g_byte_array_set_size(bytes, POINT + 1);
}

static void
put_m(GByteArray *bytes)
{
    put_constant(bytes, point_m);
}

static void
put_n(GByteArray *bytes)
{
    put_constant(bytes, point_n);
}

/* A point of another curve: the same x, and a y that is none here. */
static void
put_off_curve(GByteArray *bytes)
{
    bytes->data[POINT + POINT_BYTES - 1] ^= 1;
}

static void
put_compressed(GByteArray *bytes)
{
    bytes->data[POINT] = 2 + (bytes->data[POINT + POINT_BYTES - 1] & 1);
    g_byte_array_set_size(bytes, POINT + 33);
}

/* --- attacks --- */

struct swap {
    bool a1, b1;
    void (*put)(GByteArray *bytes);
};

static void
swap_points(struct hostile_session *session, struct hostile_message *message)
{
    const struct swap *swap = ((const struct hostile_try *)session->arg)->row->data;
    if ((swap->a1 && message->what == HOSTILE_A1) || (swap->b1 && message->what == HOSTILE_B1))
        swap->put(message->bytes);
}

/* The helper's own point comes back to it. */
static void
reflect(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_A1) {
        g_free(session->malice);
        session->malice = g_memdup2(message->bytes->data, message->bytes->len);
    } else if (message->what == HOSTILE_B1) {
        hostile_replace(message->bytes, session->malice, message->bytes->len);
    }
}

/* The relay's own run towards each side, with a secret that it guesses. */
struct own_run {
    struct ds_proof *as_helpee, *as_helper;
    uint8_t b1[DS_PROOF_OFFER_BYTES];
};

static void
free_own_run(gpointer malice)
{
    struct own_run *run = malice;
    ds_proof_free(run->as_helpee);
    ds_proof_free(run->as_helper);
    g_free(run);
}

static void
begin_own_run(struct hostile_session *session, GByteArray *a1)
{
    const struct hostile_try *try = session->arg;
    struct ds_code guess = try->pairing.code;
    guess.secret[0] = guess.secret[0] == '0' ? '1' : '0';
    if (session->malice != NULL)
        free_own_run(session->malice);
    struct own_run *run = session->malice = g_new0(struct own_run, 1);
    session->malice_free = free_own_run;
    g_assert_cmpint(ds_proof_new(&run->as_helpee, DS_ROLE_HELPEE, &guess), ==, 0);
    g_assert_cmpint(ds_proof_new(&run->as_helper, DS_ROLE_HELPER, &guess), ==, 0);
    g_assert_cmpint(ds_proof_take_offer(run->as_helpee, a1->data, a1->len), ==, 0);
    g_assert_cmpint(ds_proof_offer(run->as_helpee, run->b1), ==, 0);
    g_assert_cmpint(ds_proof_offer(run->as_helper, a1->data), ==, 0);
}

/* It has no right cB: the proof makes none before it saw a right cA, so it takes what it has. */
static void
end_own_run(struct hostile_session *session, GByteArray *a2)
{
    struct own_run *run = session->malice;
    uint8_t confirm[DS_PROOF_CONFIRM_BYTES];
    g_assert_cmpint(ds_proof_check(run->as_helpee, a2->data), ==, DS_ERR_AUTH);
    g_assert_cmpint(ds_proof_make(run->as_helper, confirm), ==, 0);
    memcpy(a2->data, confirm, sizeof confirm);
    RAND_bytes(confirm, sizeof confirm);
    hostile_relay_tell_say(session, DS_ROLE_HELPER, 0, confirm, sizeof confirm);
}

static void
run_in_own_name(struct hostile_session *session, struct hostile_message *message)
{
    struct own_run *run = session->malice;
    if (message->what == HOSTILE_A1) {
        begin_own_run(session, message->bytes);
    } else if (message->what == HOSTILE_B1) {
        g_assert_cmpint(
                ds_proof_take_offer(run->as_helper, message->bytes->data, message->bytes->len), ==,
                0);
        hostile_replace(message->bytes, run->b1, sizeof run->b1);
    } else if (message->what == HOSTILE_A2) {
        end_own_run(session, message->bytes);
    }
}

/* --- the rows --- */

/* The two have other keys: the helper's cA is wrong, and that is a guess. */
#define GUESSED                                                                                    \
    .helpers = 3, .helper = {DS_REASON_WRONG_CODE, "code proof: relay: refused: wrong-code"},      \
    .helpee = {DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)"},                 \
    .log = "code proof: a helper's confirmation (cA) is wrong"
/* No A1 at all: the helpee says so and waits on, for nothing was guessed. */
#define NO_A1                                                                                      \
    .helpers = 3, .helper = {DS_REASON_PROTOCOL, "knock: relay: refused: protocol-error"},         \
    .waits = true, .log = "code proof: a helper's offer (A1)"
/* No B1: the helper leaves, and to the helpee this is somebody who knocked and went. */
#define NO_B1                                                                                      \
    .helpers = 3, .helper = {DS_REASON_NOT_PROVEN, "code proof: the sharer's answer (B1)"},        \
    .waits = true, .log = "code proof: a helper left before"
#define SWAP(a, b, how)                                                                            \
    .on_message = swap_points, .data = &(const struct swap) { a, b, how }

static const struct hostile_row rows[] = {
        {.name = "pA is another", SWAP(true, false, put_random), GUESSED},
        {.name = "pB is another", SWAP(false, true, put_random), GUESSED},
        {.name = "both are others", SWAP(true, true, put_random), GUESSED},
        {.name = "pA is M", SWAP(true, false, put_m), GUESSED},
        {.name = "pA is N", SWAP(true, false, put_n), GUESSED},
        {.name = "pB is M", SWAP(false, true, put_m), GUESSED},
        {.name = "pB is N", SWAP(false, true, put_n), GUESSED},
        {.name = "both are M", SWAP(true, true, put_m), GUESSED},
        {.name = "pA is negated", SWAP(true, false, put_negative), GUESSED},
        {.name = "pB is negated", SWAP(false, true, put_negative), GUESSED},
        {.name = "pA comes back as pB", .on_message = reflect, GUESSED},
        {.name = "pA is the identity", SWAP(true, false, put_identity), NO_A1},
        {.name = "pA is one byte 00", SWAP(true, false, put_short_identity), NO_A1},
        {.name = "pA is 04 and zeros", SWAP(true, false, put_zero), NO_A1},
        {.name = "pA is off the curve", SWAP(true, false, put_off_curve), NO_A1},
        {.name = "pA is compressed", SWAP(true, false, put_compressed), NO_A1},
        {.name = "pB is the identity", SWAP(false, true, put_identity), NO_B1},
        {.name = "pB is one byte 00", SWAP(false, true, put_short_identity), NO_B1},
        {.name = "pB is 04 and zeros", SWAP(false, true, put_zero), NO_B1},
        {.name = "pB is off the curve", SWAP(false, true, put_off_curve), NO_B1},
        {.name = "pB is compressed", SWAP(false, true, put_compressed), NO_B1},
        {.name = "a run of its own towards each",
                .on_message = run_in_own_name,
                .helpers = 3,
                .helper = {DS_REASON_NOT_PROVEN, "code proof: the sharer's confirmation (cB)"},
                .helpee = {DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)"},
                .log = "code proof: a helper's confirmation (cA) is wrong"},
};

static void
test_points(void)
{
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    g_test_add_func("/hostile/points", test_points);
    int failed = g_test_run();
    EC_GROUP_free(group);
    return failed;
}
