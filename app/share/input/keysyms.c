/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/keysyms.h"

#include <xkbcommon/xkbcommon-keysyms.h>

enum { SHIFTERS = 3, COMBINATIONS = 1 << SHIFTERS, FIRST_PRINTABLE = 0x20, DELETE = 0x7f };

/* The page that XFree86 set apart for orders to itself: consoles, grabs, video modes. */
enum { XF86_ORDERS_LAST = 0x1008feff };

/* What chooses a key's level, and is pressed for that alone. */
static const xkb_keysym_t shifters[SHIFTERS][2] = {
        {XKB_KEY_Shift_L, XKB_KEY_Shift_R},
        {XKB_KEY_ISO_Level3_Shift, XKB_KEY_Mode_switch},
        {XKB_KEY_ISO_Level5_Shift, XKB_KEY_ISO_Level5_Shift},
};

xkb_mod_mask_t
ds_keysyms_modifiers_of(struct xkb_keymap *keymap, xkb_keycode_t code)
{
    struct xkb_state *state = xkb_state_new(keymap);
    if (state == NULL)
        return 0;
    xkb_state_update_key(state, code, XKB_KEY_DOWN);
    xkb_mod_mask_t mask = xkb_state_serialize_mods(state, XKB_STATE_MODS_DEPRESSED);
    xkb_state_unref(state);
    return mask;
}

/* The keysym of the key's first level; 0 when it has none. */
static xkb_keysym_t
first_keysym(struct xkb_keymap *keymap, xkb_keycode_t code, xkb_layout_index_t group)
{
    const xkb_keysym_t *syms;
    xkb_layout_index_t layouts = xkb_keymap_num_layouts_for_key(keymap, code);
    if (layouts == 0)
        return XKB_KEY_NoSymbol;
    int count = xkb_keymap_key_get_syms_by_level(keymap, code, group % layouts, 0, &syms);
    return count == 1 ? syms[0] : XKB_KEY_NoSymbol;
}

static xkb_keycode_t
find_first_level(struct xkb_keymap *keymap, xkb_layout_index_t group, xkb_keysym_t keysym)
{
    for (xkb_keycode_t code = xkb_keymap_min_keycode(keymap);
            code <= xkb_keymap_max_keycode(keymap); code++)
        if (first_keysym(keymap, code, group) == keysym)
            return code;
    return 0;
}

static xkb_keycode_t
find_shifter(struct xkb_keymap *keymap, const xkb_keysym_t names[static 2], xkb_mod_mask_t *mask)
{
    for (int i = 0; i < 2; i++) {
        xkb_keycode_t code = find_first_level(keymap, 0, names[i]);
        *mask = code != 0 ? ds_keysyms_modifiers_of(keymap, code) : 0;
        if (*mask != 0 && (*mask & (*mask - 1)) == 0)
            return code;
    }
    *mask = 0;
    return 0;
}

xkb_keycode_t
ds_keysyms_modifier_key(struct xkb_keymap *keymap, xkb_mod_mask_t mask)
{
    xkb_mod_mask_t found;
    for (int i = 0; i < SHIFTERS; i++) {
        xkb_keycode_t code = find_shifter(keymap, shifters[i], &found);
        if (code != 0 && found == mask)
            return code;
    }
    return 0;
}

bool
ds_keysyms_has_level3(struct xkb_keymap *keymap)
{
    xkb_mod_mask_t mask;
    return find_shifter(keymap, shifters[1], &mask) != 0;
}

bool
ds_keysyms_is_modifier(xkb_keysym_t keysym)
{
    return (keysym >= XKB_KEY_Shift_L && keysym <= XKB_KEY_Hyper_R) ||
           (keysym >= XKB_KEY_ISO_Lock && keysym <= XKB_KEY_ISO_Level5_Lock) ||
           keysym == XKB_KEY_Mode_switch || keysym == XKB_KEY_Num_Lock;
}

bool
ds_keysyms_is_order(xkb_keysym_t keysym)
{
    static const struct {
        xkb_keysym_t first, last;
    } ranges[] = {
            {XKB_KEY_ISO_Lock, XKB_KEY_ISO_Level2_Latch},
            {XKB_KEY_ISO_Level3_Latch, XKB_KEY_ISO_Last_Group_Lock},
            {XKB_KEY_ISO_Level5_Latch, XKB_KEY_ISO_Level5_Lock},
            {XKB_KEY_AccessX_Enable, XKB_KEY_AudibleBell_Enable},
            {XKB_KEY_First_Virtual_Screen, XKB_KEY_Terminate_Server},
            {XKB_KEY_Pointer_Left, XKB_KEY_Pointer_Drag5},
            {XKB_KEY_Scroll_Lock, XKB_KEY_Scroll_Lock},
            {XKB_KEY_Num_Lock, XKB_KEY_Num_Lock},
            {XKB_KEY_Caps_Lock, XKB_KEY_Shift_Lock},
            {XKB_KEY_XF86Switch_VT_1, XF86_ORDERS_LAST},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (keysym >= ranges[i].first && keysym <= ranges[i].last)
            return true;
    return false;
}

bool
ds_keysyms_are_alike(xkb_keysym_t one, xkb_keysym_t other)
{
    return xkb_keysym_to_lower(one) == xkb_keysym_to_lower(other);
}

/* There are several keysyms for many a character. */
static bool
means_the_same(xkb_keysym_t one, xkb_keysym_t other)
{
    uint32_t character = xkb_keysym_to_utf32(one);
    bool is_keypad = (one >= XKB_KEY_KP_Space && one <= XKB_KEY_KP_9) ||
                     (other >= XKB_KEY_KP_Space && other <= XKB_KEY_KP_9);
    return one == other ||
           (!is_keypad && character >= FIRST_PRINTABLE && character == xkb_keysym_to_utf32(other));
}

/* Find a key that gives `keysym` while exactly `mods` are active. */
static xkb_keycode_t
find_with(struct xkb_state *state, const struct ds_keyboard *keyboard, xkb_mod_mask_t mods,
        xkb_keysym_t keysym)
{
    xkb_state_update_mask(state, mods, 0, 0, 0, 0, keyboard->group);
    for (xkb_keycode_t code = xkb_keymap_min_keycode(keyboard->keymap);
            code <= xkb_keymap_max_keycode(keyboard->keymap); code++) {
        xkb_keysym_t given = xkb_state_key_get_one_sym(state, code);
        if (given != XKB_KEY_NoSymbol && means_the_same(given, keysym))
            return code;
    }
    return 0;
}

/* Try the sets of modifiers that we can bring about, those first that change the least. */
static bool
find_character(struct xkb_state *state, const struct ds_keyboard *keyboard, xkb_keysym_t keysym,
        struct ds_keystroke *stroke)
{
    xkb_mod_mask_t masks[SHIFTERS];
    for (int i = 0; i < SHIFTERS; i++)
        find_shifter(keyboard->keymap, shifters[i], &masks[i]);
    for (int changes = 0; changes <= SHIFTERS; changes++)
        for (int set = 0; set < COMBINATIONS; set++) {
            xkb_mod_mask_t change = 0;
            for (int i = 0; i < SHIFTERS; i++)
                change |= set & 1 << i ? masks[i] : 0;
            xkb_mod_mask_t release = change & keyboard->active;
            if (__builtin_popcount((unsigned)set) != changes ||
                    (release & ~keyboard->releasable) != 0)
                continue;
            stroke->code = find_with(state, keyboard, keyboard->active ^ change, keysym);
            if (stroke->code == 0)
                continue;
            stroke->release = release;
            stroke->press = change & ~keyboard->active;
            return true;
        }
    return false;
}

static xkb_mod_mask_t
mask_of(struct xkb_keymap *keymap, const char *name)
{
    xkb_mod_index_t index = xkb_keymap_mod_get_index(keymap, name);
    return index < 32 ? (xkb_mod_mask_t)1 << index : 0;
}

/*
 * Ctrl+A is on the key of A, whatever Caps Lock makes of that: to undo it by Shift would make
 * another shortcut.
 */
static struct ds_keyboard
without_caps(const struct ds_keyboard *keyboard)
{
    static const char *const shortcuts[] = {XKB_MOD_NAME_CTRL, XKB_MOD_NAME_ALT, XKB_MOD_NAME_LOGO};
    struct ds_keyboard plain = *keyboard;
    for (size_t i = 0; i < sizeof shortcuts / sizeof shortcuts[0]; i++)
        if (keyboard->active & mask_of(keyboard->keymap, shortcuts[i]))
            plain.active &= ~mask_of(keyboard->keymap, XKB_MOD_NAME_CAPS);
    return plain;
}

static bool
is_exit(xkb_keysym_t keysym)
{
    return keysym == XKB_KEY_Terminate_Server ||
           (keysym >= XKB_KEY_XF86Switch_VT_1 && keysym <= XF86_ORDERS_LAST);
}

/*
 * Ctrl+Alt+F1 shows a text console in place of the desktop, and of our bar with it, while the
 * viewer sees and does what it did: a key that would do such a thing as the modifiers are is none.
 */
static bool
leaves_desktop(struct xkb_state *state, const struct ds_keyboard *keyboard,
        const struct ds_keystroke *stroke)
{
    xkb_mod_mask_t mods = (keyboard->active | stroke->press) & ~stroke->release;
    xkb_state_update_mask(state, mods, 0, 0, 0, 0, keyboard->group);
    return is_exit(xkb_state_key_get_one_sym(state, stroke->code));
}

/* Say whether any of the key's keysyms, on whatever level, is such a one. */
static bool
has_keysym(struct xkb_keymap *keymap, xkb_keycode_t code, bool (*is_one)(xkb_keysym_t keysym))
{
    const xkb_keysym_t *syms;
    xkb_layout_index_t layouts = xkb_keymap_num_layouts_for_key(keymap, code);
    for (xkb_layout_index_t layout = 0; layout < layouts; layout++) {
        xkb_level_index_t levels = xkb_keymap_num_levels_for_key(keymap, code, layout);
        for (xkb_level_index_t level = 0; level < levels; level++)
            if (xkb_keymap_key_get_syms_by_level(keymap, code, layout, level, &syms) > 0 &&
                    is_one(syms[0]))
                return true;
    }
    return false;
}

bool
ds_keysyms_may_leave(struct xkb_keymap *keymap, xkb_keycode_t code)
{
    return has_keysym(keymap, code, is_exit);
}

/* KP_Home and its like, which are digits here while Num Lock is on. */
static bool
is_keypad_arrow(xkb_keysym_t keysym)
{
    return keysym >= XKB_KEY_KP_Home && keysym <= XKB_KEY_KP_Delete;
}

/* The key that does the same and knows no Num Lock. */
static xkb_keysym_t
beside_keypad(xkb_keysym_t keysym)
{
    if (keysym == XKB_KEY_KP_Insert)
        return XKB_KEY_Insert;
    if (keysym == XKB_KEY_KP_Delete)
        return XKB_KEY_Delete;
    return keysym - XKB_KEY_KP_Home + XKB_KEY_Home;
}

bool
ds_keysyms_find(
        const struct ds_keyboard *keyboard, xkb_keysym_t keysym, struct ds_keystroke *stroke)
{
    uint32_t character = xkb_keysym_to_utf32(keysym);
    bool is_character = character >= FIRST_PRINTABLE && character != DELETE;
    const struct ds_keyboard plain = without_caps(keyboard);
    struct xkb_state *state = xkb_state_new(keyboard->keymap);

    *stroke = (struct ds_keystroke){0};
    if (state == NULL || keysym == XKB_KEY_NoSymbol) {
        xkb_state_unref(state);
        return false;
    }
    if (!is_character) {
        if (!ds_keysyms_is_modifier(keysym))
            stroke->code = find_with(state, keyboard, keyboard->active, keysym);
        if (stroke->code == 0 && is_keypad_arrow(keysym))
            stroke->code = find_with(state, keyboard, keyboard->active, beside_keypad(keysym));
        if (stroke->code == 0)
            stroke->code = find_first_level(keyboard->keymap, keyboard->group, keysym);
    }
    bool found = stroke->code != 0 || find_character(state, &plain, keysym, stroke);
    found = found && !leaves_desktop(state, keyboard, stroke);
    xkb_state_unref(state);
    return found;
}

static bool
means_something(xkb_keysym_t keysym)
{
    return keysym != XKB_KEY_NoSymbol;
}

size_t
ds_keysyms_spare(struct xkb_keymap *keymap, xkb_keycode_t *codes, size_t max)
{
    size_t count = 0;
    xkb_keycode_t code = xkb_keymap_max_keycode(keymap);
    for (; code >= xkb_keymap_min_keycode(keymap) && count < max; code--)
        if (!has_keysym(keymap, code, means_something))
            codes[count++] = code;
    return count;
}
