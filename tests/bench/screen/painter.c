/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paints a workload on $DISPLAY, so many times a second, and answers keys and clicks at once.
 *
 *     bench-painter WORKLOAD|still FPS [rest]
 *
 * Prints `STAMP PLACE` or `MOVING PLACE` for each stamp of the workload, `REPLY PLACE` for the one
 * that changes with each key, and with each button in its window, and `READY`; then `PAINTED` after
 * each frame. With `rest` a key ends the motion and the next one begins it again.
 */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

#include "net/base/clock.h"
#include "tests/bench/screen/stamp.h"
#include "tests/bench/screen/surface.h"
#include "tests/bench/screen/workload.h"

/* The stamp is its upper half: a server may draw the pointer, which clicks into the lower one. */
enum { REPLY_X = 8, REPLY_Y = 48, REPLY_WIDTH = 64, REPLY_HEIGHT = 80 };

struct options {
    unsigned fps;
    bool may_rest;
};

static const struct workload *const workloads[] = {&workload_video, &workload_motion,
        &workload_text, &workload_web, &workload_typing, &workload_drag};
static const struct stamp_place reply_place = {0, 0, 8, 8, 8};

static void
reply(struct surface *surface)
{
    stamp_paint(surface->pixels, REPLY_WIDTH, &reply_place, (uint32_t)ds_clock_us());
    surface_show(surface, 0, 0, REPLY_WIDTH, REPLY_HEIGHT);
}

static void
begin_replies(struct surface *surface, xcb_connection_t *conn)
{
    surface_init(surface, conn, REPLY_X, REPLY_Y, REPLY_WIDTH, REPLY_HEIGHT);
    xcb_set_input_focus(conn, XCB_INPUT_FOCUS_POINTER_ROOT, surface->window, XCB_CURRENT_TIME);
    reply(surface);
    printf("REPLY %d,%d,8,8,8\n", REPLY_X, REPLY_Y);
}

/* Return how many keys and buttons there were. */
static unsigned
take_events(xcb_connection_t *conn, struct surface *surface)
{
    xcb_generic_event_t *event;
    unsigned count = 0;
    while ((event = xcb_poll_for_event(conn)) != NULL) {
        int type = event->response_type & 0x7f;
        if (type == XCB_KEY_PRESS || type == XCB_BUTTON_PRESS) {
            reply(surface);
            count++;
        }
        free(event);
    }
    if (xcb_connection_has_error(conn))
        errx(EXIT_FAILURE, "the display is gone");
    return count;
}

/* Wait for the X server until then, in the loop's own clock. */
static void
wait_until(xcb_connection_t *conn, uint64_t time_us)
{
    struct pollfd readable = {.fd = xcb_get_file_descriptor(conn), .events = POLLIN};
    uint64_t now_us = ds_clock_us();
    struct timespec wait = {0};
    if (time_us > now_us)
        wait.tv_nsec = (long)(time_us - now_us) * 1000;
    ppoll(&readable, 1, &wait, NULL);
}

static void
run(xcb_connection_t *conn, const struct workload *workload, const struct options *options,
        struct surface *surface)
{
    uint64_t began_us = ds_clock_us();
    unsigned inputs = 0;
    for (unsigned frame = 0;; frame++) {
        uint64_t due_us = began_us + frame * UINT64_C(1000000) / options->fps;
        do {
            inputs += take_events(conn, surface);
            wait_until(conn, due_us);
        } while (ds_clock_us() < due_us);
        bool is_resting = options->may_rest && inputs % 2 == 1;
        if (workload == NULL || is_resting)
            continue;
        workload->paint(frame, (uint32_t)ds_clock_us());
        puts("PAINTED");
        fflush(stdout);
    }
}

static const struct workload *
find(const char *name)
{
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        if (strcmp(workloads[i]->name, name) == 0)
            return workloads[i];
    if (strcmp(name, "still") != 0)
        errx(2, "no such workload: %s", name);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct surface surface;
    struct options options = {
            .fps = argc >= 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0,
            .may_rest = argc == 4 && strcmp(argv[3], "rest") == 0,
    };

    if (options.fps < 2 || options.fps > 1000 || argc != (options.may_rest ? 4 : 3))
        errx(2, "usage: bench-painter WORKLOAD|still FPS [rest]");
    xcb_connection_t *conn = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(conn))
        errx(EXIT_FAILURE, "no display");
    const struct workload *workload = find(argv[1]);
    if (workload != NULL)
        workload->begin(conn);
    begin_replies(&surface, conn);
    puts("READY");
    fflush(stdout);
    run(conn, workload, &options, &surface);
}
