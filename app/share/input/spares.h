/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_SPARES_H
#define DS_APP_SHARE_SPARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xkbcommon/xkbcommon.h>

/*
 * What stands on the keys that we borrow. A key has two halves of two levels: for a letter and its
 * capital, or two characters that have none. A program reads a new map when it comes to it, and
 * then takes what was typed before by the new one: so what stands somewhere stays there as long as
 * there is room, and then the half that was used longest ago makes way, when every program that
 * reads at all has read what was typed there. A dozen and a half of keys hold an alphabet, and more
 * than a person types in that time. Pure. Any one thread.
 */
enum { DS_SPARES_MAX = 24, DS_SPARE_HALVES = 2, DS_SPARE_LEVELS = 2 * DS_SPARE_HALVES };
enum { DS_SPARE_REST_US = 1000000 }; /* from a key's last use to the next keysym in its place */

struct ds_spare {
    xkb_keycode_t code;
    xkb_keysym_t keysyms[DS_SPARE_LEVELS]; /* 0: nothing, as we found it */
    uint64_t used_us[DS_SPARE_HALVES];     /* when something was typed there last; 0: never */
};

struct ds_spares {
    struct ds_spare keys[DS_SPARES_MAX];
    size_t count;
};

/**
 * Tell from when on `keysym` may be put somewhere: 0: at once, since nothing makes way for it;
 * UINT64_MAX: all keys are `held`. `has_halves`: levels 3 and 4 can be reached.
 */
uint64_t ds_spares_room_us(
        const struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held);

/**
 * Put `keysym` where ds_spares_room_us() found room for it. Returns the key, whose keysyms have
 * changed, or NULL when all keys are `held`.
 */
struct ds_spare *ds_spares_put(struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves,
        const bool *held, uint64_t now_us);

/** A key has been pressed for `keysym`, or let go of: if it is one of these, that is its age. */
void ds_spares_use(
        struct ds_spares *spares, xkb_keycode_t code, xkb_keysym_t keysym, uint64_t now_us);

#endif
