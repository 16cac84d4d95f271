/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_KEYMAP_H
#define DS_APP_SHARE_KEYMAP_H

#include <stdbool.h>

#include "app/share/display.h"
#include "app/share/input/keysyms.h"
#include "app/share/input/ledger.h"

/*
 * The X server's keymap, and the keys that we borrow: a keysym that the layout lacks is put on a
 * key that means nothing. Programs read the new map when they come to it, so a key is given back,
 * or to another keysym, as late as possible. Screen thread.
 */
struct ds_keymap;

enum { DS_KEYCODES = 256 };

/**
 * Make one on `display`; what it borrows is written to `ledger` before. Both are borrowed. Nothing
 * is asked yet.
 */
struct ds_keymap *ds_keymap_new(struct ds_display *display, struct ds_ledger *ledger);

/** Give all borrowed keys back, free; NULL is fine. */
void ds_keymap_free(struct ds_keymap *keymap);

/** Take an event; it is looked at only if it is XKB's: the map has changed. */
void ds_keymap_event(struct ds_keymap *keymap, const xcb_generic_event_t *event);

/**
 * Find how to make `keysym` now, borrowing a key if need be. `held` says which keys we hold down:
 * their modifiers can be let go of, and they are not given to another keysym. False when there is
 * no way, and `*again_us` is 0, or, by ds_clock_us(), when there will be one: as long as a program
 * may not have read what was typed on the key that has to be borrowed. Waits for the X server.
 */
bool ds_keymap_find(struct ds_keymap *keymap, xkb_keysym_t keysym,
        const bool held[static DS_KEYCODES], struct ds_keystroke *stroke, uint64_t *again_us);

/** Say that `code` was held for `keysym` until now. */
void ds_keymap_let_go(struct ds_keymap *keymap, xkb_keycode_t code, xkb_keysym_t keysym);

/** As ds_keysyms_modifier_key() and ds_keysyms_modifiers_of(); 0 before the first find. */
xkb_keycode_t ds_keymap_modifier_key(const struct ds_keymap *keymap, xkb_mod_mask_t mask);
xkb_mod_mask_t ds_keymap_modifiers_of(
        const struct ds_keymap *keymap, xkb_keycode_t code); /**< See there. */

/** As ds_keysyms_may_leave(); true while the map is not known. */
bool ds_keymap_may_leave(const struct ds_keymap *keymap, xkb_keycode_t code);

#endif
