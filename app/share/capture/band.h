/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_BAND_H
#define DS_APP_SHARE_BAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of a pixel is colour; an X server may leave anything in the rest. */
#define DS_COLOURS UINT32_C(0xffffff)

/* The picture that is shared: 0x00RRGGBB, rows from the top, without gaps. */
struct ds_canvas {
    uint32_t *pixels;
    int width, height;
};

/* A rectangle of the screen, freshly fetched, that lies inside of the picture. */
struct ds_band {
    int x, y, width, height;
    const uint32_t *fresh; /* 0xXXRRGGBB: X is anything; rows from the top, without gaps */
};

/** Return where the picture's pixel x, y is. */
static inline uint32_t *
ds_canvas_at(const struct ds_canvas *canvas, int x, int y)
{
    return canvas->pixels + (size_t)y * (size_t)canvas->width + x;
}

/** Return where the fresh pixel is that belongs to x, y of the picture. */
static inline const uint32_t *
ds_band_at(const struct ds_band *band, int x, int y)
{
    return band->fresh + (size_t)(y - band->y) * (size_t)band->width + (x - band->x);
}

/** Say whether `count` pixels have other colours. All are looked at, so that vectors can be used.
 */
static inline bool
ds_pixels_differ(const uint32_t *one, const uint32_t *two, int count)
{
    uint32_t difference = 0;
    for (int i = 0; i < count; i++)
        difference |= one[i] ^ two[i];
    return (difference & DS_COLOURS) != 0;
}

#endif
