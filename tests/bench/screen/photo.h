/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures like a camera's, out of noise of several sizes: the same in each run. */
#pragma once

#include <stdint.h>

/*
 * Fill `width` x `height` pixels of 0xRRGGBB, `stride` in a row, with a photo; each part of it is
 * another one when `seed` is. No colour is below 16 or above 239.
 */
void photo_paint(uint32_t *pixels, int stride, int width, int height, uint32_t seed);
