/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scrolls a page to its end and back, as an editor or a browser does: it draws all of its window.
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/screen/page.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/surface.h"
#include "tests/bench/screen/workload.h"

enum { PAGE_HEIGHT = 5200, STEP = 20, STAMP_WIDTH = 64, STAMP_HEIGHT = 40 };

static struct surface surface;
static struct stamp_place first, last;
static const uint32_t *page;

static void
begin_at(xcb_connection_t *conn, int x, int y, int width, int height)
{
    surface_init(&surface, conn, x, y, width, height);
    first = (struct stamp_place){0, 0, 8, 8, 8};
    last = (struct stamp_place){width - STAMP_WIDTH, height - STAMP_HEIGHT, 8, 8, 8};
    printf("STAMP %d,%d,8,8,8\nSTAMP %d,%d,8,8,8\n", x + first.x, y + first.y, x + last.x,
            y + last.y);
}

static void
begin_text(xcb_connection_t *conn)
{
    begin_at(conn, 400, 120, 900, 830);
    page = page_new(surface.width, PAGE_HEIGHT, false);
}

static void
begin_web(xcb_connection_t *conn)
{
    begin_at(conn, 160, 40, 1680, 1000);
    page = page_new(surface.width, PAGE_HEIGHT, true);
}

static void
paint(unsigned frame, uint32_t now_us)
{
    unsigned steps = (unsigned)(PAGE_HEIGHT - surface.height) / STEP;
    unsigned step = frame % (2 * steps) < steps ? frame % steps : steps - frame % steps;
    memcpy(surface.pixels, page + (size_t)step * STEP * (size_t)surface.width,
            (size_t)surface.width * (size_t)surface.height * sizeof *page);
    stamp_paint(surface.pixels, (size_t)surface.width, &first, now_us);
    stamp_paint(surface.pixels, (size_t)surface.width, &last, now_us);
    surface_show(&surface, 0, 0, surface.width, surface.height);
}

const struct workload workload_text = {"text", begin_text, paint};
const struct workload workload_web = {"web", begin_web, paint};
