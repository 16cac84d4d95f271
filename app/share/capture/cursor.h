/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CURSOR_H
#define DS_APP_SHARE_CURSOR_H

#include <stdbool.h>

#include "app/share/display.h"
#include "app/share/rfb/server.h"

/*
 * The pointer's shape and place. XFIXES tells of the shape, XInput of each motion; where the server
 * has no XInput, the place is looked at with each picture. Screen thread.
 */
struct ds_cursor_watch {
    struct ds_display *display; /* borrowed */
    bool has_new_shape;
    bool has_moved;
    int x, y; /* pixels, as it was seen last */
};

/** Begin on `display` (borrowed); shape and place count as new. */
void ds_cursor_watch_init(struct ds_cursor_watch *watch, struct ds_display *display);

/** Take an event; it is looked at only if it is about the pointer. */
void ds_cursor_watch_event(struct ds_cursor_watch *watch, const xcb_generic_event_t *event);

/** Say whether ds_cursor_watch_update() has something to do. */
bool ds_cursor_watch_is_dirty(const struct ds_cursor_watch *watch);

/** Bring `server` up to date; `mover` (may be NULL) moved the pointer itself. Waits for X11. */
void ds_cursor_watch_update(struct ds_cursor_watch *watch, struct ds_server *server,
        const struct ds_server_client *mover);

#endif
