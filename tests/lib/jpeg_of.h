/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_JPEG_OF_H
#define DS_TESTS_LIB_JPEG_OF_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/**
 * Return a JPEG of so many pixels of one colour (0xRRGGBB), in one scan or, if it is progressive,
 * in several. Owned.
 */
GByteArray *jpeg_of(uint32_t colour, unsigned width, unsigned height, bool is_progressive);

#endif
