/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_GUARD_H
#define DS_APP_SHARE_GUARD_H

#include <stdbool.h>

#include "app/share/display.h"

/*
 * Knows our own windows: whoever controls the desktop must not click away the question whether they
 * may. A window of ours is one that our program's X11 connection made, which its resource id tells.
 * Screen thread.
 */
struct ds_guard {
    struct ds_display *display; /* borrowed */
    uint32_t base,
            mask; /* of the connection, as xcb_setup_t has them; mask 0: not known, ask nothing */
};

/** Say whether the pointer is over a window of ours. Waits for the X server. */
bool ds_guard_pointer_is_ours(const struct ds_guard *guard);

/** Say whether the keyboard's focus is in a window of ours. Waits for the X server. */
bool ds_guard_focus_is_ours(const struct ds_guard *guard);

#endif
