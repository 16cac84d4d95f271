/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/truth.h"

#include <err.h>
#include <stdlib.h>

#include <xcb/xcb.h>

enum { PICTURES_MAX = 2000 };

struct picture {
    uint64_t since_us, hash;
};

struct truth {
    size_t pixels, count;
    struct picture pictures[PICTURES_MAX];
};

struct truth *
truth_new(size_t pixels)
{
    struct truth *truth = calloc(1, sizeof *truth);
    if (truth == NULL)
        err(EXIT_FAILURE, "memory");
    truth->pixels = pixels;
    return truth;
}

/* The byte beside the three colours says nothing. */
static uint64_t
hash(const uint32_t *pixels, size_t count)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ (pixels[i] & 0xffffff)) * 0x100000001b3u;
    return sum;
}

void
truth_add(struct truth *truth, const uint32_t *pixels, uint64_t now_us)
{
    if (truth->count == PICTURES_MAX)
        errx(EXIT_FAILURE, "more than %d updates", PICTURES_MAX);
    truth->pictures[truth->count++] =
            (struct picture){.since_us = now_us, .hash = hash(pixels, truth->pixels)};
}

static uint64_t
hash_screen(size_t pixels)
{
    xcb_connection_t *conn = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(conn))
        errx(EXIT_FAILURE, "no display");
    const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(conn)).data;
    xcb_get_image_reply_t *image = xcb_get_image_reply(conn,
            xcb_get_image(conn, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->root, 0, 0,
                    screen->width_in_pixels, screen->height_in_pixels, UINT32_MAX),
            NULL);
    if (image == NULL || (size_t)xcb_get_image_data_length(image) != pixels * sizeof(uint32_t))
        errx(EXIT_FAILURE, "the screen could not be read, or has another size");
    uint64_t sum = hash((const uint32_t *)xcb_get_image_data(image), pixels);
    free(image);
    xcb_disconnect(conn);
    return sum;
}

void
truth_report(struct truth *truth, uint64_t since_us, FILE *out)
{
    uint64_t screen = hash_screen(truth->pixels);
    size_t at = truth->count;
    while (at > 0 && truth->pictures[at - 1].hash == screen)
        at--;
    if (at == truth->count)
        fputs("null", out);
    else
        fprintf(out, "%.3f", ((double)truth->pictures[at].since_us - (double)since_us) / 1e3);
    free(truth);
}
