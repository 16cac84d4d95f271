/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_DISPLAY_H
#define DS_APP_SHARE_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <xcb/xcb.h>

/* Why a display cannot be shared. */
#define DS_SHARE_ERROR (ds_share_error_quark())
enum ds_share_error {
    DS_SHARE_ERROR_WAYLAND,    /* a Wayland session, which this version cannot share */
    DS_SHARE_ERROR_NO_DISPLAY, /* it cannot be opened */
    DS_SHARE_ERROR_UNFIT,      /* it lacks an extension, or has other pixels than we know */
    DS_SHARE_ERROR_SYSTEM,     /* descriptors, memory or threads ran out */
};

/** Return the domain of the errors above. Any thread. */
GQuark ds_share_error_quark(void);

/*
 * The connection to the X server, whose root window is what is shared. XCB, since Xlib ends the
 * program when the server does. One thread at a time.
 */
struct ds_display {
    xcb_connection_t *conn;
    xcb_window_t root;
    unsigned width, height; /* pixels, when it was opened */
    uint8_t damage_event;   /* first event numbers of the extensions */
    uint8_t xfixes_event;
    uint8_t randr_event;
    uint8_t xkb_event;
    uint8_t xinput_opcode; /* major opcode, 0: pointer motion is not told */
};

/**
 * Say why this session's own desktop cannot be shared without looking further: it is Wayland's, or
 * there is none. Returns FALSE with `error` set then. Reads the environment; any thread.
 */
gboolean ds_display_check_session(GError **error);

/**
 * Open the display `name` (":1"; NULL: $DISPLAY) and check that it can be shared. The message of
 * `error` is a translated sentence. Blocks as long as the X server takes to answer.
 */
struct ds_display *ds_display_open(const char *name, GError **error);

/** Close it; NULL is fine. */
void ds_display_close(struct ds_display *display);

#endif
