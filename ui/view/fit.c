/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/fit.h"

#include <math.h>
#include <stdint.h>

static int
clamp(int value, int low, int high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

struct ds_fit
ds_fit_make(int area_width, int area_height, int picture_width, int picture_height)
{
    struct ds_fit fit = {0};
    if (area_width <= 0 || area_height <= 0 || picture_width <= 0 || picture_height <= 0)
        return fit;
    /* Which side is full is decided in whole numbers: 1:1 must be exactly that. */
    int64_t by_width = (int64_t)picture_height * area_width;
    int64_t by_height = (int64_t)area_height * picture_width;
    fit.width = area_width;
    fit.height = area_height;
    if (by_width < by_height)
        fit.height = clamp((int)(by_width / picture_width), 1, area_height);
    else
        fit.width = clamp((int)(by_height / picture_height), 1, area_width);
    fit.x = (area_width - fit.width) / 2;
    fit.y = (area_height - fit.height) / 2;
    fit.picture_width = picture_width;
    fit.picture_height = picture_height;
    return fit;
}

bool
ds_fit_to_picture(const struct ds_fit *fit, double x, double y, int *picture_x, int *picture_y)
{
    double across = (x - fit->x) * fit->picture_width / fit->width;
    double down = (y - fit->y) * fit->picture_height / fit->height;
    bool is_inside =
            across >= 0 && across < fit->picture_width && down >= 0 && down < fit->picture_height;
    *picture_x = clamp((int)floor(across), 0, fit->picture_width - 1);
    *picture_y = clamp((int)floor(down), 0, fit->picture_height - 1);
    return is_inside;
}

/* From and to along one axis, one pixel wider on both sides. */
static void
stretch(int *at, int *size, int offset, int drawn, int picture)
{
    double scale = (double)drawn / picture;
    int from = (int)floor(*at * scale) - 1;
    int to = (int)ceil(((double)*at + *size) * scale) + 1;
    *at = offset + from;
    *size = to - from;
}

void
ds_fit_from_picture(const struct ds_fit *fit, int *x, int *y, int *width, int *height)
{
    stretch(x, width, fit->x, fit->width, fit->picture_width);
    stretch(y, height, fit->y, fit->height, fit->picture_height);
}
