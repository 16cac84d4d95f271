/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <xkbcommon/xkbcommon.h>

#include "ui/view/compose.h"

enum { KEYS_MAX = 8 };

/* One whole sequence of presses, and what the last of them makes; those before make nothing. */
struct sequence {
    xkb_keysym_t keys[KEYS_MAX]; /* up to a zero */
    const char *text;
};

static const struct sequence sequences[] = {
        {{XKB_KEY_a}, "a"},
        {{XKB_KEY_Cyrillic_ya}, "я"},
        {{XKB_KEY_dead_acute, XKB_KEY_e}, "é"},
        {{XKB_KEY_dead_circumflex, XKB_KEY_E}, "Ê"},
        {{XKB_KEY_dead_acute, XKB_KEY_Greek_alpha}, "ά"},
        {{XKB_KEY_dead_diaeresis, XKB_KEY_Greek_iota}, "ϊ"},
        {{XKB_KEY_dead_acute, XKB_KEY_space}, "'"},
        {{XKB_KEY_dead_grave, XKB_KEY_dead_grave}, "`"},
        {{XKB_KEY_Multi_key, XKB_KEY_s, XKB_KEY_s}, "ß"},
        {{XKB_KEY_Multi_key, XKB_KEY_equal, XKB_KEY_E}, "€"},
        {{XKB_KEY_Multi_key, XKB_KEY_minus, XKB_KEY_minus, XKB_KEY_minus}, "—"},
        /* What goes together with nothing is both, as GTK has it; then all is as before. */
        {{XKB_KEY_dead_acute, XKB_KEY_x}, "´x"},
        {{XKB_KEY_dead_circumflex, XKB_KEY_Cyrillic_ya}, "^я"},
        {{XKB_KEY_dead_acute, XKB_KEY_e}, "é"},
        {{XKB_KEY_Multi_key, XKB_KEY_Cyrillic_ya}, "я"},
};

static char *
text_of(const uint32_t *keysyms, size_t count)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++)
        g_string_append_unichar(text, xkb_keysym_to_utf32(keysyms[i]));
    return g_string_free(text, FALSE);
}

static void
test_sequences(gconstpointer locale)
{
    struct ds_compose *compose = ds_compose_new(locale);
    for (size_t i = 0; i < G_N_ELEMENTS(sequences); i++) {
        uint32_t made[DS_COMPOSE_MAX];
        const xkb_keysym_t *key = sequences[i].keys;
        for (; key[1] != 0; key++)
            g_assert_cmpuint(ds_compose_press(compose, *key, made), ==, 0);
        g_autofree char *text = text_of(made, ds_compose_press(compose, *key, made));
        g_assert_cmpstr(text, ==, sequences[i].text);
    }
    ds_compose_free(compose);
}

/* Say what `key` makes, which is one keysym. */
static uint32_t
press(struct ds_compose *compose, xkb_keysym_t key)
{
    uint32_t made[DS_COMPOSE_MAX];
    g_assert_cmpuint(ds_compose_press(compose, key, made), ==, 1);
    return made[0];
}

/* Shift in the middle of a sequence is sent as what it is, and does not end it. */
static void
test_modifiers(void)
{
    uint32_t made[DS_COMPOSE_MAX];
    struct ds_compose *compose = ds_compose_new("C.UTF-8");
    g_assert_cmpuint(ds_compose_press(compose, XKB_KEY_dead_acute, made), ==, 0);
    g_assert_cmpuint(press(compose, XKB_KEY_Shift_L), ==, XKB_KEY_Shift_L);
    g_assert_cmpuint(press(compose, XKB_KEY_ISO_Level3_Shift), ==, XKB_KEY_ISO_Level3_Shift);
    g_assert_cmpuint(press(compose, XKB_KEY_E), ==, XKB_KEY_Eacute);
    ds_compose_free(compose);
}

/* A key that goes on no sequence is what it is; Escape and BackSpace take the dead key back. */
static void
test_given_up(void)
{
    static const xkb_keysym_t takes_back[] = {XKB_KEY_Escape, XKB_KEY_BackSpace};
    uint32_t made[DS_COMPOSE_MAX];
    struct ds_compose *compose = ds_compose_new("C.UTF-8");
    g_assert_cmpuint(ds_compose_press(compose, XKB_KEY_dead_acute, made), ==, 0);
    g_assert_cmpuint(press(compose, XKB_KEY_F1), ==, XKB_KEY_F1);
    g_assert_cmpuint(press(compose, XKB_KEY_e), ==, XKB_KEY_e);
    for (size_t i = 0; i < G_N_ELEMENTS(takes_back); i++) {
        g_assert_cmpuint(ds_compose_press(compose, XKB_KEY_dead_acute, made), ==, 0);
        g_assert_cmpuint(ds_compose_press(compose, takes_back[i], made), ==, 0);
        g_assert_cmpuint(press(compose, takes_back[i]), ==, takes_back[i]);
    }
    g_assert_cmpuint(ds_compose_press(compose, XKB_KEY_dead_acute, made), ==, 0);
    ds_compose_reset(compose);
    g_assert_cmpuint(press(compose, XKB_KEY_e), ==, XKB_KEY_e);
    ds_compose_free(compose);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* The person's own sequences are no part of this. */
    g_setenv("XCOMPOSEFILE", "", TRUE);
    g_setenv("HOME", "/nonexistent", TRUE);
    g_test_add_data_func("/compose/sequences/unicode", "C.UTF-8", test_sequences);
    g_test_add_data_func("/compose/sequences/plain", "C", test_sequences);
    g_test_add_data_func("/compose/sequences/unknown", "xx_YY.UTF-8", test_sequences);
    g_test_add_func("/compose/modifiers", test_modifiers);
    g_test_add_func("/compose/given-up", test_given_up);
    return g_test_run();
}
