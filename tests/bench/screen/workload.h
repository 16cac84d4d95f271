/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What moves on the screen. */
#pragma once

#include <stdint.h>

#include <xcb/xcb.h>

struct workload {
    const char *name;
    /*
     * Make windows, and print a line `STAMP PLACE` for each stamp, in pixels of the
     * screen, or `MOVING PLACE` for one that goes along stamp_path().
     */
    void (*begin)(xcb_connection_t *conn);
    /* Paint the change with this number from 0 on, stamped with `now_us`; return when it is there.
     */
    void (*paint)(unsigned frame, uint32_t now_us);
};

/* A video of 1280 x 720 pixels: `video` on a larger screen, `motion` fills one of that size. */
extern const struct workload workload_video, workload_motion;

/* Pages of text, and like a web site's, that are scrolled. */
extern const struct workload workload_text, workload_web;

/* A letter at a time; and a window that is moved by its title. */
extern const struct workload workload_typing, workload_drag;
