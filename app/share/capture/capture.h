/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CAPTURE_H
#define DS_APP_SHARE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/share/capture/motion.h"
#include "app/share/capture/tiles.h"
#include "app/share/display.h"

/*
 * The picture of the root window in memory, kept up to date by what DAMAGE tells: nothing is looked
 * at that did not change. Screen thread.
 */
struct ds_capture;

/* What an update tells: all moves first, in their order, then what differs after them. */
struct ds_capture_handler {
    ds_motion_fn on_moved;
    ds_tiles_fn on_changed;
    void *arg;
};

/**
 * Begin on `display` (borrowed). All of the picture is black, and damaged. Returns NULL with
 * `error` set when memory is out or the server refuses.
 */
struct ds_capture *ds_capture_new(struct ds_display *display, GError **error);

/** Free it; NULL is fine. */
void ds_capture_free(struct ds_capture *capture);

/** Return the pixels, 0x00RRGGBB, borrowed until ds_capture_resize(); `width` and `height` may be
 * NULL. */
uint32_t *ds_capture_pixels(const struct ds_capture *capture, unsigned *width, unsigned *height);

/** Take an event; it is looked at only if it is DAMAGE's. */
void ds_capture_event(struct ds_capture *capture, const xcb_generic_event_t *event);

/** Say whether something changed since the last ds_capture_update(). */
bool ds_capture_is_dirty(const struct ds_capture *capture);

/**
 * Take the root's present size. Returns 1 when it is another one: the pixels are new, black and
 * damaged, and the old ones are still there, in `*old`, owned by the caller (g_free). 0 when
 * nothing changed, negative when memory is out or the size is over the limits.
 */
int ds_capture_resize(struct ds_capture *capture, uint32_t **old);

/**
 * Fetch what was damaged, look for what was scrolled or dragged, compare the rest, and tell
 * `handler` of it. What cannot be fetched (the size just changed) stays damaged. Returns 0, or
 * DS_ERR_CLOSED when the server is gone.
 */
int ds_capture_update(struct ds_capture *capture, const struct ds_capture_handler *handler);

#endif
