/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include <xkbcommon/xkbcommon-keysyms.h>

#include "app/share/input/keysyms.h"

enum { SHIFT = 1 << 0, LOCK = 1 << 1, CONTROL = 1 << 2 };

static struct xkb_keymap *
read_layout(const char *layout, const char *variant)
{
    struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    const struct xkb_rule_names names = {
            .rules = "evdev", .model = "pc105", .layout = layout, .variant = variant};
    struct xkb_keymap *keymap =
            xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
    g_assert_nonnull(keymap);
    xkb_context_unref(context);
    return keymap;
}

static xkb_mod_mask_t
mod(struct xkb_keymap *keymap, const char *name)
{
    return 1u << xkb_keymap_mod_get_index(keymap, name);
}

/* What the key gives once the keystroke has changed the modifiers. */
static xkb_keysym_t
result_of(const struct ds_keyboard *keyboard, const struct ds_keystroke *stroke)
{
    struct xkb_state *state = xkb_state_new(keyboard->keymap);
    xkb_mod_mask_t mods = (keyboard->active & ~stroke->release) | stroke->press;
    xkb_state_update_mask(state, mods, 0, 0, 0, 0, keyboard->group);
    xkb_keysym_t given = xkb_state_key_get_one_sym(state, stroke->code);
    xkb_state_unref(state);
    return given;
}

/* Every character that the layout has arrives, whatever of Shift, AltGr and locks is on. */
static void
test_all_characters(gconstpointer data)
{
    const char *const *layout = data;
    struct xkb_keymap *keymap = read_layout(layout[0], layout[1]);
    const xkb_mod_mask_t level3 = mod(keymap, "Mod5");
    const xkb_mod_mask_t actives[] = {
            0, SHIFT, LOCK, level3, SHIFT | LOCK, SHIFT | level3, CONTROL};
    for (size_t i = 0; i < G_N_ELEMENTS(actives); i++)
        for (unsigned character = 0x20; character < 0x7f; character++) {
            struct ds_keyboard keyboard = {.keymap = keymap,
                    .active = actives[i],
                    .releasable = actives[i] & (SHIFT | level3)};
            struct ds_keystroke stroke;
            g_assert_true(ds_keysyms_find(&keyboard, character, &stroke));
            g_assert_cmpuint(xkb_keysym_to_utf32(result_of(&keyboard, &stroke)), ==, character);
            g_assert_cmpuint(stroke.press & actives[i], ==, 0);
            g_assert_cmpuint(stroke.release & ~actives[i], ==, 0);
        }
    xkb_keymap_unref(keymap);
}

static void
test_least_change(void)
{
    struct xkb_keymap *keymap = read_layout("de", "");
    const xkb_mod_mask_t level3 = mod(keymap, "Mod5");
    struct ds_keyboard keyboard = {.keymap = keymap};
    struct ds_keystroke stroke;

    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_a, &stroke));
    g_assert_cmpuint(stroke.press | stroke.release, ==, 0);
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_A, &stroke));
    g_assert_cmpuint(stroke.press, ==, SHIFT);
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_braceleft, &stroke));
    g_assert_cmpuint(stroke.press, ==, level3);

    keyboard.active = keyboard.releasable = SHIFT;
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_7, &stroke));
    g_assert_cmpuint(stroke.release, ==, SHIFT);
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_slash, &stroke));
    g_assert_cmpuint(stroke.press | stroke.release, ==, 0);
    xkb_keymap_unref(keymap);
}

/* Ctrl+A is no Ctrl+Shift+A, whatever Caps Lock is; without Ctrl it counts. */
static void
test_shortcuts(void)
{
    struct xkb_keymap *keymap = read_layout("us", "");
    const xkb_mod_mask_t mods[] = {CONTROL, mod(keymap, "Mod1"), mod(keymap, "Mod4")};
    struct ds_keyboard keyboard = {.keymap = keymap};
    struct ds_keystroke stroke;
    for (size_t i = 0; i < G_N_ELEMENTS(mods); i++) {
        keyboard.active = LOCK | mods[i];
        g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_a, &stroke));
        g_assert_cmpuint(stroke.press | stroke.release, ==, 0);
        g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_A, &stroke));
        g_assert_cmpuint(stroke.press, ==, SHIFT);
    }
    keyboard.active = LOCK;
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_a, &stroke));
    g_assert_cmpuint(stroke.press, ==, SHIFT);
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_A, &stroke));
    g_assert_cmpuint(stroke.press, ==, 0);
    xkb_keymap_unref(keymap);
}

/* Shift that somebody else holds cannot be let go of. */
static void
test_foreign_shift(void)
{
    struct xkb_keymap *keymap = read_layout("us", "");
    struct ds_keyboard keyboard = {.keymap = keymap, .active = SHIFT};
    struct ds_keystroke stroke;
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_7, &stroke));
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_A, &stroke));
    xkb_keymap_unref(keymap);
}

/* Keys that are no characters keep the modifiers that are held. */
static void
test_no_characters(void)
{
    static const xkb_keysym_t keys[] = {XKB_KEY_Return, XKB_KEY_Tab, XKB_KEY_BackSpace,
            XKB_KEY_Left, XKB_KEY_F1, XKB_KEY_Escape, XKB_KEY_Delete, XKB_KEY_Shift_L,
            XKB_KEY_Control_L, XKB_KEY_Alt_L, XKB_KEY_Super_L, XKB_KEY_Caps_Lock, XKB_KEY_Num_Lock,
            XKB_KEY_ISO_Level3_Shift, XKB_KEY_XF86AudioMute};
    struct xkb_keymap *keymap = read_layout("de", "");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        for (xkb_mod_mask_t active = 0; active < 8; active++) {
            struct ds_keyboard keyboard = {
                    .keymap = keymap, .active = active, .releasable = active};
            struct ds_keystroke stroke;
            g_assert_true(ds_keysyms_find(&keyboard, keys[i], &stroke));
            g_assert_cmpuint(stroke.press | stroke.release, ==, 0);
        }
    xkb_keymap_unref(keymap);
}

/* The keypad's arrows are arrows whatever Num Lock is here; where it is off, digits are borrowed.
 */
static void
test_keypad(void)
{
    struct xkb_keymap *keymap = read_layout("de", "");
    const xkb_mod_mask_t actives[] = {0, mod(keymap, "Mod2")};
    struct ds_keyboard locked = {.keymap = keymap, .active = actives[1]};
    struct ds_keystroke digit_stroke;
    for (xkb_keysym_t digit = XKB_KEY_KP_0; digit <= XKB_KEY_KP_9; digit++) {
        g_assert_true(ds_keysyms_find(&locked, digit, &digit_stroke));
        g_assert_cmpuint(result_of(&locked, &digit_stroke), ==, digit);
    }
    static const xkb_keysym_t arrows[][2] = {{XKB_KEY_KP_Home, XKB_KEY_Home},
            {XKB_KEY_KP_Down, XKB_KEY_Down}, {XKB_KEY_KP_End, XKB_KEY_End},
            {XKB_KEY_KP_Next, XKB_KEY_Next}, {XKB_KEY_KP_Insert, XKB_KEY_Insert},
            {XKB_KEY_KP_Delete, XKB_KEY_Delete}};
    for (size_t i = 0; i < G_N_ELEMENTS(arrows); i++)
        for (int is_locked = 0; is_locked <= 1; is_locked++) {
            struct ds_keyboard keyboard = {.keymap = keymap, .active = actives[is_locked]};
            struct ds_keystroke stroke;
            g_assert_true(ds_keysyms_find(&keyboard, arrows[i][0], &stroke));
            g_assert_cmpuint(result_of(&keyboard, &stroke), ==, arrows[i][is_locked]);
            g_assert_cmpuint(stroke.press | stroke.release, ==, 0);
        }
    xkb_keymap_unref(keymap);
}

/* A character has more than one keysym; a layout that lacks it has none. */
static void
test_spellings(void)
{
    struct xkb_keymap *us = read_layout("us", ""), *ru = read_layout("us,ru", "");
    struct ds_keyboard keyboard = {.keymap = us};
    struct ds_keystroke stroke;
    g_assert_true(ds_keysyms_find(&keyboard, 0x01000061, &stroke)); /* a as Unicode */
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_eacute, &stroke));
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_Cyrillic_ya, &stroke));
    g_assert_false(ds_keysyms_find(&keyboard, 0xffffffff, &stroke));
    g_assert_false(ds_keysyms_find(&keyboard, 0, &stroke));
    keyboard = (struct ds_keyboard){.keymap = ru, .group = 1};
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_Cyrillic_ya, &stroke));
    g_assert_true(ds_keysyms_find(&keyboard, 0x0100044f, &stroke));
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_q, &stroke)); /* of the other group */
    xkb_keymap_unref(us);
    xkb_keymap_unref(ru);
}

static void
test_spare(void)
{
    struct xkb_keymap *keymap = read_layout("us", "");
    xkb_keycode_t codes[256];
    size_t count = ds_keysyms_spare(keymap, codes, G_N_ELEMENTS(codes));
    g_assert_cmpuint(count, >=, 8);
    for (size_t i = 0; i < count; i++) {
        struct xkb_state *state = xkb_state_new(keymap);
        g_assert_cmpuint(xkb_state_key_get_one_sym(state, codes[i]), ==, XKB_KEY_NoSymbol);
        g_assert_cmpuint(ds_keysyms_modifiers_of(keymap, codes[i]), ==, 0);
        xkb_state_unref(state);
    }
    g_assert_cmpuint(ds_keysyms_spare(keymap, codes, 3), ==, 3);
    xkb_keymap_unref(keymap);
}

static void
test_modifiers(void)
{
    struct xkb_keymap *keymap = read_layout("de", "");
    xkb_keycode_t shift = ds_keysyms_modifier_key(keymap, SHIFT);
    g_assert_cmpuint(ds_keysyms_modifiers_of(keymap, shift), ==, SHIFT);
    xkb_mod_mask_t level3 = mod(keymap, "Mod5");
    xkb_keycode_t altgr = ds_keysyms_modifier_key(keymap, level3);
    g_assert_cmpuint(ds_keysyms_modifiers_of(keymap, altgr), ==, level3);
    g_assert_cmpuint(ds_keysyms_modifier_key(keymap, CONTROL), ==, 0);
    g_assert_true(ds_keysyms_is_modifier(XKB_KEY_Shift_L));
    g_assert_true(ds_keysyms_is_modifier(XKB_KEY_ISO_Level3_Shift));
    g_assert_false(ds_keysyms_is_modifier(XKB_KEY_a));
    g_assert_true(ds_keysyms_are_alike(XKB_KEY_a, XKB_KEY_A));
    g_assert_true(ds_keysyms_are_alike(XKB_KEY_Cyrillic_ya, XKB_KEY_Cyrillic_YA));
    g_assert_false(ds_keysyms_are_alike(XKB_KEY_a, XKB_KEY_b));
    xkb_keymap_unref(keymap);
}

static void
test_orders(void)
{
    static const xkb_keysym_t orders[] = {XKB_KEY_Terminate_Server, XKB_KEY_Pointer_EnableKeys,
            XKB_KEY_Pointer_Drag1, XKB_KEY_SlowKeys_Enable, XKB_KEY_ISO_Level3_Lock,
            XKB_KEY_ISO_Level3_Latch, XKB_KEY_ISO_Next_Group, XKB_KEY_Caps_Lock, XKB_KEY_Num_Lock,
            XKB_KEY_XF86Switch_VT_12, XKB_KEY_XF86ClearGrab};
    static const xkb_keysym_t others[] = {XKB_KEY_a, XKB_KEY_Cyrillic_ya, 0x01002603,
            XKB_KEY_ISO_Left_Tab, XKB_KEY_ISO_Level3_Shift, XKB_KEY_ISO_Level5_Shift,
            XKB_KEY_Mode_switch, XKB_KEY_Shift_L, XKB_KEY_Super_L, XKB_KEY_dead_greek, XKB_KEY_KP_5,
            XKB_KEY_F24, XKB_KEY_Pause, XKB_KEY_XF86AudioMute};
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++)
        g_assert_true(ds_keysyms_is_order(orders[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(ds_keysyms_is_order(others[i]));
}

static void
test_consoles(void)
{
    struct xkb_keymap *keymap = read_layout("us", "");
    xkb_mod_mask_t alt = mod(keymap, "Mod1");
    struct ds_keyboard keyboard = {.keymap = keymap};
    struct ds_keystroke stroke;
    const xkb_mod_mask_t fine[] = {0, SHIFT, CONTROL, alt, SHIFT | alt};
    for (size_t i = 0; i < G_N_ELEMENTS(fine); i++) {
        keyboard.active = fine[i];
        g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_F1, &stroke));
    }
    keyboard.active = CONTROL | alt;
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_F1, &stroke));
    g_assert_false(ds_keysyms_find(&keyboard, XKB_KEY_XF86Switch_VT_1, &stroke));
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_Delete, &stroke));
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_t, &stroke));
    g_assert_false(ds_keysyms_may_leave(keymap, stroke.code));
    keyboard.active = 0;
    g_assert_true(ds_keysyms_find(&keyboard, XKB_KEY_F1, &stroke));
    g_assert_true(ds_keysyms_may_leave(keymap, stroke.code));
    xkb_keymap_unref(keymap);
}

int
main(int argc, char **argv)
{
    static const char *const us[] = {"us", ""};
    static const char *const de[] = {"de", "nodeadkeys"};
    static const char *const fr[] = {"fr", "oss_nodeadkeys"};
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/keysyms/all-characters/us", us, test_all_characters);
    g_test_add_data_func("/keysyms/all-characters/de", de, test_all_characters);
    g_test_add_data_func("/keysyms/all-characters/fr", fr, test_all_characters);
    g_test_add_func("/keysyms/least-change", test_least_change);
    g_test_add_func("/keysyms/shortcuts", test_shortcuts);
    g_test_add_func("/keysyms/foreign-shift", test_foreign_shift);
    g_test_add_func("/keysyms/no-characters", test_no_characters);
    g_test_add_func("/keysyms/keypad", test_keypad);
    g_test_add_func("/keysyms/spellings", test_spellings);
    g_test_add_func("/keysyms/spare", test_spare);
    g_test_add_func("/keysyms/modifiers", test_modifiers);
    g_test_add_func("/keysyms/orders", test_orders);
    g_test_add_func("/keysyms/consoles", test_consoles);
    return g_test_run();
}
