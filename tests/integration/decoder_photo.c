/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photos: JPEG in Tight (the encoding of RFC 6143's registry, 7), decoded by a sealed child. */
#include <string.h>

#include "app/view/decoder_child.h"
#include "tests/integration/decoder_run.h"
#include "tests/lib/jpeg_of.h"

enum { TIGHT = 7, TIGHT_JPEG = 0x90, SIDE = 32, COLOUR = 0x204080, NEAR = 8 };

/* Append a rectangle with a JPEG (freed here). */
static void
put_photo(GByteArray *bytes, unsigned x, unsigned y, unsigned width, unsigned height,
        GByteArray *jpeg)
{
    put_rect(bytes, x, y, width, height, TIGHT);
    put_u8(bytes, TIGHT_JPEG);
    put_u8(bytes, 0x80 | (jpeg->len & 0x7f));
    put_u8(bytes, 0x80 | (jpeg->len >> 7 & 0x7f));
    put_u8(bytes, jpeg->len >> 14);
    g_byte_array_append(bytes, jpeg->data, jpeg->len);
    g_byte_array_unref(jpeg);
}

/* In its place, and nowhere else. */
static void
test_photo(void)
{
    GByteArray *bytes = rfb_greeting(2 * SIDE, SIDE);
    struct run run;

    put_update(bytes, 2);
    put_raw(bytes, 0, 0, 2 * SIDE, SIDE, 0);
    put_photo(bytes, SIDE, 1, SIDE, SIDE - 1, jpeg_of(COLOUR, SIDE, SIDE - 1, false));
    run_start_with(&run, NULL, false, 0);
    run_send(&run, bytes);
    run_until(&run, &run.frames, 1);
    while (run.decoded.photo == 0) {
        ds_decoder_ask_figures(run.decoder);
        run_until(&run, &run.answers, run.answers + 1);
    }
    while (run_pixel(&run, SIDE, 1) == 2 * SIDE + SIDE)
        run_until(&run, &run.updates, run.updates + 1);
    for (unsigned shift = 0; shift < 24; shift += 8) {
        int off = (int)(run_pixel(&run, 2 * SIDE - 1, SIDE - 1) >> shift & 0xff) -
                  (int)(COLOUR >> shift & 0xff);
        g_assert_cmpint(ABS(off), <=, NEAR);
    }
    g_assert_cmphex(run_pixel(&run, SIDE - 1, 1), ==, 2 * SIDE + SIDE - 1);
    g_assert_cmphex(run_pixel(&run, SIDE, 0), ==, SIDE);
    g_assert_cmpuint(run.decoded.photo, ==, SIDE * (SIDE - 1));
    run_finish(&run);
}

/* libvncclient would overwrite its memory with the second one, and read behind the third. */
static void
test_bad_photos(void)
{
    static const unsigned sizes[][2] = {{SIDE, SIDE - 1}, {0, 0}, {SIDE, SIDE}};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        GByteArray *bytes = rfb_greeting(SIDE, SIDE), *jpeg = jpeg_of(COLOUR, SIDE, SIDE, false);
        if (sizes[i][1] == SIDE)
            memset(jpeg->data + 4, 0xff, 2); /* how long its first segment is */
        put_update(bytes, 1);
        put_photo(bytes, 0, 0, sizes[i][0], sizes[i][1], jpeg);
        run_refused(bytes, DS_DECODER_FAILURE_NOT_RFB);
    }
}

int
main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], DS_DECODER_ARGUMENT) == 0)
        return ds_decoder_main(argc, argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/decoder/photo", test_photo);
    g_test_add_func("/decoder/photo/bad", test_bad_photos);
    return g_test_run();
}
