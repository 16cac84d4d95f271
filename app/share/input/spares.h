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
 * there is room, and then the half that was used longest ago makes way. A dozen and a half of keys
 * hold an alphabet. Pure. Any one thread.
 */
enum { DS_SPARES_MAX = 24, DS_SPARE_HALVES = 2, DS_SPARE_LEVELS = 2 * DS_SPARE_HALVES };

struct ds_spare {
    xkb_keycode_t code;
    xkb_keysym_t keysyms[DS_SPARE_LEVELS]; /* 0: nothing, as we found it */
    uint64_t used[DS_SPARE_HALVES];        /* the higher, the later */
};

struct ds_spares {
    struct ds_spare keys[DS_SPARES_MAX];
    size_t count;
    uint64_t uses;
};

/**
 * Find room for `keysym` and put it there; `has_halves`: levels 3 and 4 can be reached. Returns the
 * key, whose keysyms have changed, or NULL when there is no room: no key whose code `held` denies.
 */
struct ds_spare *ds_spares_put(
        struct ds_spares *spares, xkb_keysym_t keysym, bool has_halves, const bool *held);

/** A key is about to be pressed for `keysym`: if it is one of these, that is not the oldest now. */
void ds_spares_use(struct ds_spares *spares, xkb_keycode_t code, xkb_keysym_t keysym);

#endif
