/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/shrink.h"

#include <string.h>

#include <glib.h>

enum {
    WHOLE = 256, /* the weights of the pixels under one add up to it */
    CHANNELS = 4,
};

/* One pixel's channels: all of them at once is what every processor can. */
typedef float pixel_sum __attribute__((vector_size(16)));

/* The pixels of one axis that lie under one of the smaller picture's. */
struct span {
    int first, count;
    const guint16 *weights;
};

/* What lies under each pixel from `at` to before `end`, along one axis. */
struct axis {
    struct span *spans;
    guint16 *weights;
    int first, count; /* of all of them */
};

/* Returns how many pixels of `from` lie under pixel `at` of `to`, partly even; `*first` of them. */
static int
reach(int at, int from, int to, int *first)
{
    gint64 begin = (gint64)at * from, end = begin + from;
    *first = (int)(begin / to);
    return (int)((end + to - 1) / to) - *first;
}

/* Rounded as a sum, not one by one: so they add up to WHOLE whatever the sizes. */
static void
weigh(const struct span *span, int at, int from, int to, guint16 *weights)
{
    gint64 begin = (gint64)at * from, before = 0;
    for (int i = 0; i < span->count; i++) {
        gint64 end = MIN((gint64)(span->first + i + 1) * to - begin, from);
        gint64 sum = (end * WHOLE + from / 2) / from;
        weights[i] = (guint16)(sum - before);
        before = sum;
    }
}

static void
axis_init(struct axis *axis, int at, int size, int from, int to)
{
    int most = from / to + 2, first;
    axis->spans = g_new0(struct span, size);
    axis->weights = g_new0(guint16, (gsize)size * (gsize)most);
    for (int i = 0; i < size; i++) {
        guint16 *weights = axis->weights + (gsize)i * (gsize)most;
        struct span *span = &axis->spans[i];
        span->count = reach(at + i, from, to, &span->first);
        span->weights = weights;
        weigh(span, at + i, from, to, weights);
    }
    reach(at, from, to, &axis->first);
    axis->count = reach(at + size - 1, from, to, &first) + first - axis->first;
}

static void
axis_finish(struct axis *axis)
{
    g_free(axis->spans);
    g_free(axis->weights);
}

/* A channel's sum is at most 255 times WHOLE, which fits. */
static void
add_row(guint16 *restrict sums, const guint8 *restrict row, int count, unsigned weight)
{
    for (int i = 0; i < count; i++)
        sums[i] = (guint16)(sums[i] + row[i] * weight);
}

static void
take_row(guint16 *restrict sums, const guint8 *restrict row, int count, unsigned weight)
{
    for (int i = 0; i < count; i++)
        sums[i] = (guint16)(row[i] * weight);
}

/* The whole numbers are below 2^24, which a float holds. */
static void
widen(pixel_sum *restrict wide, const guint16 *restrict sums, int count)
{
    float *restrict to = (float *)wide;
    for (int i = 0; i < count; i++)
        to[i] = sums[i];
}

static pixel_sum
add_up(const pixel_sum *sums, const struct span *span)
{
    pixel_sum total = sums[0] * (float)span->weights[0];
    for (int i = 1; i < span->count; i++)
        total += sums[i] * (float)span->weights[i];
    return total;
}

static void
round_off(guint8 *restrict bytes, const pixel_sum *restrict totals, int count)
{
    const float *restrict from = (const float *)totals;
    for (int i = 0; i < count; i++)
        bytes[i] = (guint8)(gint32)(from[i] * (1.0F / (WHOLE * WHOLE)) + 0.5F);
}

/* What one row of the smaller picture needs, and memory for its sums. */
struct work {
    gsize stride; /* bytes from one row of the larger picture to the next */
    int width;    /* pixels of the smaller picture */
    struct axis across;
    guint16 *down;       /* a channel of the larger picture each */
    pixel_sum *wide;     /* the same */
    pixel_sum *together; /* a pixel of the smaller picture each */
};

static void
shrink_row(struct work *work, const struct span *rows, const guint8 *row, guint8 *line)
{
    int count = work->across.count * CHANNELS;
    take_row(work->down, row, count, rows->weights[0]);
    for (int i = 1; i < rows->count; i++)
        add_row(work->down, row + (gsize)i * work->stride, count, rows->weights[i]);
    widen(work->wide, work->down, count);
    for (int x = 0; x < work->width; x++) {
        const struct span *span = &work->across.spans[x];
        work->together[x] = add_up(work->wide + span->first - work->across.first, span);
    }
    round_off(line, work->together, work->width * CHANNELS);
}

static void
work_init(struct work *work, cairo_surface_t *from, cairo_surface_t *to,
        const cairo_rectangle_int_t *rect)
{
    work->stride = (gsize)cairo_image_surface_get_stride(from);
    work->width = rect->width;
    axis_init(&work->across, rect->x, rect->width, cairo_image_surface_get_width(from),
            cairo_image_surface_get_width(to));
    work->down = g_new0(guint16, (gsize)work->across.count * CHANNELS);
    work->wide = g_new0(pixel_sum, work->across.count);
    work->together = g_new0(pixel_sum, rect->width);
}

static void
work_finish(struct work *work)
{
    axis_finish(&work->across);
    g_free(work->down);
    g_free(work->wide);
    g_free(work->together);
}

void
ds_shrink(cairo_surface_t *from, cairo_surface_t *to, const cairo_rectangle_int_t *rect)
{
    gsize stride = (gsize)cairo_image_surface_get_stride(to);
    guint8 *target = cairo_image_surface_get_data(to) + (gsize)rect->x * CHANNELS;
    struct work work;
    struct axis down;
    work_init(&work, from, to, rect);
    axis_init(&down, rect->y, rect->height, cairo_image_surface_get_height(from),
            cairo_image_surface_get_height(to));
    const guint8 *source = cairo_image_surface_get_data(from) + (gsize)work.across.first * CHANNELS;
    for (int y = 0; y < rect->height; y++)
        shrink_row(&work, &down.spans[y], source + (gsize)down.spans[y].first * work.stride,
                target + (gsize)(rect->y + y) * stride);
    axis_finish(&down);
    work_finish(&work);
}
