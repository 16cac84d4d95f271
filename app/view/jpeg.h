/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_JPEG_H
#define DS_APP_VIEW_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * A stranger's JPEG. libvncclient 0.9.14 would decode it by itself, by an old copy of another
 * library: that one reads on behind the end of a picture that says so, and writes one of any size
 * into a rectangle of none.
 */

/**
 * Decode the JPEG of `len` bytes at `data` (borrowed), which is `width` x `height` pixels large and
 * comes in one scan, as every VNC server's does, to `pixels`: native 0xXXRRGGBB, `stride` pixels
 * from one row to the next. What its bytes leave open is grey. Returns 0, DS_ERR_PROTOCOL, or
 * DS_ERR_NOMEM; then some rows may have been written. Any thread. Source: libjpeg.txt of
 * libjpeg-turbo 2.1.
 */
int ds_jpeg_decode(uint32_t *pixels, size_t stride, unsigned width, unsigned height,
        const uint8_t *data, size_t len) DS_MUST_CHECK;

#endif
