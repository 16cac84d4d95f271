/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/jpeg.h"

#include <endian.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

enum { ROWS = 16 }; /* an MCU has no more: so many are asked for at once */

struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
};

static void __attribute__((noreturn)) on_error(j_common_ptr jpeg)
{
    struct decoder *decoder = jpeg->client_data;
    longjmp(decoder->failed, 1);
}

/* The words are a stranger's doing, and nobody's to read. */
static void
on_message(j_common_ptr jpeg, int level)
{
}

/* One that is what an update says, and that needs no more memory than a few rows of it. */
static bool
is_welcome(struct decoder *decoder, unsigned width, unsigned height)
{
    return decoder->jpeg.image_width == width && decoder->jpeg.image_height == height &&
           !jpeg_has_multiple_scans(&decoder->jpeg);
}

static void
read_rows(struct jpeg_decompress_struct *jpeg, uint32_t *pixels, size_t stride)
{
    JSAMPROW rows[ROWS];
    JDIMENSION count = 0;

    for (; count < ROWS && jpeg->output_scanline + count < jpeg->output_height; count++)
        rows[count] = (JSAMPROW)(pixels + (jpeg->output_scanline + count) * stride);
    jpeg_read_scanlines(jpeg, rows, count);
}

static int
decode(struct decoder *decoder, uint32_t *pixels, size_t stride, unsigned width, unsigned height)
{
    struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

    jpeg_read_header(jpeg, TRUE);
    if (!is_welcome(decoder, width, height))
        return DS_ERR_PROTOCOL;
    jpeg->out_color_space = BYTE_ORDER == LITTLE_ENDIAN ? JCS_EXT_BGRX : JCS_EXT_XRGB;
    /*
     * Where colours come for every other pixel only, neighbours get the same one: to have what lies
     * between takes a tenth of the time, and is 0.02 dB of a film at quality 92, 0.2 at 15. Our
     * sharer sends films like that, and photos on a slow path, and all of it exactly when it rests.
     */
    jpeg->do_fancy_upsampling = FALSE;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height)
        read_rows(jpeg, pixels, stride);
    return DS_OK;
}

int
ds_jpeg_decode(uint32_t *pixels, size_t stride, unsigned width, unsigned height,
        const uint8_t *data, size_t len)
{
    struct decoder decoder = {0};
    int err;

    decoder.jpeg.err = jpeg_std_error(&decoder.errors);
    decoder.errors.error_exit = on_error;
    decoder.errors.emit_message = on_message;
    decoder.jpeg.client_data = &decoder;
    if (setjmp(decoder.failed) != 0) {
        err = decoder.errors.msg_code == JERR_OUT_OF_MEMORY ? DS_ERR_NOMEM : DS_ERR_PROTOCOL;
    } else {
        jpeg_create_decompress(&decoder.jpeg);
        jpeg_mem_src(&decoder.jpeg, data, len);
        err = decode(&decoder, pixels, stride, width, height);
    }
    jpeg_destroy_decompress(&decoder.jpeg);
    return err;
}
