/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A viewer's bytes to the sharer: through the filter and its allowance to libvncserver, between
 * changes of the screen. Whatever it says, it is served or dropped with a sentence.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/share/rfb/viewer.h"
#include "tests/fuzz/fuzz.h"

enum { SIDE = 160, SIDE_SMALL = 96 }; /* of the screen before and after a resize, pixels */
enum { STEP_US = 50000 };

/* What the input does next, by the byte before it; any other one is how many bytes are said. */
enum deed {
    SAY_MAX = 200,
    PAINT, /* u8 x, y, side, seed */
    MOVE,  /* u8 x, y, side */
    RESIZE,
    CURSOR, /* u8 side */
    POINT,  /* u8 x, y */
    REST,   /* a second passes */
};

static struct {
    const uint8_t *data;
    size_t left;
    uint32_t pixels[SIDE * SIDE];
    unsigned side; /* of the screen */
    uint64_t now_us;
    struct ds_server *server;
    struct ds_viewer *viewer;
    int fd; /* the viewer's */
} f;

static void
check(bool condition)
{
    if (!condition)
        abort();
}

static unsigned
next_byte(void)
{
    if (f.left == 0)
        return 0;
    f.left--;
    return *f.data++;
}

static uint64_t
on_key(void *arg, struct ds_viewer *viewer, uint32_t keysym, bool down)
{
    return 0;
}

static void
on_pointer(void *arg, struct ds_viewer *viewer, uint8_t buttons, int x, int y)
{
}

static const struct ds_viewer_input input = {on_key, on_pointer, NULL};

/* ---- the screen ---- */

/* A square that begins here; at least a pixel of it is on the screen. */
static unsigned
next_square(unsigned *x, unsigned *y)
{
    *x = next_byte() % f.side;
    *y = next_byte() % f.side;
    unsigned most = f.side - (*x > *y ? *x : *y);
    return 1 + next_byte() % most;
}

static void
paint(void)
{
    unsigned x, y, side = next_square(&x, &y);
    uint32_t seed = next_byte();

    for (unsigned i = 0; i < side * side; i++) {
        seed = seed % 2 != 0 ? seed * 1664525 + 1013904223 : seed; /* odd: noise, else one colour */
        f.pixels[(y + i / side) * f.side + x + i % side] = (seed | 1) & 0xffffff;
    }
    ds_server_mark(f.server, (int)x, (int)y, (int)side, (int)side);
}

static void
move(void)
{
    unsigned x, y, side = next_square(&x, &y);
    const struct ds_move up = {
            .x = (int)x, .y = 0, .width = (int)side, .height = (int)side, .dx = 0, .dy = -(int)y};

    if (y == 0)
        return;
    for (unsigned row = 0; row < side; row++)
        memmove(f.pixels + row * f.side + x, f.pixels + (row + y) * f.side + x, 4 * side);
    ds_server_copy(f.server, &up);
}

static void
set_cursor(void)
{
    static const uint32_t shape[SIDE_SMALL * SIDE_SMALL] = {0x80402010};
    unsigned side = next_byte() % (DS_SHARE_CURSOR_SIDE_MAX + 1);
    const struct ds_server_cursor cursor = {.width = side, .height = side, .pixels = shape};

    ds_server_set_cursor(f.server, side > 0 ? &cursor : NULL);
}

static void
point(void)
{
    unsigned x, y;

    next_square(&x, &y);
    ds_server_set_pointer(f.server, (int)x, (int)y, NULL);
}

/* ---- the viewer ---- */

static void
say(size_t len)
{
    len = len < f.left ? len : f.left;
    if (ds_viewer_rests_until_us(f.viewer) != 0 || len == 0)
        return; /* nobody reads what it says */
    check(send(f.fd, f.data, len, MSG_NOSIGNAL) == (ssize_t)len);
    f.data += len;
    f.left -= len;
    ds_viewer_read(f.viewer, f.now_us, &input);
}

static void
do_deed(unsigned deed)
{
    switch (deed) {
    case PAINT:
        paint();
        break;
    case MOVE:
        move();
        break;
    case RESIZE:
        f.side = f.side == SIDE ? SIDE_SMALL : SIDE;
        ds_server_resize(f.server, f.pixels, f.side, f.side);
        break;
    case CURSOR:
        set_cursor();
        break;
    case POINT:
        point();
        break;
    case REST:
        f.now_us += 1000000;
        break;
    default:
        say(deed);
        break;
    }
}

static bool
go_on(void *arg)
{
    ds_viewer_read_input(f.viewer, f.now_us, &input);
    return true;
}

/* Send what is due; the viewer reads it all. */
static void
serve(void)
{
    static uint8_t heard[64 * 1024];
    const struct ds_server_wish wish = {.now_us = f.now_us, .go_on = go_on};
    uint64_t next_us;

    if (ds_viewer_is_ready(f.viewer, f.now_us, &next_us))
        ds_viewer_update(f.viewer, &wish);
    if (!f.viewer->is_gone)
        ds_viewer_catch_up(f.viewer, f.now_us, &input);
    while (recv(f.fd, heard, sizeof heard, MSG_DONTWAIT) > 0)
        ;
    if (!f.viewer->is_gone && ds_viewer_has_output(f.viewer))
        ds_viewer_write(f.viewer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    int pair[2];

    f.data = data;
    f.left = size_bytes;
    f.side = SIDE;
    f.now_us = 1000000;
    memset(f.pixels, 0, sizeof f.pixels);
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    f.fd = pair[0];
    f.server = ds_server_new(f.pixels, SIDE, SIDE, "desk");
    f.viewer =
            ds_viewer_new(f.server, pair[1], (enum ds_picture)(next_byte() % 3), f.now_us, &input);
    while (f.left > 0 && !f.viewer->is_gone) {
        do_deed(next_byte());
        if (!f.viewer->is_gone)
            serve();
        f.now_us += STEP_US;
    }
    check(!f.viewer->is_gone || f.viewer->error != NULL);
    ds_viewer_free(f.viewer);
    ds_server_free(f.server);
    close(f.fd);
    return 0;
}
