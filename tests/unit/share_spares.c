/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <xkbcommon/xkbcommon-keysyms.h>

#include "app/share/input/spares.h"

static const bool none_held[256];
static uint64_t now_us;

static struct ds_spares
two_keys(void)
{
    now_us = 1;
    return (struct ds_spares){.keys = {{.code = 8}, {.code = 93}}, .count = 2};
}

static struct ds_spare *
put(struct ds_spares *spares, xkb_keysym_t keysym)
{
    return ds_spares_put(spares, keysym, true, none_held, now_us++);
}

static void
assert_keysyms(const struct ds_spare *key, xkb_keysym_t one, xkb_keysym_t two, xkb_keysym_t three,
        xkb_keysym_t four)
{
    const xkb_keysym_t wanted[DS_SPARE_LEVELS] = {one, two, three, four};
    g_assert_cmpmem(key->keysyms, sizeof key->keysyms, wanted, sizeof wanted);
}

/* A letter comes with its capital, whichever was asked for. */
static void
test_pairs(void)
{
    struct ds_spares spares = two_keys();
    assert_keysyms(
            put(&spares, XKB_KEY_Cyrillic_YA), XKB_KEY_Cyrillic_ya, XKB_KEY_Cyrillic_YA, 0, 0);
    assert_keysyms(put(&spares, XKB_KEY_eacute), XKB_KEY_eacute, XKB_KEY_Eacute, 0, 0);
    assert_keysyms(put(&spares, XKB_KEY_a), XKB_KEY_Cyrillic_ya, XKB_KEY_Cyrillic_YA, XKB_KEY_a,
            XKB_KEY_A);
}

/* Two characters without capitals share a half; nothing that stands there is moved. */
static void
test_singles(void)
{
    struct ds_spares spares = two_keys();
    assert_keysyms(put(&spares, XKB_KEY_EuroSign), XKB_KEY_EuroSign, 0, 0, 0);
    assert_keysyms(put(&spares, XKB_KEY_at), XKB_KEY_EuroSign, XKB_KEY_at, 0, 0);
    assert_keysyms(put(&spares, XKB_KEY_a), XKB_KEY_a, XKB_KEY_A, 0, 0);
    assert_keysyms(
            put(&spares, XKB_KEY_sterling), XKB_KEY_EuroSign, XKB_KEY_at, XKB_KEY_sterling, 0);
}

/* A key that is no character means the same whatever is held with it. */
static void
test_no_characters(void)
{
    struct ds_spares spares = two_keys();
    const xkb_keysym_t mute = XKB_KEY_XF86AudioMute, dead = XKB_KEY_dead_greek;
    assert_keysyms(put(&spares, mute), mute, mute, 0, 0);
    assert_keysyms(put(&spares, dead), dead, dead, 0, 0);
    /* On levels 3 and 4 it could not be found. */
    assert_keysyms(put(&spares, XKB_KEY_Find), XKB_KEY_Find, XKB_KEY_Find, 0, 0);
    assert_keysyms(put(&spares, XKB_KEY_a), XKB_KEY_Find, XKB_KEY_Find, XKB_KEY_a, XKB_KEY_A);
}

/* What was used longest ago makes way, and neither what is held nor what was just pressed. */
static void
test_oldest(void)
{
    struct ds_spares spares = two_keys();
    bool held[256] = {false};
    for (xkb_keysym_t letter = XKB_KEY_a; letter <= XKB_KEY_d; letter++)
        put(&spares, letter);
    ds_spares_use(&spares, 8, XKB_KEY_A, now_us++);
    ds_spares_use(&spares, 93, XKB_KEY_q, now_us++); /* that is not there */
    assert_keysyms(put(&spares, XKB_KEY_e), XKB_KEY_e, XKB_KEY_E, XKB_KEY_d, XKB_KEY_D);
    held[8] = true;
    struct ds_spare *key = ds_spares_put(&spares, XKB_KEY_f, true, held, now_us++);
    assert_keysyms(key, XKB_KEY_e, XKB_KEY_E, XKB_KEY_f, XKB_KEY_F);
    held[93] = true;
    g_assert_null(ds_spares_put(&spares, XKB_KEY_g, true, held, now_us++));
    g_assert_cmpuint(ds_spares_room_us(&spares, XKB_KEY_g, true, held), ==, UINT64_MAX);
}

static uint64_t
room_us(const struct ds_spares *spares, xkb_keysym_t keysym)
{
    return ds_spares_room_us(spares, keysym, true, none_held);
}

/* Nothing makes way before every program has read what it was; what is empty needs no wait. */
static void
test_rest(void)
{
    struct ds_spares spares = two_keys();
    const uint64_t rest = DS_SPARE_REST_US;
    for (xkb_keysym_t letter = XKB_KEY_a; letter <= XKB_KEY_d; letter++) {
        g_assert_cmpuint(room_us(&spares, letter), ==, 0);
        put(&spares, letter); /* at 1, 2, 3 and 4 */
    }
    g_assert_cmpuint(room_us(&spares, XKB_KEY_e), ==, 1 + rest);
    ds_spares_use(&spares, 8, 0x01000041, 10); /* A, by its other name */
    g_assert_cmpuint(room_us(&spares, XKB_KEY_e), ==, 2 + rest);
    g_assert_cmpuint(room_us(&spares, XKB_KEY_EuroSign), ==, 2 + rest);
    put(&spares, XKB_KEY_EuroSign);
    g_assert_cmpuint(room_us(&spares, XKB_KEY_section), ==, 0); /* beside the last */
    g_assert_cmpuint(room_us(&spares, XKB_KEY_f), ==, 3 + rest);
}

/* Without AltGr on this layout there is half as much room. */
static void
test_no_level3(void)
{
    struct ds_spares spares = two_keys();
    for (xkb_keysym_t letter = XKB_KEY_a; letter <= XKB_KEY_b; letter++)
        ds_spares_put(&spares, letter, false, none_held, now_us++);
    struct ds_spare *key = ds_spares_put(&spares, XKB_KEY_c, false, none_held, now_us++);
    assert_keysyms(key, XKB_KEY_c, XKB_KEY_C, 0, 0);
    struct ds_spares none = {.count = 0};
    g_assert_null(ds_spares_put(&none, XKB_KEY_a, true, none_held, now_us++));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spares/pairs", test_pairs);
    g_test_add_func("/spares/singles", test_singles);
    g_test_add_func("/spares/no-characters", test_no_characters);
    g_test_add_func("/spares/oldest", test_oldest);
    g_test_add_func("/spares/rest", test_rest);
    g_test_add_func("/spares/no-level3", test_no_level3);
    return g_test_run();
}
