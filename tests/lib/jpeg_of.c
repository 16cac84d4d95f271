/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/jpeg_of.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

static void
write_rows(struct jpeg_compress_struct *jpeg, uint32_t colour)
{
    g_autofree unsigned char *row = g_malloc(3 * (gsize)jpeg->image_width);
    JSAMPROW rows[] = {row};

    for (unsigned i = 0; i < 3 * jpeg->image_width; i++)
        row[i] = (unsigned char)(colour >> (16 - 8 * (i % 3)));
    for (unsigned y = 0; y < jpeg->image_height; y++)
        jpeg_write_scanlines(jpeg, rows, 1);
}

GByteArray *
jpeg_of(uint32_t colour, unsigned width, unsigned height, bool is_progressive)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long len = 0;

    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &out, &len);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    if (is_progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    write_rows(&jpeg, colour);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, out, (guint)len);
    free(out);
    return bytes;
}
