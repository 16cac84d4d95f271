/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watches on $DISPLAY what a viewer shows of a painter's screen: at the same places, pixel by
 * pixel.
 *
 *     bench-watch SECONDS PLACE PLACE
 *
 * Prints BEGIN when both stamps are there, and END so many seconds later, and then one JSON object:
 * `seconds`, and `latencies_ms` of all frames from their painting until they were seen, which
 * happens every PERIOD_US.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <xcb/xcb.h>

#include "net/base/clock.h"
#include "tests/bench/screen/stamp.h"

enum { PERIOD_US = 4000, START_US = 60000000, FRAMES_MAX = 10000, STAMPS = 2 };

static bool
read_screen(xcb_connection_t *conn, const struct stamp_place *place, uint32_t *number)
{
    const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(conn)).data;
    int width = place->cell_width * place->columns;
    int height = place->cell_height * STAMP_CELLS / place->columns;
    struct stamp_place inside = *place;

    inside.x = inside.y = 0;
    xcb_get_image_reply_t *image = xcb_get_image_reply(conn,
            xcb_get_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->root, (int16_t)place->x,
                    (int16_t)place->y, (uint16_t)width, (uint16_t)height, UINT32_MAX),
            NULL);
    if (image == NULL)
        errx(EXIT_FAILURE, "the screen cannot be read there");
    bool is_there =
            stamp_read((const uint32_t *)xcb_get_image_data(image), (size_t)width, &inside, number);
    free(image);
    return is_there;
}

/* The oldest of the stamps: what is older than that is all there. */
static bool
read_oldest(xcb_connection_t *conn, const struct stamp_place *places, uint32_t *oldest)
{
    uint32_t number;
    for (int i = 0; i < STAMPS; i++) {
        if (!read_screen(conn, &places[i], &number))
            return false;
        if (i == 0 || (int32_t)(number - *oldest) < 0)
            *oldest = number;
    }
    return true;
}

static void
watch(xcb_connection_t *conn, const struct stamp_place *places, uint64_t for_us)
{
    uint64_t began_us = ds_clock_us(), now_us = began_us;
    uint32_t number, last = 0;
    size_t frames = 0;

    printf("BEGIN\n");
    fflush(stdout);
    static uint32_t latencies_us[FRAMES_MAX];
    while (now_us < began_us + for_us && frames < FRAMES_MAX) {
        bool is_new = read_oldest(conn, places, &number) && number != last;
        now_us = ds_clock_us();
        if (is_new && last != 0)
            latencies_us[frames++] = (uint32_t)now_us - number;
        if (is_new)
            last = number;
        usleep(PERIOD_US);
    }
    printf("END\n{\"seconds\":%.6f,\"latencies_ms\":[", (double)(now_us - began_us) / 1e6);
    for (size_t i = 0; i < frames; i++)
        printf("%s%.3f", i > 0 ? "," : "", latencies_us[i] / 1e3);
    puts("]}");
}

int
main(int argc, char **argv)
{
    struct stamp_place places[STAMPS];
    uint64_t began_us = ds_clock_us();
    uint32_t number;

    if (argc != 2 + STAMPS || !stamp_parse_place(argv[2], &places[0]) ||
            !stamp_parse_place(argv[3], &places[1]))
        errx(2, "usage: bench-watch SECONDS PLACE PLACE");
    xcb_connection_t *conn = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(conn))
        errx(EXIT_FAILURE, "no display");
    while (!read_oldest(conn, places, &number)) {
        if (ds_clock_us() > began_us + START_US)
            errx(EXIT_FAILURE, "no stamps where they should be");
        usleep(PERIOD_US);
    }
    watch(conn, places, (uint64_t)(strtod(argv[1], NULL) * 1e6));
    xcb_disconnect(conn);
}
