/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/capture.h"

#include <glib/gi18n.h>
#include <xcb/damage.h>
#include <xcb/xfixes.h>

#include "app/share/capture/fetch.h"
#include "app/share/capture/tiles.h"
#include "net/base/err.h"
#include "net/base/limits.h"

struct ds_capture {
    struct ds_display *display; /* borrowed */
    struct ds_canvas canvas;    /* owned */
    struct ds_fetch fetch;
    struct ds_motion *motion;
    xcb_damage_damage_t damage;
    xcb_xfixes_region_t region;
    bool is_dirty;
};

/* Make a new, black picture; the old one is the caller's. */
static int
set_size(struct ds_capture *capture, unsigned width, unsigned height)
{
    const size_t count = (size_t)width * height;
    if (width == 0 || height == 0 || width > DS_SCREEN_SIDE_MAX || height > DS_SCREEN_SIDE_MAX)
        return DS_ERR_TOO_BIG;
    uint32_t *pixels = g_try_malloc0(count * sizeof *pixels);
    if (pixels == NULL)
        return DS_ERR_NOMEM;
    capture->canvas = (struct ds_canvas){pixels, (int)width, (int)height};
    ds_fetch_init(&capture->fetch, capture->display, count);
    return 0;
}

static void
damage_all(struct ds_capture *capture)
{
    xcb_connection_t *conn = capture->display->conn;
    const xcb_rectangle_t all = {
            0, 0, (uint16_t)capture->canvas.width, (uint16_t)capture->canvas.height};
    xcb_xfixes_set_region(conn, capture->region, 1, &all);
    xcb_damage_add(conn, capture->display->root, capture->region);
    capture->is_dirty = true;
}

struct ds_capture *
ds_capture_new(struct ds_display *display, GError **error)
{
    struct ds_capture *capture = g_new0(struct ds_capture, 1);
    capture->display = display;
    if (set_size(capture, display->width, display->height) < 0) {
        g_set_error_literal(error, DS_SHARE_ERROR, DS_SHARE_ERROR_SYSTEM,
                _("There is not enough memory for a picture of the screen"));
        g_free(capture);
        return NULL;
    }
    capture->motion = ds_motion_new();
    capture->damage = xcb_generate_id(display->conn);
    capture->region = xcb_generate_id(display->conn);
    xcb_xfixes_create_region(display->conn, capture->region, 0, NULL);
    xcb_damage_create(
            display->conn, capture->damage, display->root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
    damage_all(capture);
    return capture;
}

void
ds_capture_free(struct ds_capture *capture)
{
    if (capture == NULL)
        return;
    xcb_damage_destroy(capture->display->conn, capture->damage);
    xcb_xfixes_destroy_region(capture->display->conn, capture->region);
    ds_fetch_finish(&capture->fetch);
    ds_motion_free(capture->motion);
    g_free(capture->canvas.pixels);
    g_free(capture);
}

uint32_t *
ds_capture_pixels(const struct ds_capture *capture, unsigned *width, unsigned *height)
{
    if (width != NULL)
        *width = (unsigned)capture->canvas.width;
    if (height != NULL)
        *height = (unsigned)capture->canvas.height;
    return capture->canvas.pixels;
}

void
ds_capture_event(struct ds_capture *capture, const xcb_generic_event_t *event)
{
    if ((event->response_type & 0x7f) == capture->display->damage_event + XCB_DAMAGE_NOTIFY)
        capture->is_dirty = true;
}

bool
ds_capture_is_dirty(const struct ds_capture *capture)
{
    return capture->is_dirty;
}

int
ds_capture_resize(struct ds_capture *capture, uint32_t **old)
{
    xcb_connection_t *conn = capture->display->conn;
    const struct ds_canvas canvas = capture->canvas;
    struct ds_fetch fetch = capture->fetch;
    g_autofree xcb_get_geometry_reply_t *root =
            xcb_get_geometry_reply(conn, xcb_get_geometry(conn, capture->display->root), NULL);

    if (root == NULL)
        return DS_ERR_CLOSED;
    if (root->width == canvas.width && root->height == canvas.height)
        return 0;
    int err = set_size(capture, root->width, root->height);
    if (err < 0)
        return err;
    ds_fetch_finish(&fetch);
    damage_all(capture);
    *old = canvas.pixels;
    return 1;
}

/* Add what of a damaged rectangle is inside of the picture. */
static void
add_damage(const struct ds_canvas *canvas, const xcb_rectangle_t *damage, struct ds_bands *bands)
{
    int x1 = MAX(damage->x, 0), y1 = MAX(damage->y, 0);
    int x2 = MIN(damage->x + damage->width, canvas->width);
    int y2 = MIN(damage->y + damage->height, canvas->height);
    if (x1 < x2 && y1 < y2)
        ds_bands_add(bands, x1, y1, x2 - x1, y2 - y1);
}

/* Take the damage, as bands that fit the memory for them. Returns 0, or DS_ERR_CLOSED. */
static int
take_damage(struct ds_capture *capture, struct ds_bands *bands)
{
    xcb_connection_t *conn = capture->display->conn;
    const struct ds_canvas *canvas = &capture->canvas;

    xcb_damage_subtract(conn, capture->damage, XCB_NONE, capture->region);
    g_autofree xcb_xfixes_fetch_region_reply_t *reply = xcb_xfixes_fetch_region_reply(
            conn, xcb_xfixes_fetch_region(conn, capture->region), NULL);
    if (reply == NULL)
        return DS_ERR_CLOSED;
    capture->is_dirty = false;
    int count = xcb_xfixes_fetch_region_rectangles_length(reply);
    const xcb_rectangle_t *rectangles = xcb_xfixes_fetch_region_rectangles(reply);
    for (int i = 0; i < count; i++)
        add_damage(canvas, &rectangles[i], bands);
    if (ds_bands_pixels(bands) > (size_t)canvas->width * (size_t)canvas->height)
        ds_bands_unite(bands);
    return 0;
}

/* Forget what was drawn again as it was, which is then looked at once only. */
static void
trim(const struct ds_canvas *canvas, struct ds_bands *bands)
{
    size_t count = 0;
    for (size_t i = 0; i < bands->count; i++)
        if (ds_tiles_trim(canvas, &bands->list[i]))
            bands->list[count++] = bands->list[i];
    bands->count = count;
}

int
ds_capture_update(struct ds_capture *capture, const struct ds_capture_handler *handler)
{
    const struct ds_canvas *canvas = &capture->canvas;
    struct ds_bands bands = {.count = 0};

    int err = take_damage(capture, &bands);
    if (err < 0)
        return err;
    if (!ds_fetch_bands(&capture->fetch, &bands))
        damage_all(capture);
    trim(canvas, &bands);
    /* All that moved first: comparing overwrites where it came from. */
    ds_motion_apply(
            capture->motion, canvas, bands.list, bands.count, handler->on_moved, handler->arg);
    for (size_t i = 0; i < bands.count; i++)
        ds_tiles_update(canvas, &bands.list[i], handler->on_changed, handler->arg);
    ds_fetch_release(&capture->fetch);
    return xcb_connection_has_error(capture->display->conn) ? DS_ERR_CLOSED : 0;
}
