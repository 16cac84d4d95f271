/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/display.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>
#include <xcb/xinput.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

#include "net/base/limits.h"

G_DEFINE_QUARK(ds - share - error - quark, ds_share_error)

enum { DEPTH = 24, BITS_PER_PIXEL = 32 };

gboolean
ds_display_check_session(GError **error)
{
    const char *type = g_getenv("XDG_SESSION_TYPE");
    const char *display = g_getenv("DISPLAY");
    const char *wayland = g_getenv("WAYLAND_DISPLAY");

    if (g_strcmp0(type, "wayland") == 0 || (wayland != NULL && wayland[0] != '\0')) {
        g_set_error_literal(error, DS_SHARE_ERROR, DS_SHARE_ERROR_WAYLAND,
                _("This desktop runs on Wayland, and only X11 desktops can be shared so far. Log "
                  "out, choose a session \"on Xorg\" or \"X11\" on the login screen (often "
                  "behind a gear wheel), log in, and share again. Helping others works here as it "
                  "is."));
        return FALSE;
    }
    if (display == NULL || display[0] == '\0') {
        g_set_error_literal(error, DS_SHARE_ERROR, DS_SHARE_ERROR_NO_DISPLAY,
                _("There is no X11 desktop here: DISPLAY is not set. Name one with --display :N, "
                  "or a VNC server with --vnc HOST:PORT"));
        return FALSE;
    }
    return TRUE;
}

static gboolean
fail_unfit(GError **error, const char *what)
{
    g_set_error(error, DS_SHARE_ERROR, DS_SHARE_ERROR_UNFIT,
            _("This X11 display cannot be shared: it has no %s"), what);
    return FALSE;
}

static gboolean
check_extensions(struct ds_display *display, GError **error)
{
    const struct {
        xcb_extension_t *id;
        const char *name;
        uint8_t *first_event;
    } wanted[] = {
            {&xcb_damage_id, "DAMAGE", &display->damage_event},
            {&xcb_xfixes_id, "XFIXES", &display->xfixes_event},
            {&xcb_test_id, "XTEST", NULL},
            {&xcb_randr_id, "RANDR", &display->randr_event},
            {&xcb_xkb_id, "XKEYBOARD", &display->xkb_event},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const xcb_query_extension_reply_t *reply =
                xcb_get_extension_data(display->conn, wanted[i].id);
        if (reply == NULL || !reply->present)
            return fail_unfit(error, wanted[i].name);
        if (wanted[i].first_event != NULL)
            *wanted[i].first_event = reply->first_event;
    }
    return TRUE;
}

/* DAMAGE, XFIXES, RANDR and XKB serve nobody who did not ask for a version first. */
static gboolean
agree_versions(struct ds_display *display, GError **error)
{
    xcb_connection_t *conn = display->conn;
    xcb_damage_query_version_cookie_t damage = xcb_damage_query_version(conn, 1, 1);
    xcb_xfixes_query_version_cookie_t xfixes = xcb_xfixes_query_version(conn, 5, 0);
    xcb_randr_query_version_cookie_t randr = xcb_randr_query_version(conn, 1, 2);
    xcb_xkb_use_extension_cookie_t xkb = xcb_xkb_use_extension(conn, 1, 0);

    g_autofree void *damage_reply = xcb_damage_query_version_reply(conn, damage, NULL);
    g_autofree void *xfixes_reply = xcb_xfixes_query_version_reply(conn, xfixes, NULL);
    g_autofree void *randr_reply = xcb_randr_query_version_reply(conn, randr, NULL);
    g_autofree xcb_xkb_use_extension_reply_t *xkb_reply =
            xcb_xkb_use_extension_reply(conn, xkb, NULL);
    if (damage_reply == NULL)
        return fail_unfit(error, "DAMAGE 1.1");
    if (xfixes_reply == NULL)
        return fail_unfit(error, "XFIXES 5");
    if (randr_reply == NULL)
        return fail_unfit(error, "RANDR 1.2");
    if (xkb_reply == NULL || !xkb_reply->supported)
        return fail_unfit(error, "XKEYBOARD 1.0");
    return TRUE;
}

/* XInput 2.2 tells of every motion of the pointer; without it the viewer's pointer lags. */
static void
agree_xinput(struct ds_display *display)
{
    const xcb_query_extension_reply_t *data = xcb_get_extension_data(display->conn, &xcb_input_id);
    if (data == NULL || !data->present)
        return;
    g_autofree xcb_input_xi_query_version_reply_t *reply = xcb_input_xi_query_version_reply(
            display->conn, xcb_input_xi_query_version(display->conn, 2, 2), NULL);
    if (reply != NULL &&
            (reply->major_version > 2 || (reply->major_version == 2 && reply->minor_version >= 1)))
        display->xinput_opcode = data->major_opcode;
}

static xcb_screen_t *
find_screen(xcb_connection_t *conn, int number)
{
    xcb_screen_iterator_t all = xcb_setup_roots_iterator(xcb_get_setup(conn));
    while (number-- > 0 && all.rem > 0)
        xcb_screen_next(&all);
    return all.rem > 0 ? all.data : NULL;
}

/* Pixels as everybody's desktop has them: 0x00RRGGBB in 32 bits, in our own byte order. */
static bool
pixels_are_fit(xcb_connection_t *conn, const xcb_screen_t *screen)
{
    const xcb_setup_t *setup = xcb_get_setup(conn);
    const uint8_t order =
            G_BYTE_ORDER == G_LITTLE_ENDIAN ? XCB_IMAGE_ORDER_LSB_FIRST : XCB_IMAGE_ORDER_MSB_FIRST;
    bool has_format = false;
    xcb_format_iterator_t format = xcb_setup_pixmap_formats_iterator(setup);
    for (; format.rem > 0; xcb_format_next(&format))
        if (format.data->depth == DEPTH && format.data->bits_per_pixel == BITS_PER_PIXEL)
            has_format = true;
    if (!has_format || screen->root_depth != DEPTH || setup->image_byte_order != order)
        return false;
    xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(screen);
    for (; depth.rem > 0; xcb_depth_next(&depth)) {
        xcb_visualtype_iterator_t visual = xcb_depth_visuals_iterator(depth.data);
        for (; visual.rem > 0; xcb_visualtype_next(&visual))
            if (visual.data->visual_id == screen->root_visual)
                return visual.data->red_mask == 0xff0000 && visual.data->green_mask == 0xff00 &&
                       visual.data->blue_mask == 0xff;
    }
    return false;
}

static gboolean
check(struct ds_display *display, int number, const char *name, GError **error)
{
    int failed = xcb_connection_has_error(display->conn);
    xcb_screen_t *screen = failed ? NULL : find_screen(display->conn, number);
    if (screen == NULL) {
        const char *shown = name != NULL ? name : g_getenv("DISPLAY");
        g_set_error(error, DS_SHARE_ERROR, DS_SHARE_ERROR_NO_DISPLAY,
                _("The X11 display %s cannot be opened. Check its number, and whether you may use "
                  "it"),
                shown != NULL ? shown : "");
        return FALSE;
    }
    display->root = screen->root;
    display->width = screen->width_in_pixels;
    display->height = screen->height_in_pixels;
    if (!pixels_are_fit(display->conn, screen))
        return fail_unfit(error, _("24-bit colours"));
    if (display->width > DS_SCREEN_SIDE_MAX || display->height > DS_SCREEN_SIDE_MAX)
        return fail_unfit(error, _("size that we know"));
    return check_extensions(display, error) && agree_versions(display, error);
}

struct ds_display *
ds_display_open(const char *name, GError **error)
{
    struct ds_display *display = g_new0(struct ds_display, 1);
    int number = 0;
    display->conn = xcb_connect(name, &number);
    if (!check(display, number, name, error)) {
        ds_display_close(display);
        return NULL;
    }
    agree_xinput(display);
    return display;
}

void
ds_display_close(struct ds_display *display)
{
    if (display == NULL)
        return;
    xcb_disconnect(display->conn);
    g_free(display);
}
