/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_SHARE_BANDS_H
#define DS_APP_SHARE_BANDS_H

#include "app/share/capture/band.h"

/*
 * Makes few rectangles of the many that were damaged, since each that is fetched costs a request,
 * and since what moves is best looked for in one. Pure; any thread.
 */
enum { DS_BANDS_MAX = 64 };

struct ds_bands {
    struct ds_band list[DS_BANDS_MAX]; /* they may overlap */
    size_t count;
};

/**
 * Add a rectangle, which is not empty. Those that can be fetched as one with little more are made
 * one, and those that cost least, where there is no room for another.
 */
void ds_bands_add(struct ds_bands *bands, int x, int y, int width, int height);

/** Return how many pixels they have together; what is in two of them counts twice. */
size_t ds_bands_pixels(const struct ds_bands *bands);

/** Make one of all. */
void ds_bands_unite(struct ds_bands *bands);

#endif
