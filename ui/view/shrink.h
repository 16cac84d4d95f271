/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_SHRINK_H
#define DS_UI_VIEW_SHRINK_H

#include <cairo.h>

/**
 * Make a rectangle of `to` what all of `from`, a larger picture, is in the size of `to`: each pixel
 * is the mean of all that lie under it, by the share of each, in steps of 1/256 along each axis. So
 * thin lines of text stay, get fainter and do not vanish; and it does not depend on how a picture
 * is cut into rectangles. Both are image surfaces of RGB24; `from` is not smaller in either
 * direction, and may be changing. `rect`, in pixels of `to`, lies inside. Any thread.
 */
void ds_shrink(cairo_surface_t *from, cairo_surface_t *to, const cairo_rectangle_int_t *rect);

#endif
