/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a viewer's picture became the screen's own, to the pixel. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct truth;

/* Begin to remember pictures of so many pixels. Exits when there is no memory. */
struct truth *truth_new(size_t pixels);

/* Remember the picture that is there since `now_us`. */
void truth_add(struct truth *truth, const uint32_t *pixels, uint64_t now_us);

/*
 * Compare with what $DISPLAY shows, on which nothing must move any more: write in milliseconds
 * after `since_us` since when the remembered pictures are that one, or null when the last is
 * another one. Frees it.
 */
void truth_report(struct truth *truth, uint64_t since_us, FILE *out);
