/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window of text is dragged over a page with photos, which the X server draws by itself. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/screen/page.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/surface.h"
#include "tests/bench/screen/workload.h"

enum {
    WIDTH = 1920,
    HEIGHT = 1080,
    X = 120, /* of the window, where its way begins */
    Y = 120,
    WINDOW_WIDTH = 700,
    WINDOW_HEIGHT = 500,
    STAMP_WIDTH = 64,
    STAMP_HEIGHT = 40,
    FIXED_X = WIDTH - STAMP_WIDTH, /* where the window does not come */
    FIXED_Y = HEIGHT - STAMP_HEIGHT,
};

static const struct stamp_place place = {0, 0, 8, 8, 8};

static struct surface window, fixed, moving;

static void
show_page(struct surface *surface, bool is_web)
{
    memcpy(surface->pixels, page_new(surface->width, surface->height, is_web),
            (size_t)surface->width * (size_t)surface->height * sizeof *surface->pixels);
    surface_keep(surface);
}

static void
begin(xcb_connection_t *conn)
{
    struct surface desk;
    surface_init(&desk, conn, 0, 0, WIDTH, HEIGHT);
    show_page(&desk, true);
    surface_init(&fixed, conn, FIXED_X, FIXED_Y, STAMP_WIDTH, STAMP_HEIGHT);
    surface_init(&window, conn, X, Y, WINDOW_WIDTH, WINDOW_HEIGHT);
    show_page(&window, false);
    surface_init(&moving, conn, 0, 0, STAMP_WIDTH, STAMP_HEIGHT);
    xcb_reparent_window(conn, moving.window, window.window, WINDOW_WIDTH - STAMP_WIDTH,
            WINDOW_HEIGHT - STAMP_HEIGHT);
    printf("STAMP %d,%d,8,8,8\nMOVING %d,%d,8,8,8\n", FIXED_X, FIXED_Y,
            X + WINDOW_WIDTH - STAMP_WIDTH, Y + WINDOW_HEIGHT - STAMP_HEIGHT);
}

static void
paint(unsigned frame, uint32_t now_us)
{
    int x, y;
    stamp_path(now_us, &x, &y);
    stamp_paint(fixed.pixels, STAMP_WIDTH, &place, now_us);
    stamp_paint(moving.pixels, STAMP_WIDTH, &place, now_us);
    surface_put(&fixed, 0, 0, STAMP_WIDTH, STAMP_HEIGHT);
    surface_put(&moving, 0, 0, STAMP_WIDTH, STAMP_HEIGHT);
    xcb_configure_window(window.conn, window.window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y,
            (uint32_t[]){(uint32_t)(X + x), (uint32_t)(Y + y)});
    surface_wait(&window);
}

const struct workload workload_drag = {"drag", begin, paint};
