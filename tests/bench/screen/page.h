/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long pages to scroll through, with anti-aliased text. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Return `width` x `height` pixels of 0xRRGGBB, which are the caller's to free(): a page of prose,
 * or one like a web site's, with photos and boxes too. Exits when there is no memory.
 */
uint32_t *page_new(int width, int height, bool is_web);
