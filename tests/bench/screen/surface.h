/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window of pixels on an X display, in memory that is shared with the X server. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

struct surface {
    xcb_connection_t *conn;
    xcb_window_t window;
    xcb_gcontext_t gc;
    xcb_shm_seg_t segment;
    int width, height;
    uint32_t *pixels; /* 0xRRGGBB, `width` in a row */
};

/*
 * Make a window without border, above those that are there, and map it; it gets keys and buttons.
 * Exits when the display has no shared memory.
 */
void surface_init(
        struct surface *surface, xcb_connection_t *conn, int x, int y, int width, int height);

/* Show a part of the pixels, after what was asked for before; they must stay until surface_wait().
 */
void surface_put(struct surface *surface, int x, int y, int width, int height);

/* Return when the X server has drawn all that was asked for. */
void surface_wait(const struct surface *surface);

/* Let the X server itself draw these pixels where the window is uncovered. */
void surface_keep(struct surface *surface);

/* Show a part of the pixels; return when the X server has drawn it. */
void surface_show(struct surface *surface, int x, int y, int width, int height);
