/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "tests/lib/seed.h"
#include "ui/view/canvas.h"
#include "ui/view/shrink.h"

enum { WHITE = 0xffffff, ROUNDS = 60 };

static guint32 *
row(cairo_surface_t *surface, int y)
{
    guint8 *data = cairo_image_surface_get_data(surface);
    return (guint32 *)(void *)(data + (gsize)y * (gsize)cairo_image_surface_get_stride(surface));
}

static guint32
pixel(cairo_surface_t *surface, int x, int y)
{
    return row(surface, y)[x] & WHITE;
}

static cairo_surface_t *
blank(int width, int height)
{
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
}

static void
fill(cairo_surface_t *surface, const cairo_rectangle_int_t *rect, GRand *rand)
{
    cairo_surface_flush(surface);
    for (int y = rect->y; y < rect->y + rect->height; y++)
        for (int x = rect->x; x < rect->x + rect->width; x++)
            row(surface, y)[x] = g_rand_int(rand);
    cairo_surface_mark_dirty(surface);
}

static cairo_surface_t *
noise(int width, int height, GRand *rand)
{
    cairo_surface_t *surface = blank(width, height);
    fill(surface, &(cairo_rectangle_int_t){0, 0, width, height}, rand);
    return surface;
}

static cairo_rectangle_int_t
random_rect(int width, int height, GRand *rand)
{
    cairo_rectangle_int_t rect = {
            .x = g_rand_int_range(rand, 0, width), .y = g_rand_int_range(rand, 0, height)};
    rect.width = g_rand_int_range(rand, 1, width - rect.x + 1);
    rect.height = g_rand_int_range(rand, 1, height - rect.y + 1);
    return rect;
}

static void
assert_close(cairo_surface_t *one, cairo_surface_t *other, int tolerance)
{
    for (int y = 0; y < cairo_image_surface_get_height(one); y++)
        for (int x = 0; x < cairo_image_surface_get_width(one); x++)
            for (int shift = 0; shift < 24; shift += 8) {
                int value = (int)(pixel(one, x, y) >> shift & 255);
                int wanted = (int)(pixel(other, x, y) >> shift & 255);
                g_assert_cmpint(ABS(value - wanted), <=, tolerance);
            }
}

static double
overlap(int at, int from, int to, int source)
{
    double begin = (double)at * from / to, end = (double)(at + 1) * from / to;
    return MAX(0, MIN(end, source + 1) - MAX(begin, source));
}

/* The mean by the book, of one channel. */
static double
mean(cairo_surface_t *from, cairo_surface_t *to, int x, int y, int shift)
{
    int widths[] = {cairo_image_surface_get_width(from), cairo_image_surface_get_width(to)};
    int heights[] = {cairo_image_surface_get_height(from), cairo_image_surface_get_height(to)};
    double sum = 0, all = 0;
    for (int v = 0; v < heights[0]; v++)
        for (int u = 0; u < widths[0]; u++) {
            double share =
                    overlap(x, widths[0], widths[1], u) * overlap(y, heights[0], heights[1], v);
            sum += share * (pixel(from, u, v) >> shift & 255);
            all += share;
        }
    return sum / all;
}

static void
test_shrink_mean(void)
{
    GRand *rand = test_seed();
    for (int i = 0; i < ROUNDS; i++) {
        int width = g_rand_int_range(rand, 1, 40), height = g_rand_int_range(rand, 1, 40);
        cairo_surface_t *from = noise(width, height, rand);
        cairo_rectangle_int_t all = {
                0, 0, g_rand_int_range(rand, 1, width + 1), g_rand_int_range(rand, 1, height + 1)};
        cairo_surface_t *to = blank(all.width, all.height);
        ds_shrink(from, to, &all);
        for (int n = 0; n < 20; n++) {
            int x = g_rand_int_range(rand, 0, all.width);
            int y = g_rand_int_range(rand, 0, all.height);
            int shift = 8 * g_rand_int_range(rand, 0, 3);
            double found = pixel(to, x, y) >> shift & 255;
            g_assert_cmpfloat(ABS(found - mean(from, to, x, y, shift)), <, 3.0);
        }
        cairo_surface_destroy(from);
        cairo_surface_destroy(to);
    }
    g_rand_free(rand);
}

/* At a whole fraction of the size the mean is exact, but for rounding. */
static void
test_shrink_half(void)
{
    GRand *rand = test_seed();
    cairo_surface_t *from = noise(64, 48, rand), *to = blank(32, 24);
    ds_shrink(from, to, &(cairo_rectangle_int_t){0, 0, 32, 24});
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 32; x++)
            for (int shift = 0; shift < 24; shift += 8)
                g_assert_cmpuint(pixel(to, x, y) >> shift & 255, ==,
                        (unsigned)(mean(from, to, x, y, shift) + 0.5));
    cairo_surface_destroy(from);
    cairo_surface_destroy(to);
    g_rand_free(rand);
}

/* What is one colour stays that colour, whatever the sizes. */
static void
test_shrink_plain(void)
{
    for (int width = 1; width < 300; width += 7) {
        cairo_surface_t *from = blank(300, 1), *to = blank(width, 1);
        for (int x = 0; x < 300; x++)
            row(from, 0)[x] = 0xfffefd01;
        ds_shrink(from, to, &(cairo_rectangle_int_t){0, 0, width, 1});
        for (int x = 0; x < width; x++)
            g_assert_cmphex(pixel(to, x, 0), ==, 0xfefd01);
        cairo_surface_destroy(from);
        cairo_surface_destroy(to);
    }
}

/* A part is what it is in the whole: no seams. */
static void
test_shrink_parts(void)
{
    GRand *rand = test_seed();
    cairo_surface_t *from = noise(101, 67, rand), *whole = blank(73, 31), *parts = blank(73, 31);
    ds_shrink(from, whole, &(cairo_rectangle_int_t){0, 0, 73, 31});
    for (int x = 0; x < 73; x += 10)
        for (int y = 0; y < 31; y += 7)
            ds_shrink(from, parts, &(cairo_rectangle_int_t){x, y, MIN(10, 73 - x), MIN(7, 31 - y)});
    assert_close(whole, parts, 0);
    cairo_surface_destroy(from);
    cairo_surface_destroy(whole);
    cairo_surface_destroy(parts);
    g_rand_free(rand);
}

static cairo_surface_t *
drawn(struct ds_canvas *canvas)
{
    cairo_surface_t *area = blank(canvas->width, canvas->height);
    cairo_t *cr = cairo_create(area);
    ds_canvas_draw(canvas, cr);
    cairo_destroy(cr);
    cairo_surface_flush(area);
    return area;
}

/* Draw it with a canvas that has seen nothing before. */
static cairo_surface_t *
drawn_afresh(cairo_surface_t *picture, int width, int height)
{
    struct ds_canvas canvas = {0};
    ds_canvas_set_area(&canvas, width, height);
    ds_canvas_set_picture(&canvas, picture, -1);
    cairo_surface_t *area = drawn(&canvas);
    ds_canvas_finish(&canvas);
    return area;
}

/* Copy only that part of what is drawn which the damage says, as a window does. */
static void
draw_damage(struct ds_canvas *canvas, cairo_surface_t *area, const cairo_rectangle_int_t *rect)
{
    cairo_t *cr = cairo_create(area);
    cairo_rectangle(cr, rect->x, rect->y, rect->width, rect->height);
    cairo_clip(cr);
    ds_canvas_draw(canvas, cr);
    cairo_destroy(cr);
    cairo_surface_flush(area);
}

/* Whatever the sizes, and in whichever pieces it changes, it looks as if it was drawn at once. */
static void
test_canvas_damage(void)
{
    static const struct {
        int width, height;
        int tolerance; /* how cairo rounds what it enlarges depends on where it begins */
    } areas[] = {{97, 61, 0}, {48, 30, 0}, {194, 122, 0}, {70, 61, 0}, {97, 200, 0}, {131, 90, 6}};
    GRand *rand = test_seed();
    for (size_t i = 0; i < G_N_ELEMENTS(areas); i++) {
        struct ds_canvas canvas = {0};
        cairo_surface_t *picture = noise(97, 61, rand);
        ds_canvas_set_picture(&canvas, picture, -1);
        ds_canvas_set_area(&canvas, areas[i].width, areas[i].height);
        cairo_surface_t *area = drawn(&canvas);
        for (int round = 0; round < ROUNDS; round++) {
            cairo_rectangle_int_t rect = random_rect(97, 61, rand);
            fill(picture, &rect, rand);
            ds_canvas_damage(&canvas, &rect);
            draw_damage(&canvas, area, &rect);
            cairo_surface_t *fresh = drawn_afresh(picture, areas[i].width, areas[i].height);
            assert_close(area, fresh, areas[i].tolerance);
            cairo_surface_destroy(fresh);
        }
        ds_canvas_finish(&canvas);
        cairo_surface_destroy(picture);
        cairo_surface_destroy(area);
    }
    g_rand_free(rand);
}

/* Nothing is drawn that was not there: pixels are whole ones, once or four times. */
static void
test_canvas_exact(void)
{
    GRand *rand = test_seed();
    cairo_surface_t *picture = noise(40, 30, rand);
    for (int times = 1; times <= 2; times++) {
        cairo_surface_t *area = drawn_afresh(picture, 40 * times, 30 * times);
        for (int y = 0; y < 30 * times; y++)
            for (int x = 0; x < 40 * times; x++)
                g_assert_cmphex(pixel(area, x, y), ==, pixel(picture, x / times, y / times));
        cairo_surface_destroy(area);
    }
    cairo_surface_destroy(picture);
    g_rand_free(rand);
}

/* What is not said to have changed is not scaled again. */
static void
test_canvas_kept(void)
{
    struct ds_canvas canvas = {0};
    cairo_surface_t *picture = blank(100, 100);
    ds_canvas_set_picture(&canvas, picture, -1);
    ds_canvas_set_area(&canvas, 50, 50);
    cairo_surface_destroy(drawn(&canvas));
    for (int x = 0; x < 100; x++)
        row(picture, 90)[x] = row(picture, 91)[x] = row(picture, 10)[x] = row(picture, 11)[x] =
                WHITE;
    cairo_rectangle_int_t rect = {0, 10, 100, 2};
    ds_canvas_damage(&canvas, &rect);
    cairo_surface_t *area = drawn(&canvas);
    g_assert_cmphex(pixel(area, 25, 5), ==, WHITE);
    g_assert_cmphex(pixel(area, 25, 45), ==, 0);
    cairo_surface_destroy(area);
    ds_canvas_finish(&canvas);
    cairo_surface_destroy(picture);
}

/* Without a picture, or a place for it, nothing is drawn. */
static void
test_canvas_empty(void)
{
    struct ds_canvas canvas = {0};
    cairo_surface_t *picture = blank(10, 10);
    ds_canvas_set_area(&canvas, 20, 20);
    cairo_surface_destroy(drawn(&canvas));
    ds_canvas_set_picture(&canvas, picture, -1);
    g_assert_cmpint(canvas.fit.width, ==, 20);
    ds_canvas_set_area(&canvas, 0, 20);
    g_assert_cmpint(canvas.fit.width, ==, 0);
    cairo_surface_destroy(drawn(&canvas));
    ds_canvas_finish(&canvas);
    cairo_surface_destroy(picture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shrink/mean", test_shrink_mean);
    g_test_add_func("/shrink/half", test_shrink_half);
    g_test_add_func("/shrink/plain", test_shrink_plain);
    g_test_add_func("/shrink/parts", test_shrink_parts);
    g_test_add_func("/canvas/damage", test_canvas_damage);
    g_test_add_func("/canvas/exact", test_canvas_exact);
    g_test_add_func("/canvas/kept", test_canvas_kept);
    g_test_add_func("/canvas/empty", test_canvas_empty);
    return g_test_run();
}
