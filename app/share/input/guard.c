/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/guard.h"

enum { DEPTH_MAX = 64 };

static bool
window_is_ours(const struct ds_guard *guard, xcb_window_t window)
{
    return (window & ~guard->mask) == guard->base;
}

bool
ds_guard_pointer_is_ours(const struct ds_guard *guard)
{
    xcb_connection_t *conn = guard->display->conn;
    xcb_window_t window = guard->display->root;

    /* From the root down: a window manager's frame lies between, and may lie in ours never. */
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        g_autofree xcb_query_pointer_reply_t *reply =
                xcb_query_pointer_reply(conn, xcb_query_pointer(conn, window), NULL);
        if (reply == NULL)
            return true; /* it has just gone: better safe */
        if (reply->child == XCB_NONE)
            return false;
        if (window_is_ours(guard, reply->child))
            return true;
        window = reply->child;
    }
    return true;
}

bool
ds_guard_focus_is_ours(const struct ds_guard *guard)
{
    xcb_connection_t *conn = guard->display->conn;
    g_autofree xcb_get_input_focus_reply_t *reply =
            xcb_get_input_focus_reply(conn, xcb_get_input_focus(conn), NULL);
    if (reply == NULL)
        return true;
    if (reply->focus == XCB_INPUT_FOCUS_POINTER_ROOT)
        return ds_guard_pointer_is_ours(guard);
    return reply->focus != XCB_NONE && window_is_ours(guard, reply->focus);
}
