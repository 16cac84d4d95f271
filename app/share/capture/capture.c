/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <xcb/damage.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>

#include "app/share/capture/tiles.h"
#include "net/base/err.h"
#include "net/base/limits.h"
#include "net/base/log.h"

enum {
    BANDS_MAX = 64, /* fetched at once; a region of more is fetched as its bounds */
    PLANES_ALL = ~0,
};

struct ds_capture {
    struct ds_display *display; /* borrowed */
    unsigned width, height;
    uint32_t *pixels;
    xcb_damage_damage_t damage;
    xcb_xfixes_region_t region;
    bool is_dirty;
    xcb_shm_seg_t segment; /* 0: the server cannot share memory with us */
    void *shared;
    size_t shared_bytes;
};

static size_t
picture_bytes(unsigned width, unsigned height)
{
    return (size_t)width * height * sizeof(uint32_t);
}

static void
drop_shared(struct ds_capture *capture)
{
    if (capture->segment != 0)
        xcb_shm_detach(capture->display->conn, capture->segment);
    if (capture->shared != NULL)
        munmap(capture->shared, capture->shared_bytes);
    capture->segment = 0;
    capture->shared = NULL;
}

/* A sealed file in memory, so that no segment is left behind however this program ends. */
static int
make_file(size_t bytes)
{
    int fd = memfd_create("deskside-screen", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Share memory with the X server, if it is on this machine and knows MIT-SHM 1.2. */
static void
make_shared(struct ds_capture *capture)
{
    xcb_connection_t *conn = capture->display->conn;
    const xcb_query_extension_reply_t *data = xcb_get_extension_data(conn, &xcb_shm_id);
    if (data == NULL || !data->present)
        return;
    g_autofree xcb_shm_query_version_reply_t *version =
            xcb_shm_query_version_reply(conn, xcb_shm_query_version(conn), NULL);
    if (version == NULL || version->major_version != 1 || version->minor_version < 2)
        return;
    size_t bytes = picture_bytes(capture->width, capture->height);
    int fd = make_file(bytes);
    if (fd < 0)
        return;
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) {
        close(fd);
        return;
    }
    capture->shared = shared;
    capture->shared_bytes = bytes;
    capture->segment = xcb_generate_id(conn);
    xcb_void_cookie_t cookie =
            xcb_shm_attach_fd_checked(conn, capture->segment, fd, 0); /* closes it */
    g_autofree xcb_generic_error_t *failed = xcb_request_check(conn, cookie);
    if (failed != NULL) {
        capture->segment = 0;
        drop_shared(capture);
    }
}

static int
set_size(struct ds_capture *capture, unsigned width, unsigned height)
{
    if (width == 0 || height == 0 || width > DS_SCREEN_SIDE_MAX || height > DS_SCREEN_SIDE_MAX)
        return DS_ERR_TOO_BIG;
    uint32_t *pixels = g_try_malloc0(picture_bytes(width, height));
    if (pixels == NULL)
        return DS_ERR_NOMEM;
    drop_shared(capture);
    capture->pixels = pixels;
    capture->width = width;
    capture->height = height;
    make_shared(capture);
    capture->is_dirty = true;
    return 0;
}

static void
damage_all(struct ds_capture *capture)
{
    xcb_connection_t *conn = capture->display->conn;
    const xcb_rectangle_t all = {0, 0, (uint16_t)capture->width, (uint16_t)capture->height};
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
    drop_shared(capture);
    g_free(capture->pixels);
    g_free(capture);
}

uint32_t *
ds_capture_pixels(const struct ds_capture *capture, unsigned *width, unsigned *height)
{
    if (width != NULL)
        *width = capture->width;
    if (height != NULL)
        *height = capture->height;
    return capture->pixels;
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
    uint32_t *pixels = capture->pixels;
    g_autofree xcb_get_geometry_reply_t *root =
            xcb_get_geometry_reply(conn, xcb_get_geometry(conn, capture->display->root), NULL);

    if (root == NULL)
        return DS_ERR_CLOSED;
    if (root->width == capture->width && root->height == capture->height)
        return 0;
    int err = set_size(capture, root->width, root->height);
    if (err < 0)
        return err;
    damage_all(capture);
    *old = pixels;
    return 1;
}

/* Cut `rectangle` to the picture; say whether something is left. */
static bool
clip(const struct ds_capture *capture, xcb_rectangle_t *rectangle)
{
    int x1 = MAX(rectangle->x, 0), y1 = MAX(rectangle->y, 0);
    int x2 = MIN(rectangle->x + rectangle->width, (int)capture->width);
    int y2 = MIN(rectangle->y + rectangle->height, (int)capture->height);
    if (x1 >= x2 || y1 >= y2)
        return false;
    rectangle->x = (int16_t)x1;
    rectangle->y = (int16_t)y1;
    rectangle->width = (uint16_t)(x2 - x1);
    rectangle->height = (uint16_t)(y2 - y1);
    return true;
}

/* Take the damage, as rectangles that do not overlap. Returns their count, or DS_ERR_CLOSED. */
static int
take_damage(struct ds_capture *capture, xcb_rectangle_t bands[static BANDS_MAX])
{
    xcb_connection_t *conn = capture->display->conn;
    int count = 0;

    xcb_damage_subtract(conn, capture->damage, XCB_NONE, capture->region);
    g_autofree xcb_xfixes_fetch_region_reply_t *reply = xcb_xfixes_fetch_region_reply(
            conn, xcb_xfixes_fetch_region(conn, capture->region), NULL);
    if (reply == NULL)
        return DS_ERR_CLOSED;
    capture->is_dirty = false;
    int all = xcb_xfixes_fetch_region_rectangles_length(reply);
    const xcb_rectangle_t *rectangles = xcb_xfixes_fetch_region_rectangles(reply);
    if (all > BANDS_MAX) {
        bands[0] = reply->extents;
        return clip(capture, &bands[0]) ? 1 : 0;
    }
    for (int i = 0; i < all; i++) {
        bands[count] = rectangles[i];
        if (clip(capture, &bands[count]))
            count++;
    }
    return count;
}

static void
compare(struct ds_capture *capture, const xcb_rectangle_t *band, const uint32_t *fresh,
        ds_capture_fn fn, void *arg)
{
    const struct ds_canvas canvas = {
            capture->pixels, (int)capture->width, (int)capture->height};
    const struct ds_band tiles = {band->x, band->y, band->width, band->height, fresh};
    ds_tiles_update(&canvas, &tiles, fn, arg);
}

/* The server writes all bands into the shared memory, one behind the other, in one go. */
static bool
fetch_shared(struct ds_capture *capture, const xcb_rectangle_t *bands, int count, ds_capture_fn fn,
        void *arg)
{
    xcb_connection_t *conn = capture->display->conn;
    xcb_shm_get_image_cookie_t cookies[BANDS_MAX];
    size_t offset = 0;
    bool ok = true;

    for (int i = 0; i < count; i++) {
        const xcb_rectangle_t *band = &bands[i];
        cookies[i] = xcb_shm_get_image(conn, capture->display->root, band->x, band->y, band->width,
                band->height, (uint32_t)PLANES_ALL, XCB_IMAGE_FORMAT_Z_PIXMAP, capture->segment,
                (uint32_t)offset);
        offset += picture_bytes(band->width, band->height);
    }
    offset = 0;
    for (int i = 0; i < count; i++) {
        const xcb_rectangle_t *band = &bands[i];
        g_autofree void *reply = xcb_shm_get_image_reply(conn, cookies[i], NULL);
        if (reply != NULL)
            compare(capture, band, (const uint32_t *)capture->shared + offset / sizeof(uint32_t),
                    fn, arg);
        ok = ok && reply != NULL;
        offset += picture_bytes(band->width, band->height);
    }
    return ok;
}

static bool
fetch_plain(struct ds_capture *capture, const xcb_rectangle_t *bands, int count, ds_capture_fn fn,
        void *arg)
{
    xcb_connection_t *conn = capture->display->conn;
    bool ok = true;

    for (int i = 0; i < count; i++) {
        const xcb_rectangle_t *band = &bands[i];
        g_autofree xcb_get_image_reply_t *reply = xcb_get_image_reply(conn,
                xcb_get_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, capture->display->root, band->x,
                        band->y, band->width, band->height, (uint32_t)PLANES_ALL),
                NULL);
        if (reply == NULL || (size_t)xcb_get_image_data_length(reply) <
                                     picture_bytes(band->width, band->height)) {
            ok = false;
            continue;
        }
        /* XCB aligns a reply's data to 4 bytes. */
        const void *data = xcb_get_image_data(reply);
        compare(capture, band, data, fn, arg);
    }
    return ok;
}

int
ds_capture_update(struct ds_capture *capture, ds_capture_fn fn, void *arg)
{
    xcb_rectangle_t bands[BANDS_MAX];
    int count = take_damage(capture, bands);
    if (count < 0)
        return count;
    bool ok = capture->segment != 0 ? fetch_shared(capture, bands, count, fn, arg)
                                    : fetch_plain(capture, bands, count, fn, arg);
    if (!ok)
        damage_all(capture);
    return xcb_connection_has_error(capture->display->conn) ? DS_ERR_CLOSED : 0;
}
