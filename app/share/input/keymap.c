/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/keymap.h"

#include <string.h>

#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "net/base/log.h"

enum {
    SPARE_MAX = 24,
    WIDTH = 4,
    KEYSYM_MAX = 0x1fffffff
}; /* core keysyms a key: two groups of two levels */

struct spare {
    xkb_keycode_t code;
    xkb_keysym_t keysym; /* 0: it means nothing, as we found it */
    uint64_t used;       /* the higher, the later */
};

struct ds_keymap {
    struct ds_display *display; /* borrowed */
    struct ds_ledger *ledger;   /* borrowed */
    struct xkb_context *context;
    struct xkb_keymap *map; /* NULL: to be read */
    struct spare spares[SPARE_MAX];
    size_t spare_count;
    uint64_t uses;
};

struct ds_keymap *
ds_keymap_new(struct ds_display *display, struct ds_ledger *ledger)
{
    const uint16_t events = XCB_XKB_EVENT_TYPE_NEW_KEYBOARD_NOTIFY | XCB_XKB_EVENT_TYPE_MAP_NOTIFY;
    const uint16_t parts = XCB_XKB_MAP_PART_KEY_TYPES | XCB_XKB_MAP_PART_KEY_SYMS |
                           XCB_XKB_MAP_PART_MODIFIER_MAP | XCB_XKB_MAP_PART_VIRTUAL_MODS;
    struct ds_keymap *keymap = g_new0(struct ds_keymap, 1);

    keymap->display = display;
    keymap->ledger = ledger;
    keymap->context = xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES);
    xcb_xkb_select_events(
            display->conn, XCB_XKB_ID_USE_CORE_KBD, events, 0, events, parts, parts, NULL);
    return keymap;
}

/* Put `keysym` on every level of the key, so that no modifier changes it; 0 takes it off. */
static void
change_key(struct ds_keymap *keymap, struct spare *spare, xkb_keysym_t keysym)
{
    const xcb_keysym_t syms[WIDTH] = {keysym, keysym, keysym, keysym};
    ds_ledger_borrow(keymap->ledger, (uint8_t)spare->code, keysym);
    xcb_change_keyboard_mapping(keymap->display->conn, 1, (xcb_keycode_t)spare->code, WIDTH, syms);
    spare->keysym = keysym;
}

static void
forget_map(struct ds_keymap *keymap)
{
    xkb_keymap_unref(keymap->map);
    keymap->map = NULL;
}

void
ds_keymap_free(struct ds_keymap *keymap)
{
    if (keymap == NULL)
        return;
    for (size_t i = 0; i < keymap->spare_count; i++)
        if (keymap->spares[i].keysym != 0)
            change_key(keymap, &keymap->spares[i], 0);
    forget_map(keymap);
    xkb_context_unref(keymap->context);
    g_free(keymap);
}

void
ds_keymap_event(struct ds_keymap *keymap, const xcb_generic_event_t *event)
{
    /* All events of XKB have one number, and their kind in the byte behind it. */
    if ((event->response_type & 0x7f) == keymap->display->xkb_event &&
            (event->pad0 == XCB_XKB_NEW_KEYBOARD_NOTIFY || event->pad0 == XCB_XKB_MAP_NOTIFY))
        forget_map(keymap);
}

/* Somebody else may have loaded another layout over what we put there. */
static bool
spare_is_ours(const struct ds_keymap *keymap, const struct spare *spare)
{
    const xkb_keysym_t *syms;
    return spare->keysym != 0 &&
           xkb_keymap_key_get_syms_by_level(keymap->map, spare->code, 0, 0, &syms) > 0 &&
           syms[0] == spare->keysym;
}

/* List the keys that we may borrow by the map that was just read: our own, and the empty ones. */
static void
find_spares(struct ds_keymap *keymap)
{
    xkb_keycode_t codes[SPARE_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < keymap->spare_count; i++)
        if (spare_is_ours(keymap, &keymap->spares[i]))
            keymap->spares[kept++] = keymap->spares[i];
    size_t count = ds_keysyms_spare(keymap->map, codes, SPARE_MAX - kept);
    for (size_t i = 0; i < count; i++)
        keymap->spares[kept++] = (struct spare){.code = codes[i]};
    keymap->spare_count = kept;
}

/* Read the map again if it has changed. */
static bool
read_map(struct ds_keymap *keymap)
{
    xcb_connection_t *conn = keymap->display->conn;

    if (keymap->map != NULL)
        return true;
    if (keymap->context == NULL)
        return false;
    keymap->map = xkb_x11_keymap_new_from_device(keymap->context, conn,
            xkb_x11_get_core_keyboard_device_id(conn), XKB_KEYMAP_COMPILE_NO_FLAGS);
    if (keymap->map == NULL)
        return false;
    find_spares(keymap);
    return true;
}

/* What of the active modifiers is there only since we hold keys that set it? */
static xkb_mod_mask_t
releasable(const struct ds_keymap *keymap, const xcb_xkb_get_state_reply_t *state,
        const bool held[static DS_KEYCODES])
{
    xkb_mod_mask_t mask = 0;
    for (xkb_keycode_t code = 0; code < DS_KEYCODES; code++)
        if (held[code])
            mask |= ds_keysyms_modifiers_of(keymap->map, code);
    return mask & state->baseMods & ~(xkb_mod_mask_t)(state->lockedMods | state->latchedMods);
}

static struct spare *
choose_spare(struct ds_keymap *keymap, xkb_keysym_t keysym, const bool held[static DS_KEYCODES])
{
    struct spare *oldest = NULL;
    for (size_t i = 0; i < keymap->spare_count; i++) {
        struct spare *spare = &keymap->spares[i];
        if (spare->keysym == keysym)
            return spare;
        if (!held[spare->code] && (oldest == NULL || spare->used < oldest->used))
            oldest = spare;
    }
    return oldest;
}

/* A borrowed key speaks to programs alone: what her layout does not let her do, nobody does. */
static bool
may_be_put(xkb_keysym_t keysym)
{
    return keysym != XKB_KEY_NoSymbol && keysym <= KEYSYM_MAX && !ds_keysyms_is_order(keysym);
}

static bool
borrow(struct ds_keymap *keymap, xkb_keysym_t keysym, const bool held[static DS_KEYCODES],
        struct ds_keystroke *stroke)
{
    struct spare *spare = may_be_put(keysym) ? choose_spare(keymap, keysym, held) : NULL;
    if (spare == NULL)
        return false;
    if (spare->keysym != keysym) {
        change_key(keymap, spare, keysym);
        forget_map(keymap);
    }
    spare->used = ++keymap->uses;
    *stroke = (struct ds_keystroke){.code = spare->code};
    return true;
}

bool
ds_keymap_find(struct ds_keymap *keymap, xkb_keysym_t keysym, const bool held[static DS_KEYCODES],
        struct ds_keystroke *stroke)
{
    xcb_connection_t *conn = keymap->display->conn;
    xcb_xkb_get_state_cookie_t cookie = xcb_xkb_get_state(conn, XCB_XKB_ID_USE_CORE_KBD);
    g_autofree xcb_xkb_get_state_reply_t *state = xcb_xkb_get_state_reply(conn, cookie, NULL);

    if (state == NULL || !read_map(keymap))
        return false;
    struct ds_keyboard keyboard = {
            .keymap = keymap->map,
            .group = state->group,
            .active = state->mods,
            .releasable = releasable(keymap, state, held),
    };
    if (ds_keysyms_find(&keyboard, keysym, stroke) && stroke->code < DS_KEYCODES)
        return true;
    return borrow(keymap, keysym, held, stroke);
}

xkb_keycode_t
ds_keymap_modifier_key(const struct ds_keymap *keymap, xkb_mod_mask_t mask)
{
    return keymap->map != NULL ? ds_keysyms_modifier_key(keymap->map, mask) : 0;
}

xkb_mod_mask_t
ds_keymap_modifiers_of(const struct ds_keymap *keymap, xkb_keycode_t code)
{
    return keymap->map != NULL ? ds_keysyms_modifiers_of(keymap->map, code) : 0;
}

bool
ds_keymap_may_leave(const struct ds_keymap *keymap, xkb_keycode_t code)
{
    return keymap->map == NULL || ds_keysyms_may_leave(keymap->map, code);
}
