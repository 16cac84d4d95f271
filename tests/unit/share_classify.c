/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tiles of everything that a desktop shows, and what stays what it was. */
#include <math.h>
#include <stdbool.h>

#include <glib.h>

#include "app/share/rfb/classify.h"

enum { SIDE = DS_CLASSIFY_SIDE, PIXELS = SIDE * SIDE };

typedef uint32_t (*paint_fn)(unsigned x, unsigned y, uint32_t noise);

static uint32_t
grey_of(uint32_t value)
{
    return value << 16 | value << 8 | value;
}

static uint32_t
blank(unsigned x, unsigned y, uint32_t noise)
{
    return 0xffffff;
}

/* Smoothed strokes on white, of 32 greys. */
static uint32_t
smooth_text(unsigned x, unsigned y, uint32_t noise)
{
    return y % 14 > 9 || noise % 3 != 0 ? 0xffffff : grey_of(noise >> 8 & 0xf8);
}

/* What a terminal of another age has behind its windows. */
static uint32_t
hatch(unsigned x, unsigned y, uint32_t noise)
{
    return (x + y) % 2 ? 0xffffff : 0;
}

static uint32_t
dither(unsigned x, unsigned y, uint32_t noise)
{
    return grey_of(noise % 16 * 16);
}

static uint32_t
gradient(unsigned x, unsigned y, uint32_t noise)
{
    return grey_of(200 + y / 4);
}

static uint32_t
photo(unsigned x, unsigned y, uint32_t noise)
{
    uint32_t value = (uint32_t)(120 + 60 * sin(x / 9.0) + 50 * cos(y / 7.0));
    return (value + noise % 8) << 16 | (value / 2 + noise / 8 % 8) << 8 | (230 - value);
}

/* Dark and noisy: it has few colours, for a photo. */
static uint32_t
night(unsigned x, unsigned y, uint32_t noise)
{
    return (noise % 6) << 16 | (noise / 8 % 6) << 8 | noise / 64 % 6;
}

static enum ds_content
look_at(paint_fn paint, unsigned width, unsigned height, enum ds_content was)
{
    enum { STRIDE = SIDE + 3 };
    static uint32_t pixels[STRIDE * SIDE];
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (unsigned y = 0; y < SIDE; y++)
        for (unsigned x = 0; x < STRIDE; x++) {
            bool is_inside = x < width && y < height;
            uint32_t noise = g_rand_int(rand);
            /* Neither what is beside the tile nor the fourth byte counts. */
            pixels[y * STRIDE + x] = is_inside ? paint(x, y, noise) | (noise & 0xff000000) : noise;
        }
    return ds_classify(pixels, STRIDE, width, height, was);
}

static void
test_kinds(void)
{
    static const struct {
        paint_fn paint;
        enum ds_content content;
    } rows[] = {
            {blank, DS_CONTENT_TEXT},
            {smooth_text, DS_CONTENT_TEXT},
            {hatch, DS_CONTENT_TEXT},
            {dither, DS_CONTENT_TEXT},
            {gradient, DS_CONTENT_TEXT},
            {photo, DS_CONTENT_PHOTO},
            {night, DS_CONTENT_PHOTO},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i);
        g_assert_cmpint(look_at(rows[i].paint, SIDE, SIDE, DS_CONTENT_TEXT), ==, rows[i].content);
        g_assert_cmpint(look_at(rows[i].paint, SIDE, SIDE, DS_CONTENT_PHOTO), ==, rows[i].content);
    }
}

static void
test_edges(void)
{
    for (unsigned side = 1; side <= SIDE; side++) {
        g_assert_cmpint(look_at(blank, side, 1, DS_CONTENT_PHOTO), ==, DS_CONTENT_TEXT);
        g_assert_cmpint(look_at(blank, 1, side, DS_CONTENT_PHOTO), ==, DS_CONTENT_TEXT);
    }
    g_assert_cmpint(look_at(photo, SIDE, 20, DS_CONTENT_TEXT), ==, DS_CONTENT_PHOTO);
    g_assert_cmpint(look_at(photo, 20, SIDE, DS_CONTENT_TEXT), ==, DS_CONTENT_PHOTO);
}

/* Text on `lines` of a tile, and a photo below. */
static unsigned lines;

static uint32_t
mixed(unsigned x, unsigned y, uint32_t noise)
{
    return y < lines ? smooth_text(x, y, noise) : photo(x, y, noise);
}

/* Between "surely text" and "surely a photo" a tile stays what it was. */
static void
test_memory(void)
{
    unsigned doubtful = 0;
    for (lines = 0; lines <= SIDE; lines++) {
        enum ds_content from_text = look_at(mixed, SIDE, SIDE, DS_CONTENT_TEXT);
        enum ds_content from_photo = look_at(mixed, SIDE, SIDE, DS_CONTENT_PHOTO);
        if (from_text != from_photo) {
            g_assert_cmpint(from_text, ==, DS_CONTENT_TEXT);
            doubtful++;
        }
    }
    g_assert_cmpuint(doubtful, >, 0);
    g_assert_cmpuint(doubtful, <, SIDE / 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/classify/kinds", test_kinds);
    g_test_add_func("/share/classify/edges", test_edges);
    g_test_add_func("/share/classify/memory", test_memory);
    return g_test_run();
}
