/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Grabs keyboard and pointer, as a menu or a screen lock does, and prints each press that it hears:
 * run by desktops.py. Ends with its X server, or by a signal.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <xcb/xcb.h>

enum { SIDE = 50, EVENT_MASK = 0x7f };

static xcb_window_t
show_window(xcb_connection_t *conn, const xcb_screen_t *screen)
{
    const uint32_t values[] = {1, XCB_EVENT_MASK_STRUCTURE_NOTIFY};
    xcb_window_t window = xcb_generate_id(conn);
    xcb_create_window(conn, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0, SIDE, SIDE, 0,
            XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
            XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(conn, window);
    xcb_flush(conn);
    xcb_generic_event_t *event;
    while ((event = xcb_wait_for_event(conn)) != NULL) {
        bool is_there = (event->response_type & EVENT_MASK) == XCB_MAP_NOTIFY;
        free(event);
        if (is_there)
            return window;
    }
    return XCB_NONE;
}

static bool
grab(xcb_connection_t *conn, xcb_window_t window)
{
    const uint8_t async = XCB_GRAB_MODE_ASYNC;
    xcb_grab_keyboard_reply_t *keyboard = xcb_grab_keyboard_reply(
            conn, xcb_grab_keyboard(conn, false, window, XCB_CURRENT_TIME, async, async), NULL);
    xcb_grab_pointer_reply_t *pointer = xcb_grab_pointer_reply(conn,
            xcb_grab_pointer(conn, false, window, XCB_EVENT_MASK_BUTTON_PRESS, async, async,
                    XCB_NONE, XCB_NONE, XCB_CURRENT_TIME),
            NULL);
    bool ok = keyboard != NULL && keyboard->status == XCB_GRAB_STATUS_SUCCESS && pointer != NULL &&
              pointer->status == XCB_GRAB_STATUS_SUCCESS;
    free(keyboard);
    free(pointer);
    return ok;
}

int
main(void)
{
    xcb_connection_t *conn = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(conn))
        return EXIT_FAILURE;
    xcb_window_t window = show_window(conn, xcb_setup_roots_iterator(xcb_get_setup(conn)).data);
    puts(grab(conn, window) ? "GRABBED" : "REFUSED");
    fflush(stdout);
    xcb_generic_event_t *event;
    while ((event = xcb_wait_for_event(conn)) != NULL) {
        uint8_t type = event->response_type & EVENT_MASK;
        if (type == XCB_KEY_PRESS || type == XCB_BUTTON_PRESS)
            puts(type == XCB_KEY_PRESS ? "key" : "button");
        fflush(stdout);
        free(event);
    }
    xcb_disconnect(conn);
    return EXIT_SUCCESS;
}
