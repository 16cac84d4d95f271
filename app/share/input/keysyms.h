/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_KEYSYMS_H
#define DS_APP_SHARE_KEYSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xkbcommon/xkbcommon.h>

/*
 * From what a key means on the helper's keyboard to a key of the helpee's. RFB carries keysyms, X11
 * takes keycodes, and the two layouts may differ. Pure: it asks a keymap only. Any one thread.
 */

/* The keyboard as it is at the moment. Masks of modifiers are those of `keymap`. */
struct ds_keyboard {
    struct xkb_keymap *keymap;
    xkb_layout_index_t group;
    xkb_mod_mask_t active;     /* in effect: held, latched and locked */
    xkb_mod_mask_t releasable; /* those of the active that can be let go of for a moment */
};

/* How to make a keysym: press the key, with these modifiers changed while it goes down. */
struct ds_keystroke {
    xkb_keycode_t code;
    xkb_mod_mask_t press;   /* that must be active and are not */
    xkb_mod_mask_t release; /* that must not be active and are */
};

/**
 * Find the key that gives `keysym`, with as few modifiers changed as possible; none are for keys
 * that are no characters (Tab with Shift is Shift and Tab). While Ctrl, Alt or Super is active Caps
 * Lock counts for nothing, as programs have it. False when the layout has none, or one
 * that would switch to another console or end the X server with the modifiers as they are.
 */
bool ds_keysyms_find(
        const struct ds_keyboard *keyboard, xkb_keysym_t keysym, struct ds_keystroke *stroke);

/** Say whether there are modifiers with which the key leaves the desktop, as above. */
bool ds_keysyms_may_leave(struct xkb_keymap *keymap, xkb_keycode_t code);

/**
 * Return a key that sets modifier `mask` (one bit) as long as it is held; 0 when there is none.
 * Shift, and those that choose levels 3 and 5, only: others have meanings of their own.
 */
xkb_keycode_t ds_keysyms_modifier_key(struct xkb_keymap *keymap, xkb_mod_mask_t mask);

/** Say whether there is a key, for ds_keysyms_modifier_key(), that chooses levels 3 and 4. */
bool ds_keysyms_has_level3(struct xkb_keymap *keymap);

/** Return the modifiers that the key sets while it is held. */
xkb_mod_mask_t ds_keysyms_modifiers_of(struct xkb_keymap *keymap, xkb_keycode_t code);

/** List up to `max` keys that mean nothing, the highest codes first. Returns their count. */
size_t ds_keysyms_spare(struct xkb_keymap *keymap, xkb_keycode_t *codes, size_t max);

/** Say whether two keysyms are the same key on most keyboards: they are, but for their case. */
bool ds_keysyms_are_alike(xkb_keysym_t one, xkb_keysym_t other);

/**
 * Say whether an X server obeys the keysym itself, wherever it stands: one that locks, a mouse
 * button too, that slows the keyboard down, or ends the server. What it did stays when the key is
 * up, and when everybody has gone: it is for whoever sits there. Nothing is lost by that, since
 * what a lock makes of the other keys is in their keysyms.
 */
bool ds_keysyms_is_order(xkb_keysym_t keysym);

/** Say whether holding the key means something as such (Shift, Control, ...): it does not repeat.
 */
bool ds_keysyms_is_modifier(xkb_keysym_t keysym);

#endif
