/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stranger's JPEGs: what is one of the right size becomes pixels in their place, and no others.
 */
#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "app/view/jpeg.h"
#include "tests/lib/jpeg_of.h"

enum { WIDTH = 16, HEIGHT = 37, STRIDE = WIDTH + 3, BEFORE = 0x1234567, NEAR = 8 };

struct picture {
    uint32_t pixels[HEIGHT + 1][STRIDE];
};

/* The bytes are in a block of just their size, so that the address sanitizer sees one too many. */
static int
decode(struct picture *picture, unsigned width, unsigned height, const GByteArray *bytes, guint len)
{
    g_autofree uint8_t *block = g_memdup2(bytes->data, len);

    for (unsigned i = 0; i < (HEIGHT + 1) * STRIDE; i++)
        picture->pixels[i / STRIDE][i % STRIDE] = BEFORE;
    return ds_jpeg_decode(picture->pixels[0], STRIDE, width, height, block, len);
}

static void
check_around(const struct picture *picture)
{
    for (unsigned y = 0; y <= HEIGHT; y++)
        for (unsigned x = 0; x < STRIDE; x++)
            if (x >= WIDTH || y == HEIGHT)
                g_assert_cmphex(picture->pixels[y][x], ==, BEFORE);
}

static void
test_colours(void)
{
    static const uint32_t colours[] = {0, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0x204080};

    for (size_t i = 0; i < G_N_ELEMENTS(colours); i++) {
        g_autoptr(GByteArray) bytes = jpeg_of(colours[i], WIDTH, HEIGHT, false);
        struct picture picture;
        g_assert_cmpint(decode(&picture, WIDTH, HEIGHT, bytes, bytes->len), ==, DS_OK);
        for (unsigned at = 0; at < WIDTH * HEIGHT; at++)
            for (unsigned shift = 0; shift < 24; shift += 8) {
                uint32_t pixel = picture.pixels[at / WIDTH][at % WIDTH];
                int off = (int)(pixel >> shift & 0xff) - (int)(colours[i] >> shift & 0xff);
                g_assert_cmpint(ABS(off), <=, NEAR);
            }
        check_around(&picture);
    }
}

/* One of another size than was said; a rectangle of none is what libvncclient writes it all to. */
static void
test_sizes(void)
{
    static const unsigned sizes[][2] = {
            {0, 0}, {WIDTH, 0}, {0, HEIGHT}, {WIDTH - 1, HEIGHT}, {WIDTH, HEIGHT + 1}, {8, 6}};
    g_autoptr(GByteArray) bytes = jpeg_of(0x204080, WIDTH, HEIGHT, false);

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct picture picture;
        int err = decode(&picture, sizes[i][0], sizes[i][1], bytes, bytes->len);
        g_assert_cmpint(err, ==, DS_ERR_PROTOCOL);
        g_assert_cmphex(picture.pixels[0][0], ==, BEFORE);
        check_around(&picture);
    }
}

/* All of it in memory before the first row, and as many passes over it as it likes. */
static void
test_scans(void)
{
    g_autoptr(GByteArray) bytes = jpeg_of(0x204080, WIDTH, HEIGHT, true);
    struct picture picture;

    g_assert_cmpint(decode(&picture, WIDTH, HEIGHT, bytes, bytes->len), ==, DS_ERR_PROTOCOL);
}

static void
test_cut(void)
{
    g_autoptr(GByteArray) bytes = jpeg_of(0x204080, WIDTH, HEIGHT, false);
    bool has_worked = false;

    for (guint len = 1; len <= bytes->len; len++) {
        struct picture picture;
        int err = decode(&picture, WIDTH, HEIGHT, bytes, len);
        g_assert_true(err == DS_ERR_PROTOCOL || err == DS_OK);
        g_assert_false(has_worked && err < 0); /* with its header it is one, if grey */
        has_worked = err == DS_OK;
        check_around(&picture);
    }
    g_assert_true(has_worked);
}

/* Each segment in turn says that it is as long as one can be: libvncclient reads on behind it. */
static void
test_long_segments(void)
{
    g_autoptr(GByteArray) bytes = jpeg_of(0x204080, WIDTH, HEIGHT, false);
    unsigned segments = 0;

    for (guint at = 2; bytes->data[at] == 0xff && bytes->data[at + 1] != 0xda;) {
        const guint length_at = at + 2;
        uint8_t *length = bytes->data + length_at;
        const uint8_t before[] = {length[0], length[1]};
        struct picture picture;
        length[0] = length[1] = 0xff;
        g_assert_cmpint(decode(&picture, WIDTH, HEIGHT, bytes, bytes->len), ==, DS_ERR_PROTOCOL);
        check_around(&picture);
        memcpy(length, before, sizeof before);
        at = length_at + (guint)(before[0] << 8 | before[1]);
        segments++;
    }
    g_assert_cmpuint(segments, >=, 5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/jpeg/colours", test_colours);
    g_test_add_func("/view/jpeg/sizes", test_sizes);
    g_test_add_func("/view/jpeg/scans", test_scans);
    g_test_add_func("/view/jpeg/cut", test_cut);
    g_test_add_func("/view/jpeg/long-segments", test_long_segments);
    return g_test_run();
}
