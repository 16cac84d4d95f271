/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/input.h"

#include <string.h>

#include <xcb/xtest.h>

#include "app/share/input/guard.h"
#include "app/share/input/keymap.h"
#include "net/base/limits.h"

enum { BUTTONS = 8 };

/* One key that one viewer holds. */
struct hold {
    const void *who;
    xkb_keysym_t keysym;
    xkb_keycode_t code;
};

/* The buttons that one viewer holds. */
struct hand {
    const void *who;
    uint8_t buttons;
    uint8_t dropped; /* pressed over a window of ours, and not let go of since */
};

struct ds_input {
    struct ds_display *display; /* borrowed */
    struct ds_ledger *ledger;   /* borrowed */
    struct ds_keymap *keymap;
    struct ds_guard guard;
    enum ds_level level;
    struct hold holds[DS_SHARE_KEYS_MAX];
    size_t hold_count;
    struct hand hands[DS_SHARE_VIEWERS_MAX];
    size_t hand_count;
};

struct ds_input *
ds_input_new(struct ds_display *display, struct ds_ledger *ledger)
{
    struct ds_input *input = g_new0(struct ds_input, 1);
    input->display = display;
    input->ledger = ledger;
    input->keymap = ds_keymap_new(display, ledger);
    input->guard.display = display;
    input->level = DS_LEVEL_VIEW;
    return input;
}

void
ds_input_free(struct ds_input *input)
{
    if (input == NULL)
        return;
    ds_input_release(input, NULL);
    ds_keymap_free(input->keymap);
    /* A round trip: whoever sees us gone finds every key as it was. */
    xcb_connection_t *conn = input->display->conn;
    g_autofree xcb_get_input_focus_reply_t *reply =
            xcb_get_input_focus_reply(conn, xcb_get_input_focus(conn), NULL);
    if (reply != NULL)
        ds_ledger_clear(input->ledger);
    g_free(input);
}

void
ds_input_event(struct ds_input *input, const xcb_generic_event_t *event)
{
    ds_keymap_event(input->keymap, event);
}

void
ds_input_set_level(struct ds_input *input, enum ds_level level)
{
    input->level = level;
    if (level < DS_LEVEL_CONTROL)
        ds_input_release(input, NULL);
}

void
ds_input_set_guard(struct ds_input *input, uint32_t base, uint32_t mask)
{
    input->guard.base = base;
    input->guard.mask = mask;
}

static void
inject(struct ds_input *input, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(input->display->conn, type, detail, XCB_CURRENT_TIME, input->display->root,
            (int16_t)x, (int16_t)y, 0);
}

static void
inject_key(struct ds_input *input, xkb_keycode_t code, bool down)
{
    if (down)
        ds_ledger_key(input->ledger, (uint8_t)code);
    inject(input, down ? XCB_KEY_PRESS : XCB_KEY_RELEASE, (uint8_t)code, 0, 0);
}

static void
inject_button(struct ds_input *input, uint8_t number, bool down)
{
    if (down)
        ds_ledger_button(input->ledger, number);
    inject(input, down ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, number, 0, 0);
}

static bool
code_is_held(const struct ds_input *input, xkb_keycode_t code)
{
    for (size_t i = 0; i < input->hold_count; i++)
        if (input->holds[i].code == code)
            return true;
    return false;
}

static void
list_held(const struct ds_input *input, bool held[static DS_KEYCODES])
{
    memset(held, 0, DS_KEYCODES * sizeof *held);
    for (size_t i = 0; i < input->hold_count; i++)
        held[input->holds[i].code] = true;
}

/* Forget a hold, and let the key go if nobody else holds it. */
static void
drop_hold(struct ds_input *input, size_t at)
{
    const struct hold hold = input->holds[at];
    input->holds[at] = input->holds[--input->hold_count];
    if (code_is_held(input, hold.code))
        return;
    inject_key(input, hold.code, false);
    ds_keymap_let_go(input->keymap, hold.code, hold.keysym);
}

/* Bring about, or undo, the modifiers that a keystroke needs while it goes down. */
static void
change_modifiers(struct ds_input *input, const struct ds_keystroke *stroke, bool undo)
{
    for (xkb_mod_mask_t bit = 1; bit != 0 && bit <= stroke->press; bit <<= 1)
        if (stroke->press & bit) {
            xkb_keycode_t code = ds_keymap_modifier_key(input->keymap, bit);
            if (code != 0)
                inject_key(input, code, !undo);
        }
    for (size_t i = 0; stroke->release != 0 && i < input->hold_count; i++) {
        xkb_keycode_t code = input->holds[i].code;
        if (ds_keymap_modifiers_of(input->keymap, code) & stroke->release)
            inject_key(input, code, undo);
    }
}

/* The X server repeats what is held with the modifiers that come later: F1 becomes Ctrl+Alt+F1. */
static void
drop_leaving(struct ds_input *input)
{
    for (size_t i = input->hold_count; i-- > 0;)
        if (!ds_keysyms_is_modifier(input->holds[i].keysym) &&
                ds_keymap_may_leave(input->keymap, input->holds[i].code))
            drop_hold(input, i);
}

/* No window of ours may come up between the look and the click. Say whether there is a guard. */
static bool
begin_guard(struct ds_input *input)
{
    if (input->guard.mask == 0)
        return false;
    xcb_grab_server(input->display->conn);
    return true;
}

static void
end_guard(struct ds_input *input, bool is_guarded)
{
    if (is_guarded)
        xcb_ungrab_server(input->display->conn);
}

/* Returns what ds_input_key() does. */
static uint64_t
press_key(struct ds_input *input, const void *who, uint32_t keysym)
{
    bool held[DS_KEYCODES];
    struct ds_keystroke stroke;
    uint64_t again_us;

    if (input->hold_count == DS_SHARE_KEYS_MAX)
        return 0;
    list_held(input, held);
    if (!ds_keymap_find(input->keymap, keysym, held, &stroke, &again_us))
        return again_us;
    bool is_guarded = begin_guard(input);
    if (!is_guarded || !ds_guard_focus_is_ours(&input->guard)) {
        if (ds_keysyms_is_modifier(keysym))
            drop_leaving(input);
        change_modifiers(input, &stroke, false);
        inject_key(input, stroke.code, true);
        change_modifiers(input, &stroke, true);
        input->holds[input->hold_count++] =
                (struct hold){.who = who, .keysym = keysym, .code = stroke.code};
    }
    end_guard(input, is_guarded);
    return 0;
}

static bool
find_hold(const struct ds_input *input, const void *who, uint32_t keysym, bool exactly, size_t *at)
{
    for (*at = 0; *at < input->hold_count; (*at)++) {
        const struct hold *hold = &input->holds[*at];
        if (hold->who == who && (hold->keysym == keysym ||
                                        (!exactly && ds_keysyms_are_alike(hold->keysym, keysym))))
            return true;
    }
    return false;
}

uint64_t
ds_input_key(struct ds_input *input, const void *who, uint32_t keysym, bool down)
{
    size_t at;
    if (input->level < DS_LEVEL_CONTROL || ds_keysyms_is_order(keysym))
        return 0;
    /* Who lets go of Shift first releases "a" after having pressed "A". The X server repeats held
     * keys itself, so a second press says nothing new. */
    if (find_hold(input, who, keysym, true, &at) ||
            (!down && find_hold(input, who, keysym, false, &at))) {
        if (!down)
            drop_hold(input, at);
        return 0;
    }
    return down ? press_key(input, who, keysym) : 0;
}

static struct hand *
find_hand(struct ds_input *input, const void *who)
{
    for (size_t i = 0; i < input->hand_count; i++)
        if (input->hands[i].who == who)
            return &input->hands[i];
    if (input->hand_count == DS_SHARE_VIEWERS_MAX)
        return NULL;
    input->hands[input->hand_count] = (struct hand){.who = who};
    return &input->hands[input->hand_count++];
}

static uint8_t
all_buttons(const struct ds_input *input)
{
    uint8_t buttons = 0;
    for (size_t i = 0; i < input->hand_count; i++)
        buttons |= input->hands[i].buttons;
    return buttons;
}

/* Make one viewer's buttons what they are now; a button goes up when the last one lets go of it. */
static void
set_buttons(struct ds_input *input, struct hand *hand, uint8_t buttons)
{
    uint8_t before = all_buttons(input);
    hand->buttons = buttons;
    uint8_t after = all_buttons(input);
    for (int i = 0; i < BUTTONS; i++) {
        uint8_t bit = (uint8_t)(1 << i);
        if ((before ^ after) & bit)
            inject_button(input, (uint8_t)(i + 1), (after & bit) != 0);
    }
}

bool
ds_input_pointer(struct ds_input *input, const void *who, uint8_t buttons, int x, int y)
{
    if (input->level < DS_LEVEL_CONTROL)
        return false;
    struct hand *hand = find_hand(input, who);
    if (hand == NULL)
        return false;
    inject(input, XCB_MOTION_NOTIFY, 0, MIN(x, INT16_MAX), MIN(y, INT16_MAX));
    hand->dropped &= buttons;
    buttons &= (uint8_t)~hand->dropped;
    uint8_t pressed = buttons & (uint8_t)~hand->buttons;
    bool is_guarded = pressed != 0 && begin_guard(input);
    if (is_guarded && ds_guard_pointer_is_ours(&input->guard)) {
        hand->dropped |= pressed;
        buttons &= (uint8_t)~pressed;
    }
    set_buttons(input, hand, buttons);
    end_guard(input, is_guarded);
    return true;
}

void
ds_input_release(struct ds_input *input, const void *who)
{
    for (size_t i = input->hold_count; i-- > 0;)
        if (who == NULL || input->holds[i].who == who)
            drop_hold(input, i);
    for (size_t i = input->hand_count; i-- > 0;)
        if (who == NULL || input->hands[i].who == who) {
            set_buttons(input, &input->hands[i], 0);
            input->hands[i] = input->hands[--input->hand_count];
        }
}

void
ds_input_release_repeating(struct ds_input *input, const void *who)
{
    for (size_t i = input->hold_count; i-- > 0;)
        if (input->holds[i].who == who && !ds_keysyms_is_modifier(input->holds[i].keysym))
            drop_hold(input, i);
}

bool
ds_input_is_repeating(const struct ds_input *input, const void *who)
{
    for (size_t i = 0; i < input->hold_count; i++)
        if (input->holds[i].who == who && !ds_keysyms_is_modifier(input->holds[i].keysym))
            return true;
    return false;
}
