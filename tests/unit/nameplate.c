/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "net/relay/nameplate.h"
#include "net/relay/siphash.h"
#include "net/relay/table.h"

enum { REST_MS = 1000 };

/* Stands for any connection: the nameplates only keep the pointer. */
static struct ds_relay_conn *const somebody = (struct ds_relay_conn *)&somebody;

static void
test_deal(void)
{
    struct ds_nameplates set;
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < 2500; i++) {
        struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
        g_assert_nonnull(plate);
        g_assert_cmpuint(strlen(plate->digits), ==, 4);
        g_assert_cmpuint(strspn(plate->digits, "0123456789"), ==, 4);
        g_assert_true(g_hash_table_add(seen, plate->digits));
        g_assert_true(ds_nameplates_find(&set, plate->digits) == plate);
    }
    /* A quarter of those of 4 digits is taken. */
    g_assert_cmpuint(strlen(ds_nameplates_deal(&set, 0)->digits), ==, 5);
    ds_nameplates_finish(&set);
}

static void
test_rest(void)
{
    struct ds_nameplates set;
    char digits[DS_NAMEPLATE_MAX_DIGITS + 1];
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
    strcpy(digits, plate->digits);
    ds_nameplates_release(&set, plate, 5);
    g_assert_null(ds_nameplates_find(&set, digits));
    g_assert_null(ds_nameplates_claim(&set, 5 + REST_MS - 1, digits, NULL));
    g_assert_cmpuint(set.taken[4], ==, 1);
    /* The rest is over: anybody may have it, with another token. */
    plate = ds_nameplates_claim(&set, 5 + REST_MS, digits, NULL);
    g_assert_nonnull(plate);
    g_assert_cmpstr(plate->digits, ==, digits);
    g_assert_cmpuint(set.taken[4], ==, 1);
    ds_nameplates_finish(&set);
}

/* What the last helpee said is known until the rest is over, or the helpee is back. */
static void
test_why_not(void)
{
    struct ds_nameplates set;
    char digits[DS_NAMEPLATE_MAX_DIGITS + 1];
    uint8_t token[DS_TOKEN_BYTES];
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
    strcpy(digits, plate->digits);
    memcpy(token, plate->token, sizeof token);
    plate->farewell = DS_REASON_CODE_EXPIRED;
    ds_nameplates_release(&set, plate, 5);
    g_assert_cmpint(ds_nameplates_why_not(&set, 5, digits), ==, DS_REASON_CODE_EXPIRED);
    g_assert_cmpint(ds_nameplates_why_not(&set, 5 + REST_MS, digits), ==, DS_REASON_NO_SUCH_CODE);
    g_assert_cmpint(ds_nameplates_why_not(&set, 5, "no digits"), ==, DS_REASON_NO_SUCH_CODE);
    plate = ds_nameplates_claim(&set, 6, digits, token);
    g_assert_nonnull(plate);
    ds_nameplates_release(&set, plate, 7);
    g_assert_cmpint(ds_nameplates_why_not(&set, 8, digits), ==, DS_REASON_NO_SUCH_CODE);
    ds_nameplates_finish(&set);
}

static void
test_token(void)
{
    struct ds_nameplates set;
    uint8_t token[DS_TOKEN_BYTES], other[DS_TOKEN_BYTES];
    char digits[DS_NAMEPLATE_MAX_DIGITS + 1];
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
    plate->waiting = somebody;
    strcpy(digits, plate->digits);
    memcpy(token, plate->token, sizeof token);
    memcpy(other, plate->token, sizeof other);
    other[DS_TOKEN_BYTES - 1] ^= 1;

    g_assert_null(ds_nameplates_claim(&set, 0, digits, other));
    g_assert_null(ds_nameplates_claim(&set, 0, digits, NULL));
    g_assert_true(ds_nameplates_claim(&set, 0, digits, token) == plate);
    g_assert_true(plate->waiting == somebody); /* for the caller to replace */

    ds_nameplate_wrong_guess(plate, 0, 5, 15);
    ds_nameplates_release(&set, plate, 10);
    g_assert_null(ds_nameplates_claim(&set, 10, digits, other));
    g_assert_true(ds_nameplates_claim(&set, 10, digits, token) == plate);
    g_assert_true(ds_nameplates_find(&set, digits) == plate);
    g_assert_cmpuint(plate->wrong_guesses, ==, 1); /* coming again does not wash it off */

    /* Once two have met under it, the code is dead: not even the token has it. */
    plate->waiting = NULL;
    g_assert_null(ds_nameplates_claim(&set, 10, digits, token));
    ds_nameplates_finish(&set);
}

static void
test_claim(void)
{
    static const char *const bad[] = {
            "", "123", "1234567890", "12a4", " 1234", "1234 ", "-123", "\xd9\xa1\xd9\xa2\xd9\xa3"};
    struct ds_nameplates set;
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_null(ds_nameplates_claim(&set, 0, bad[i], NULL));
        g_assert_null(ds_nameplates_find(&set, bad[i]));
    }
    struct ds_nameplate *plate = ds_nameplates_claim(&set, 0, "123456789", NULL);
    g_assert_cmpstr(plate->digits, ==, "123456789");
    g_assert_cmpuint(set.taken[9], ==, 1);
    ds_nameplates_finish(&set);
}

static void
test_wrong_guesses(void)
{
    struct ds_nameplates set;
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 0), ==, 0);
    ds_nameplate_wrong_guess(plate, 100, 5000, 15000);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 100), ==, 5000);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 5099), ==, 1);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 5100), ==, 0);
    ds_nameplate_wrong_guess(plate, 6000, 5000, 15000);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 6000), ==, 15000);
    ds_nameplate_wrong_guess(plate, 30000, 5000, 15000);
    g_assert_cmpuint(ds_nameplate_no_knock_ms(plate, 30000), ==, 15000);
    ds_nameplates_finish(&set);
}

/* Whoever comes and goes all the time cannot fill the memory with nameplates that rest. */
static void
test_resting_is_bounded(void)
{
    struct ds_nameplates set;
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    for (int i = 0; i < DS_RELAY_RESTING_MAX + 100; i++) {
        struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
        memcpy(plate->subscriber, &i, sizeof i);
        ds_nameplates_release(&set, plate, 0);
    }
    g_assert_cmpuint(set.resting_count, ==, DS_RELAY_RESTING_MAX);
    g_assert_cmpuint(set.table.count, ==, DS_RELAY_RESTING_MAX);
    g_assert_nonnull(ds_nameplates_deal(&set, REST_MS));
    g_assert_cmpuint(set.table.count, ==, 1);
    g_assert_cmpuint(set.table.slot_count, <, 1024);
    g_assert_cmpuint(set.resters.count, ==, 0);
    ds_nameplates_finish(&set);
}

/* One subscriber alone makes nobody's code longer, nor anybody else's rest shorter. */
static void
test_resting_is_bounded_for_each(void)
{
    struct ds_nameplates set;
    char other[DS_NAMEPLATE_MAX_DIGITS + 1], first[DS_NAMEPLATE_MAX_DIGITS + 1];
    g_assert_cmpint(ds_nameplates_init(&set, REST_MS), ==, 0);
    struct ds_nameplate *plate = ds_nameplates_deal(&set, 0);
    plate->subscriber[0] = 1;
    strcpy(other, plate->digits);
    ds_nameplates_release(&set, plate, 0);
    for (int i = 0; i < 5000; i++) {
        plate = ds_nameplates_deal(&set, 0);
        g_assert_cmpuint(strlen(plate->digits), ==, 4);
        if (i == 5000 - DS_RELAY_RESTING_OWN_MAX)
            strcpy(first, plate->digits);
        ds_nameplates_release(&set, plate, 0);
    }
    g_assert_cmpuint(set.resting_count, ==, DS_RELAY_RESTING_OWN_MAX + 1);
    g_assert_null(ds_nameplates_claim(&set, 0, other, NULL));
    /* The oldest of its own rests still, and is the next to be free. */
    g_assert_null(ds_nameplates_claim(&set, 0, first, NULL));
    ds_nameplates_release(&set, ds_nameplates_deal(&set, 0), 0);
    g_assert_nonnull(ds_nameplates_claim(&set, 0, first, NULL));
    g_assert_cmpuint(set.resters.count, ==, 2);
    ds_nameplates_finish(&set);
}

/* Vectors of the reference implementation: key 00 01 .. 0f, message 00 01 .. of each length. */
static void
test_siphash(void)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } rows[] = {
            {0, 0x726fdb47dd0e0e31},
            {1, 0x74f839c593dc67fd},
            {7, 0xab0200f58b01d137},
            {8, 0x93f5f5799a932462},
            {15, 0xa129ca6149be45e5},
            {63, 0x958a324ceb064572},
    };
    uint8_t bytes[64];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmphex(ds_relay_siphash(bytes, bytes, rows[i].len), ==, rows[i].hash);
}

struct thing {
    struct ds_relay_node node;
    uint8_t key[4];
};

static void
test_table(void)
{
    enum { THINGS = 1000 };
    struct ds_relay_table table;
    g_autofree struct thing *things = g_new0(struct thing, THINGS);
    g_assert_cmpint(ds_relay_table_init(&table, 4), ==, 0);
    g_assert_null(ds_relay_table_find(&table, "none"));
    for (int i = 0; i < THINGS; i++) {
        memcpy(things[i].key, &i, 4);
        g_assert_cmpint(ds_relay_table_add(&table, &things[i].node, things[i].key), ==, 0);
    }
    for (int i = 0; i < THINGS; i++)
        g_assert_true(ds_relay_table_find(&table, &i) == &things[i].node);
    for (int i = 0; i < THINGS; i += 2)
        ds_relay_table_remove(&table, &things[i].node);
    for (int i = 0; i < THINGS; i++)
        g_assert_true((ds_relay_table_find(&table, &i) != NULL) == (i % 2 == 1));
    for (int i = 1; i < THINGS; i += 2)
        ds_relay_table_remove(&table, &things[i].node);
    g_assert_null(ds_relay_table_any(&table));
    g_assert_cmpuint(table.slot_count, ==, 16);
    ds_relay_table_finish(&table);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nameplate/deal", test_deal);
    g_test_add_func("/nameplate/rest", test_rest);
    g_test_add_func("/nameplate/why-not", test_why_not);
    g_test_add_func("/nameplate/token", test_token);
    g_test_add_func("/nameplate/claim", test_claim);
    g_test_add_func("/nameplate/wrong-guesses", test_wrong_guesses);
    g_test_add_func("/nameplate/resting-is-bounded", test_resting_is_bounded);
    g_test_add_func("/nameplate/resting-is-bounded/for-each", test_resting_is_bounded_for_each);
    g_test_add_func("/nameplate/siphash", test_siphash);
    g_test_add_func("/nameplate/table", test_table);
    return g_test_run();
}
