/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/keymap.h"

#include <string.h>

#include <xcb/xkb.h>
#include <xkbcommon/xkbcommon-x11.h>

#include "app/share/input/spares.h"
#include "net/base/clock.h"
#include "net/base/log.h"

enum { KEYSYM_MAX = 0x1fffffff, TWO_LEVEL = 1 }; /* the type's number, as XKB's protocol fixes it */

/* What XKB's SetMap tells of one key, and of up to so many keysyms. */
struct key_syms {
    xcb_xkb_key_sym_map_t head;
    xcb_keysym_t keysyms[DS_SPARE_LEVELS];
};

struct ds_keymap {
    struct ds_display *display; /* borrowed */
    struct ds_ledger *ledger;   /* borrowed */
    struct xkb_context *context;
    struct xkb_keymap *map;              /* NULL: to be read */
    xcb_keycode_t first_code, last_code; /* as the map was read last */
    struct ds_spares spares;
    uint8_t four_level; /* the number of the type whose levels Shift and AltGr choose; 0: none */
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

/*
 * Tell the X server what stands on a borrowed key; that is nothing where its first keysym is 0. It
 * has all levels from the start: were AltGr nothing to it at first, a program that reads the map
 * late would take what was typed with AltGr down for what stands on level 3 by then.
 */
static void
change_key(struct ds_keymap *keymap, const struct ds_spare *spare)
{
    bool is_wide = keymap->four_level != 0;
    uint8_t levels = is_wide ? DS_SPARE_LEVELS : DS_SPARE_LEVELS / DS_SPARE_HALVES;
    uint8_t width = spare->keysyms[0] != 0 ? levels : 0;
    struct key_syms syms = {.head = {.groupInfo = width != 0, .width = width, .nSyms = width}};
    memset(syms.head.kt_index, is_wide ? keymap->four_level : TWO_LEVEL, sizeof syms.head.kt_index);
    memcpy(syms.keysyms, spare->keysyms, sizeof syms.keysyms);
    ds_ledger_borrow(keymap->ledger, (uint8_t)spare->code, spare->keysyms[0]);
    xcb_xkb_set_map(keymap->display->conn, XCB_XKB_ID_USE_CORE_KBD, XCB_XKB_MAP_PART_KEY_SYMS, 0,
            keymap->first_code, keymap->last_code, 0, 0, (xcb_keycode_t)spare->code, 1, width, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, &syms);
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
    for (size_t i = 0; i < keymap->spares.count; i++) {
        struct ds_spare *spare = &keymap->spares.keys[i];
        bool is_borrowed = spare->keysyms[0] != 0;
        memset(spare->keysyms, 0, sizeof spare->keysyms);
        if (is_borrowed)
            change_key(keymap, spare);
    }
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
spare_is_ours(const struct ds_keymap *keymap, const struct ds_spare *spare)
{
    const xkb_keysym_t *syms;
    return spare->keysyms[0] != 0 &&
           xkb_keymap_key_get_syms_by_level(keymap->map, spare->code, 0, 0, &syms) > 0 &&
           syms[0] == spare->keysyms[0];
}

/* List the keys that we may borrow by the map that was just read: our own, and the empty ones. */
static void
find_spares(struct ds_keymap *keymap)
{
    xkb_keycode_t codes[DS_SPARES_MAX];
    struct ds_spares *spares = &keymap->spares;
    size_t kept = 0;

    for (size_t i = 0; i < spares->count; i++)
        if (spare_is_ours(keymap, &spares->keys[i]))
            spares->keys[kept++] = spares->keys[i];
    size_t count = ds_keysyms_spare(keymap->map, codes, DS_SPARES_MAX - kept);
    for (size_t i = 0; i < count; i++)
        spares->keys[kept++] = (struct ds_spare){.code = codes[i]};
    spares->count = kept;
}

/* Layouts may number their types in any order. */
static uint8_t
find_four_level(xcb_connection_t *conn)
{
    const char name[] = "FOUR_LEVEL";
    xcb_intern_atom_cookie_t atom = xcb_intern_atom(conn, true, sizeof name - 1, name);
    xcb_xkb_get_names_cookie_t names =
            xcb_xkb_get_names(conn, XCB_XKB_ID_USE_CORE_KBD, XCB_XKB_NAME_DETAIL_KEY_TYPE_NAMES);
    g_autofree xcb_intern_atom_reply_t *wanted = xcb_intern_atom_reply(conn, atom, NULL);
    g_autofree xcb_xkb_get_names_reply_t *reply = xcb_xkb_get_names_reply(conn, names, NULL);
    if (wanted == NULL || wanted->atom == XCB_NONE || reply == NULL)
        return 0;
    const xcb_atom_t *atoms = xcb_xkb_get_names_value_list(reply);
    for (uint8_t i = 0; i < reply->nTypes; i++)
        if (atoms[i] == wanted->atom)
            return i;
    return 0;
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
    keymap->first_code = (xcb_keycode_t)xkb_keymap_min_keycode(keymap->map);
    keymap->last_code = (xcb_keycode_t)xkb_keymap_max_keycode(keymap->map);
    keymap->four_level = ds_keysyms_has_level3(keymap->map) ? find_four_level(conn) : 0;
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

/* As ds_keymap_find(), for what the keys as they are do not have. */
static bool
borrow(struct ds_keymap *keymap, xkb_keysym_t keysym, const bool held[static DS_KEYCODES],
        uint64_t *again_us)
{
    const bool has_halves = keymap->four_level != 0;
    const uint64_t now_us = ds_clock_us();
    if (keysym == XKB_KEY_NoSymbol || keysym > KEYSYM_MAX)
        return false;
    uint64_t room_us = ds_spares_room_us(&keymap->spares, keysym, has_halves, held);
    if (room_us == UINT64_MAX)
        return false;
    if (room_us > now_us) {
        *again_us = room_us;
        return false;
    }
    struct ds_spare *spare = ds_spares_put(&keymap->spares, keysym, has_halves, held, now_us);
    change_key(keymap, spare);
    forget_map(keymap);
    return read_map(keymap);
}

/* As ds_keymap_find(), among the keys as they are. */
static bool
find(struct ds_keymap *keymap, const xcb_xkb_get_state_reply_t *state, xkb_keysym_t keysym,
        const bool held[static DS_KEYCODES], struct ds_keystroke *stroke)
{
    struct ds_keyboard keyboard = {
            .keymap = keymap->map,
            .group = state->group,
            .active = state->mods,
            .releasable = releasable(keymap, state, held),
    };
    return ds_keysyms_find(&keyboard, keysym, stroke) && stroke->code < DS_KEYCODES;
}

bool
ds_keymap_find(struct ds_keymap *keymap, xkb_keysym_t keysym, const bool held[static DS_KEYCODES],
        struct ds_keystroke *stroke, uint64_t *again_us)
{
    xcb_connection_t *conn = keymap->display->conn;
    xcb_xkb_get_state_cookie_t cookie = xcb_xkb_get_state(conn, XCB_XKB_ID_USE_CORE_KBD);
    g_autofree xcb_xkb_get_state_reply_t *state = xcb_xkb_get_state_reply(conn, cookie, NULL);

    *again_us = 0;
    if (state == NULL || !read_map(keymap))
        return false;
    bool is_found =
            find(keymap, state, keysym, held, stroke) ||
            (borrow(keymap, keysym, held, again_us) && find(keymap, state, keysym, held, stroke));
    if (is_found)
        ds_spares_use(&keymap->spares, stroke->code, keysym, ds_clock_us());
    return is_found;
}

void
ds_keymap_let_go(struct ds_keymap *keymap, xkb_keycode_t code, xkb_keysym_t keysym)
{
    ds_spares_use(&keymap->spares, code, keysym, ds_clock_us());
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
