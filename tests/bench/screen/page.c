/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/screen/page.h"

#include <err.h>
#include <stdlib.h>

#include <pango/pangocairo.h>

#include "tests/bench/screen/photo.h"

enum {
    MARGIN = 24,
    PROSE_WORDS = 6000,
    BLOCK = 520, /* the height of a piece of a web page */
    BLOCK_WORDS = 220,
    PHOTO_WIDTH = 480,
    PHOTO_HEIGHT = 360,
    BAR = 44,
};

static const char *const words[] = {"the", "screen", "of", "a", "computer", "that", "is", "far",
        "away", "shows", "what", "happens", "there,", "line", "by", "line,", "and", "whoever",
        "helps", "reads", "it", "while", "scrolling.", "Nothing", "in", "here", "means", "much;",
        "letters", "have", "smooth", "edges,", "as", "everywhere", "since", "2001."};

/* Write so many words at a place, in lines of that width; pixels. */
static void
write_words(cairo_t *cr, int x, int y, int width, unsigned count)
{
    unsigned seed = (unsigned)y + 1;
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++) {
        g_string_append(text, words[(unsigned)rand_r(&seed) % G_N_ELEMENTS(words)]);
        g_string_append(text, rand_r(&seed) % 70 == 0 ? "\n\n" : " ");
    }
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string("Sans 11");
    pango_layout_set_font_description(layout, font);
    pango_layout_set_width(layout, width * PANGO_SCALE);
    pango_layout_set_text(layout, text->str, -1);
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.12);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
}

static void
draw_box(cairo_t *cr, int x, int y, int width, int height, unsigned colour)
{
    cairo_set_source_rgb(
            cr, (colour >> 16) / 255.0, (colour >> 8 & 0xff) / 255.0, (colour & 0xff) / 255.0);
    cairo_rectangle(cr, x, y, width, height);
    cairo_fill(cr);
}

/* A headline on a bar, a photo, and text beside it; or the other way round. */
static void
draw_block(cairo_t *cr, uint32_t *pixels, int width, int y, unsigned number)
{
    static const unsigned colours[] = {0x1c71d8, 0x26a269, 0xe5a50a, 0xc01c28, 0x613583};
    int photo_x = number % 2 == 0 ? MARGIN : width - MARGIN - PHOTO_WIDTH;
    int text_x = number % 2 == 0 ? 2 * MARGIN + PHOTO_WIDTH : MARGIN;
    int top = y + BAR + MARGIN;

    draw_box(cr, 0, y, width, BAR, colours[number % G_N_ELEMENTS(colours)]);
    draw_box(cr, text_x, top, width - 3 * MARGIN - PHOTO_WIDTH, PHOTO_HEIGHT, 0xf6f5f4);
    write_words(cr, MARGIN, y + BAR / 4, width - 2 * MARGIN, 9);
    write_words(
            cr, text_x + MARGIN, top + MARGIN / 2, width - 5 * MARGIN - PHOTO_WIDTH, BLOCK_WORDS);
    cairo_surface_flush(cairo_get_target(cr));
    photo_paint(pixels + (size_t)top * (size_t)width + photo_x, width, PHOTO_WIDTH, PHOTO_HEIGHT,
            number);
    cairo_surface_mark_dirty(cairo_get_target(cr));
}

uint32_t *
page_new(int width, int height, bool is_web)
{
    uint32_t *pixels = calloc((size_t)width * (size_t)height, sizeof *pixels);
    if (pixels == NULL)
        err(EXIT_FAILURE, "memory");
    cairo_surface_t *image = cairo_image_surface_create_for_data(
            (unsigned char *)pixels, CAIRO_FORMAT_RGB24, width, height, width * 4);
    cairo_t *cr = cairo_create(image);
    draw_box(cr, 0, 0, width, height, 0xffffff);
    if (!is_web)
        write_words(cr, MARGIN, 0, width - 2 * MARGIN, PROSE_WORDS);
    for (int y = 0; is_web && y + BLOCK <= height; y += BLOCK)
        draw_block(cr, pixels, width, y, (unsigned)(y / BLOCK));
    cairo_destroy(cr);
    cairo_surface_destroy(image);
    return pixels;
}
