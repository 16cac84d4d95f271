/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/rfb/opening.h"

#include "net/wire/writer.h"

enum { SET_PIXEL_FORMAT = 0, SET_ENCODINGS = 2, REQUEST = 3 };
enum { SECURITY_NONE = 1, SHARED = 1, WHOLE = 0 };

/* The lists of RFC 6143, 7.7 and 7.8, and of the RFB community's registry. */
static const int32_t encodings[DS_OPENING_ENCODINGS] = {
        7,    /* Tight */
        16,   /* ZRLE */
        1,    /* CopyRect */
        0,    /* Raw */
        -224, /* LastRect */
        -223, /* DesktopSize */
        -308, /* ExtendedDesktopSize */
        -239, /* Cursor */
        -232, /* PointerPos */
        -254, /* compression level 2 */
        -24,  /* JPEG quality 8; must be the last */
};

void
ds_opening_hello(uint8_t out[static DS_OPENING_HELLO_BYTES])
{
    struct ds_writer w;
    ds_writer_init(&w, out, DS_OPENING_HELLO_BYTES);
    ds_writer_bytes(&w, "RFB 003.008\n", 12);
    ds_writer_u8(&w, SECURITY_NONE);
    ds_writer_u8(&w, SHARED);
}

/* 32 bits a pixel in X11's own layout, so that the server translates nothing. */
static void
put_pixel_format(struct ds_writer *w)
{
    static const uint8_t message[] = {SET_PIXEL_FORMAT, 0, 0, 0, /* padding */
            32, 24, 0, 1,                                        /* little-endian, true colour */
            0, 255, 0, 255, 0, 255,                              /* maxima */
            16, 8, 0,                                            /* shifts: red, green, blue */
            0, 0, 0};
    ds_writer_bytes(w, message, sizeof message);
}

static void
put_encodings(struct ds_writer *w, enum ds_picture picture)
{
    size_t count = DS_OPENING_ENCODINGS - (picture == DS_PICTURE_LOSSLESS ? 1 : 0);
    ds_writer_u8(w, SET_ENCODINGS);
    ds_writer_u8(w, 0);
    ds_writer_u16(w, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        ds_writer_u32(w, (uint32_t)encodings[i]);
}

size_t
ds_opening_wishes(uint8_t out[static DS_OPENING_WISHES_MAX], enum ds_picture picture,
        uint16_t width, uint16_t height)
{
    struct ds_writer w;
    ds_writer_init(&w, out, DS_OPENING_WISHES_MAX);
    put_pixel_format(&w);
    put_encodings(&w, picture);
    ds_writer_u8(&w, REQUEST);
    ds_writer_u8(&w, WHOLE);
    ds_writer_u16(&w, 0);
    ds_writer_u16(&w, 0);
    ds_writer_u16(&w, width);
    ds_writer_u16(&w, height);
    return w.len;
}
