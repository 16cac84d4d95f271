/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/cursor.h"

#include <xcb/xfixes.h>
#include <xcb/xinput.h>

#include "net/base/limits.h"

void
ds_cursor_watch_init(struct ds_cursor_watch *watch, struct ds_display *display)
{
    *watch = (struct ds_cursor_watch){
            .display = display, .has_new_shape = true, .has_moved = true, .x = -1, .y = -1};
    xcb_xfixes_select_cursor_input(
            display->conn, display->root, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    if (display->xinput_opcode == 0)
        return;
    struct {
        xcb_input_event_mask_t head;
        uint32_t mask;
    } select = {
            .head = {.deviceid = XCB_INPUT_DEVICE_ALL_MASTER, .mask_len = 1},
            .mask = XCB_INPUT_XI_EVENT_MASK_RAW_MOTION,
    };
    xcb_input_xi_select_events(display->conn, display->root, 1, &select.head);
}

void
ds_cursor_watch_event(struct ds_cursor_watch *watch, const xcb_generic_event_t *event)
{
    const struct ds_display *display = watch->display;
    uint8_t type = event->response_type & 0x7f;
    if (type == display->xfixes_event + XCB_XFIXES_CURSOR_NOTIFY)
        watch->has_new_shape = watch->has_moved = true;
    if (type == XCB_GE_GENERIC && display->xinput_opcode != 0) {
        const xcb_ge_generic_event_t *generic = (const void *)event;
        if (generic->extension == display->xinput_opcode &&
                generic->event_type == XCB_INPUT_RAW_MOTION)
            watch->has_moved = true;
    }
}

bool
ds_cursor_watch_is_dirty(const struct ds_cursor_watch *watch)
{
    return watch->has_new_shape || watch->has_moved;
}

/* Take every n-th pixel of a shape that is larger than the encoder's buffer. */
static void
shrink(struct ds_server_cursor *cursor, uint32_t *pixels)
{
    unsigned side = MAX(cursor->width, cursor->height);
    unsigned step = (side + DS_SHARE_CURSOR_SIDE_MAX - 1) / DS_SHARE_CURSOR_SIDE_MAX;
    unsigned width = cursor->width / step, height = cursor->height / step;

    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            pixels[y * width + x] = pixels[y * step * cursor->width + x * step];
    cursor->width = width;
    cursor->height = height;
    cursor->hot_x = MIN(cursor->hot_x / step, width - 1);
    cursor->hot_y = MIN(cursor->hot_y / step, height - 1);
}

static void
update_shape(struct ds_cursor_watch *watch, struct ds_server *server)
{
    xcb_connection_t *conn = watch->display->conn;
    g_autofree xcb_xfixes_get_cursor_image_reply_t *image =
            xcb_xfixes_get_cursor_image_reply(conn, xcb_xfixes_get_cursor_image(conn), NULL);
    /* Xorg 21.1's SECURITY hides the shape when the program that made it has ended (xsetroot): then
     * the last one stays. */
    if (image == NULL)
        return;
    uint32_t *pixels = xcb_xfixes_get_cursor_image_cursor_image(image);
    struct ds_server_cursor cursor = {
            .width = image->width,
            .height = image->height,
            .hot_x = image->xhot,
            .hot_y = image->yhot,
            .pixels = pixels,
    };
    const struct ds_server_cursor hidden = {.width = 1, .height = 1, .pixels = &(uint32_t){0}};
    if (cursor.width == 0 || cursor.height == 0) {
        ds_server_set_cursor(server, &hidden);
        return;
    }
    if (MAX(cursor.width, cursor.height) > DS_SHARE_CURSOR_SIDE_MAX)
        shrink(&cursor, pixels);
    ds_server_set_cursor(server, cursor.width > 0 && cursor.height > 0 ? &cursor : &hidden);
}

void
ds_cursor_watch_update(struct ds_cursor_watch *watch, struct ds_server *server,
        const struct ds_server_client *mover)
{
    xcb_connection_t *conn = watch->display->conn;
    if (watch->display->xinput_opcode != 0 && !ds_cursor_watch_is_dirty(watch))
        return;
    if (watch->has_new_shape)
        update_shape(watch, server);
    g_autofree xcb_query_pointer_reply_t *pointer =
            xcb_query_pointer_reply(conn, xcb_query_pointer(conn, watch->display->root), NULL);
    if (pointer != NULL && (pointer->root_x != watch->x || pointer->root_y != watch->y)) {
        watch->x = pointer->root_x;
        watch->y = pointer->root_y;
        ds_server_set_pointer(server, watch->x, watch->y, mover);
    }
    watch->has_new_shape = watch->has_moved = false;
}
