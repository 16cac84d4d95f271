/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/mirror.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <gdk/gdkx.h>

#include <X11/Xlib-xcb.h>
#include <cairo-xlib.h>
#include <xcb/shm.h>

enum { DEPTH = 24, BITS_PER_PIXEL = 32 };

struct ds_mirror {
    xcb_connection_t *conn; /* borrowed: GDK's */
    xcb_shm_seg_t segment;
    xcb_pixmap_t pixmap;
    xcb_gcontext_t gc;
    int width, height;
    cairo_surface_t *surface; /* of the pixmap */
};

/* Waits for the server's answer. */
static gboolean
is_done(xcb_connection_t *conn, xcb_void_cookie_t request)
{
    xcb_generic_error_t *error = xcb_request_check(conn, request);
    gboolean is_refused = error != NULL;
    free(error);
    return !is_refused;
}

/* A descriptor goes no further, whatever the connection's other end is called. */
static gboolean
is_local(xcb_connection_t *conn)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    return getsockname(xcb_get_file_descriptor(conn), (struct sockaddr *)&address, &len) == 0 &&
           address.ss_family == AF_UNIX;
}

static gboolean
takes_descriptors(xcb_connection_t *conn)
{
    const xcb_query_extension_reply_t *extension = xcb_get_extension_data(conn, &xcb_shm_id);
    if (extension == NULL || !extension->present)
        return FALSE;
    xcb_shm_query_version_reply_t *version =
            xcb_shm_query_version_reply(conn, xcb_shm_query_version(conn), NULL);
    gboolean is_new = version != NULL &&
                      (version->major_version > 1 ||
                              (version->major_version == 1 && version->minor_version >= 2));
    free(version);
    return is_new;
}

/* Whether an image of that depth has our layout: a whole word each pixel, its bytes in our order.
 */
static gboolean
has_our_words(const xcb_setup_t *setup)
{
    const int order =
            G_BYTE_ORDER == G_LITTLE_ENDIAN ? XCB_IMAGE_ORDER_LSB_FIRST : XCB_IMAGE_ORDER_MSB_FIRST;
    const xcb_format_t *formats = xcb_setup_pixmap_formats(setup);
    for (int i = 0; i < xcb_setup_pixmap_formats_length(setup); i++)
        if (formats[i].depth == DEPTH)
            return formats[i].bits_per_pixel == BITS_PER_PIXEL && setup->image_byte_order == order;
    return FALSE;
}

static gboolean
has_our_colours(GdkVisual *visual)
{
    guint32 red, green, blue;
    gdk_visual_get_red_pixel_details(visual, &red, NULL, NULL);
    gdk_visual_get_green_pixel_details(visual, &green, NULL, NULL);
    gdk_visual_get_blue_pixel_details(visual, &blue, NULL, NULL);
    return gdk_visual_get_depth(visual) == DEPTH && red == 0xff0000 && green == 0xff00 &&
           blue == 0xff;
}

static gboolean
attach(struct ds_mirror *mirror, int memory)
{
    int fd = fcntl(memory, F_DUPFD_CLOEXEC, 0); /* xcb closes it */
    if (fd < 0)
        return FALSE;
    mirror->segment = xcb_generate_id(mirror->conn);
    return is_done(
            mirror->conn, xcb_shm_attach_fd_checked(mirror->conn, mirror->segment, fd, TRUE));
}

static gboolean
make_pixmap(struct ds_mirror *mirror, GdkScreen *screen)
{
    GdkDisplay *display = gdk_screen_get_display(screen);
    GdkVisual *visual = gdk_screen_get_system_visual(screen);
    xcb_window_t root = (xcb_window_t)GDK_WINDOW_XID(gdk_screen_get_root_window(screen));
    mirror->pixmap = xcb_generate_id(mirror->conn);
    if (!is_done(mirror->conn, xcb_create_pixmap_checked(mirror->conn, DEPTH, mirror->pixmap, root,
                                       (uint16_t)mirror->width, (uint16_t)mirror->height)))
        return FALSE;
    mirror->gc = xcb_generate_id(mirror->conn);
    xcb_create_gc(mirror->conn, mirror->gc, mirror->pixmap, 0, NULL);
    mirror->surface = cairo_xlib_surface_create(GDK_DISPLAY_XDISPLAY(display), mirror->pixmap,
            GDK_VISUAL_XVISUAL(visual), mirror->width, mirror->height);
    return TRUE;
}

struct ds_mirror *
ds_mirror_new(GdkScreen *screen, int memory, int width, int height)
{
    GdkDisplay *display = gdk_screen_get_display(screen);
    if (!GDK_IS_X11_DISPLAY(display) || !has_our_colours(gdk_screen_get_system_visual(screen)))
        return NULL;
    xcb_connection_t *conn = XGetXCBConnection(GDK_DISPLAY_XDISPLAY(display));
    if (!is_local(conn) || !takes_descriptors(conn) || !has_our_words(xcb_get_setup(conn)))
        return NULL;
    struct ds_mirror *mirror = g_new0(struct ds_mirror, 1);
    mirror->conn = conn;
    mirror->width = width;
    mirror->height = height;
    if (!attach(mirror, memory)) {
        g_free(mirror);
        return NULL;
    }
    if (!make_pixmap(mirror, screen)) {
        xcb_shm_detach(conn, mirror->segment);
        g_free(mirror);
        return NULL;
    }
    return mirror;
}

static xcb_void_cookie_t
put(struct ds_mirror *mirror, const cairo_rectangle_int_t *rect)
{
    int16_t x = (int16_t)rect->x, y = (int16_t)rect->y;
    return xcb_shm_put_image_checked(mirror->conn, mirror->pixmap, mirror->gc,
            (uint16_t)mirror->width, (uint16_t)mirror->height, (uint16_t)x, (uint16_t)y,
            (uint16_t)rect->width, (uint16_t)rect->height, x, y, DEPTH, XCB_IMAGE_FORMAT_Z_PIXMAP,
            FALSE, mirror->segment, 0);
}

gboolean
ds_mirror_update(struct ds_mirror *mirror, const cairo_region_t *pixels)
{
    int count = cairo_region_num_rectangles(pixels);
    g_autofree xcb_void_cookie_t *requests = g_new(xcb_void_cookie_t, count);
    cairo_rectangle_int_t rect;
    gboolean is_ok = TRUE;
    cairo_surface_flush(mirror->surface);
    for (int i = 0; i < count; i++) {
        cairo_region_get_rectangle(pixels, i, &rect);
        requests[i] = put(mirror, &rect);
    }
    /* The first of them waits for all. */
    for (int i = 0; i < count; i++)
        is_ok = is_done(mirror->conn, requests[i]) && is_ok;
    cairo_surface_mark_dirty(mirror->surface);
    return is_ok;
}

cairo_surface_t *
ds_mirror_get_surface(struct ds_mirror *mirror)
{
    return mirror->surface;
}

void
ds_mirror_free(struct ds_mirror *mirror)
{
    if (mirror == NULL)
        return;
    cairo_surface_finish(mirror->surface);
    cairo_surface_destroy(mirror->surface);
    xcb_free_gc(mirror->conn, mirror->gc);
    xcb_free_pixmap(mirror->conn, mirror->pixmap);
    xcb_shm_detach(mirror->conn, mirror->segment);
    g_free(mirror);
}
