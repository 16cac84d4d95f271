/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/surface.h"

#include <err.h>
#include <stdlib.h>
#include <sys/shm.h>

static xcb_screen_t *
first_screen(xcb_connection_t *conn)
{
    return xcb_setup_roots_iterator(xcb_get_setup(conn)).data;
}

static void
share_pixels(struct surface *surface)
{
    size_t size = (size_t)surface->width * (size_t)surface->height * sizeof *surface->pixels;
    int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
    void *memory = id >= 0 ? shmat(id, NULL, 0) : (void *)-1;
    if (memory == (void *)-1)
        err(EXIT_FAILURE, "shared memory");
    surface->pixels = memory;
    surface->segment = xcb_generate_id(surface->conn);
    xcb_generic_error_t *error = xcb_request_check(surface->conn,
            xcb_shm_attach_checked(surface->conn, surface->segment, (uint32_t)id, 0));
    shmctl(id, IPC_RMID, NULL);
    if (error != NULL)
        errx(EXIT_FAILURE, "the display has no shared memory");
}

void
surface_init(struct surface *surface, xcb_connection_t *conn, int x, int y, int width, int height)
{
    const xcb_screen_t *screen = first_screen(conn);
    uint32_t values[] = {1, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_BUTTON_PRESS};

    *surface = (struct surface){.conn = conn, .width = width, .height = height};
    surface->window = xcb_generate_id(conn);
    xcb_create_window(conn, XCB_COPY_FROM_PARENT, surface->window, screen->root, (int16_t)x,
            (int16_t)y, (uint16_t)width, (uint16_t)height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
            screen->root_visual, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    surface->gc = xcb_generate_id(conn);
    xcb_create_gc(conn, surface->gc, surface->window, XCB_GC_GRAPHICS_EXPOSURES, (uint32_t[]){0});
    xcb_map_window(conn, surface->window);
    share_pixels(surface);
}

void
surface_put(struct surface *surface, int x, int y, int width, int height)
{
    xcb_shm_put_image(surface->conn, surface->window, surface->gc, (uint16_t)surface->width,
            (uint16_t)surface->height, (uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height,
            (int16_t)x, (int16_t)y, first_screen(surface->conn)->root_depth,
            XCB_IMAGE_FORMAT_Z_PIXMAP, 0, surface->segment, 0);
}

void
surface_wait(const struct surface *surface)
{
    free(xcb_get_input_focus_reply(surface->conn, xcb_get_input_focus(surface->conn), NULL));
}

void
surface_show(struct surface *surface, int x, int y, int width, int height)
{
    surface_put(surface, x, y, width, height);
    surface_wait(surface);
}

void
surface_keep(struct surface *surface)
{
    xcb_connection_t *conn = surface->conn;
    xcb_pixmap_t pixmap = xcb_generate_id(conn);
    surface_put(surface, 0, 0, surface->width, surface->height);
    xcb_create_pixmap(conn, first_screen(conn)->root_depth, pixmap, surface->window,
            (uint16_t)surface->width, (uint16_t)surface->height);
    xcb_copy_area(conn, surface->window, pixmap, surface->gc, 0, 0, 0, 0, (uint16_t)surface->width,
            (uint16_t)surface->height);
    xcb_change_window_attributes(conn, surface->window, XCB_CW_BACK_PIXMAP, &pixmap);
    xcb_free_pixmap(conn, pixmap);
    surface_wait(surface);
}
