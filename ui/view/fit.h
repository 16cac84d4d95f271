/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_FIT_H
#define DS_UI_VIEW_FIT_H

#include <stdbool.h>

/* Where a picture is on an area, as large as fits there with its aspect kept, in the middle. */
struct ds_fit {
    int x, y, width, height;           /* of what is drawn, in pixels of the area */
    int picture_width, picture_height; /* in pixels of the picture */
};

/**
 * Fit a picture into an area; both in pixels. Where one of the sizes is not above 0 the fit is
 * empty (width 0). Any thread, as all here.
 */
struct ds_fit ds_fit_make(int area_width, int area_height, int picture_width, int picture_height);

/**
 * Find the pixel of the picture at a place of the area; beside the picture it is the nearest one.
 * Returns whether the place is on the picture. The fit must not be empty.
 */
bool ds_fit_to_picture(
        const struct ds_fit *fit, double x, double y, int *picture_x, int *picture_y);

/**
 * Turn a rectangle of the picture into that of the area which it touches when it is drawn, one
 * pixel of smoothing included. In and out through the pointers.
 */
void ds_fit_from_picture(const struct ds_fit *fit, int *x, int *y, int *width, int *height);

#endif
