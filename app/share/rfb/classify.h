/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_CLASSIFY_H
#define DS_APP_SHARE_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Tells text and interface from photos and video, tile by tile. JPEG loses twice on text: it is
 * larger there than without loss, and blurs it. Text has a ground, so that many of its pixels have
 * the same colour; in photos hardly any two have. Pure.
 */
enum { DS_CLASSIFY_SIDE = 64 }; /* of a tile, pixels */

enum ds_content { DS_CONTENT_TEXT, DS_CONTENT_PHOTO };

/**
 * Say what the tile at `pixels` (0x00RRGGBB, rows of `stride` pixels) shows; `width` and `height`
 * are 1 to DS_CLASSIFY_SIDE pixels; a few dozen are text, whatever they show. What it showed before
 * (`was`) stays in doubt, so that a tile on the edge does not change its mind with every frame.
 */
enum ds_content ds_classify(const uint32_t *pixels, size_t stride, unsigned width, unsigned height,
        enum ds_content was);

#endif
