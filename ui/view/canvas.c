/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/canvas.h"

#include <string.h>

#include "ui/view/shrink.h"

static void
drop_copy(struct ds_canvas *canvas)
{
    g_clear_pointer(&canvas->copy, cairo_surface_destroy);
    g_clear_pointer(&canvas->mirror, ds_mirror_free);
    g_clear_pointer(&canvas->stale, cairo_region_destroy);
}

static void
update_fit(struct ds_canvas *canvas)
{
    cairo_surface_t *picture = canvas->picture;
    int width = picture != NULL ? cairo_image_surface_get_width(picture) : 0;
    int height = picture != NULL ? cairo_image_surface_get_height(picture) : 0;
    drop_copy(canvas);
    canvas->fit = ds_fit_make(canvas->width, canvas->height, width, height);
}

static gboolean
is_smaller(const struct ds_fit *fit)
{
    return fit->width <= fit->picture_width && fit->height <= fit->picture_height;
}

static int
times(const struct ds_fit *fit)
{
    return fit->width / fit->picture_width;
}

/* Whether each pixel of the picture is a square of whole pixels. */
static gboolean
is_whole(const struct ds_fit *fit)
{
    return fit->width == times(fit) * fit->picture_width &&
           fit->height == times(fit) * fit->picture_height;
}

void
ds_canvas_set_picture(struct ds_canvas *canvas, cairo_surface_t *picture, int memory)
{
    if (picture != NULL)
        cairo_surface_reference(picture);
    g_clear_pointer(&canvas->picture, cairo_surface_destroy);
    canvas->picture = picture;
    canvas->memory = memory;
    update_fit(canvas);
}

void
ds_canvas_set_area(struct ds_canvas *canvas, int width, int height)
{
    if (canvas->width == width && canvas->height == height)
        return;
    canvas->width = width;
    canvas->height = height;
    update_fit(canvas);
}

void
ds_canvas_damage(struct ds_canvas *canvas, cairo_rectangle_int_t *rect)
{
    const struct ds_fit *fit = &canvas->fit;
    cairo_rectangle_int_t changed = *rect;
    cairo_surface_mark_dirty_rectangle(
            canvas->picture, rect->x, rect->y, rect->width, rect->height);
    ds_fit_from_picture(fit, &rect->x, &rect->y, &rect->width, &rect->height);
    if (canvas->stale == NULL)
        return;
    if (!is_whole(fit)) {
        changed = *rect;
        changed.x -= fit->x;
        changed.y -= fit->y;
    }
    cairo_region_union_rectangle(canvas->stale, &changed);
}

/* ---- the copy ---- */

/* Where each pixel is a square of whole ones it is them that are copied, and drawn as squares. */
static cairo_rectangle_int_t
copy_size(const struct ds_fit *fit)
{
    if (is_whole(fit))
        return (cairo_rectangle_int_t){0, 0, fit->picture_width, fit->picture_height};
    return (cairo_rectangle_int_t){0, 0, fit->width, fit->height};
}

static void
make_mirror(struct ds_canvas *canvas)
{
    if (canvas->screen == NULL || canvas->memory < 0 || !is_whole(&canvas->fit))
        return;
    const cairo_rectangle_int_t size = copy_size(&canvas->fit);
    canvas->mirror = ds_mirror_new(canvas->screen, canvas->memory, size.width, size.height);
    if (canvas->mirror != NULL)
        canvas->copy = cairo_surface_reference(ds_mirror_get_surface(canvas->mirror));
}

static void
make_image(struct ds_canvas *canvas)
{
    const cairo_rectangle_int_t size = copy_size(&canvas->fit);
    cairo_surface_t *copy = cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width, size.height);
    if (cairo_surface_status(copy) == CAIRO_STATUS_SUCCESS)
        canvas->copy = copy;
    else
        cairo_surface_destroy(copy);
}

/* Returns whether there is memory for it. */
static gboolean
make_copy(struct ds_canvas *canvas)
{
    const cairo_rectangle_int_t all = copy_size(&canvas->fit);
    if (canvas->copy != NULL)
        return TRUE;
    make_mirror(canvas);
    if (canvas->mirror == NULL)
        make_image(canvas);
    if (canvas->copy == NULL)
        return FALSE;
    canvas->stale = cairo_region_create_rectangle(&all);
    return TRUE;
}

static void
set_source(cairo_t *cr, cairo_surface_t *surface, cairo_filter_t filter)
{
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cr), filter);
}

/* For a picture that is larger than it was sent, between the pixels is what lies between them. */
static void
enlarge(struct ds_canvas *canvas, const cairo_rectangle_int_t *rect)
{
    const struct ds_fit *fit = &canvas->fit;
    cairo_t *cr = cairo_create(canvas->copy);
    cairo_rectangle(cr, rect->x, rect->y, rect->width, rect->height);
    cairo_clip(cr);
    cairo_scale(
            cr, (double)fit->width / fit->picture_width, (double)fit->height / fit->picture_height);
    set_source(cr, canvas->picture, CAIRO_FILTER_BILINEAR);
    cairo_paint(cr);
    cairo_destroy(cr);
}

static void
copy_rows(struct ds_canvas *canvas, const cairo_rectangle_int_t *rect)
{
    gsize from_stride = (gsize)cairo_image_surface_get_stride(canvas->picture);
    gsize to_stride = (gsize)cairo_image_surface_get_stride(canvas->copy);
    gsize left = (gsize)rect->x * sizeof(guint32), width = (gsize)rect->width * sizeof(guint32);
    const guint8 *from = cairo_image_surface_get_data(canvas->picture) + left;
    guint8 *to = cairo_image_surface_get_data(canvas->copy) + left;
    for (int i = 0; i < rect->height; i++) {
        gsize y = (gsize)rect->y + (gsize)i;
        memcpy(to + y * to_stride, from + y * from_stride, width);
    }
}

static void
read_rect(struct ds_canvas *canvas, const cairo_rectangle_int_t *rect)
{
    if (is_whole(&canvas->fit))
        copy_rows(canvas, rect);
    else if (is_smaller(&canvas->fit))
        ds_shrink(canvas->picture, canvas->copy, rect);
    else
        enlarge(canvas, rect);
}

static void
read_image(struct ds_canvas *canvas)
{
    cairo_rectangle_int_t rect;
    cairo_surface_flush(canvas->copy);
    for (int i = 0; i < cairo_region_num_rectangles(canvas->stale); i++) {
        cairo_region_get_rectangle(canvas->stale, i, &rect);
        read_rect(canvas, &rect);
        cairo_surface_mark_dirty_rectangle(canvas->copy, rect.x, rect.y, rect.width, rect.height);
    }
}

gboolean
ds_canvas_read(struct ds_canvas *canvas)
{
    if (canvas->fit.width == 0 || !make_copy(canvas))
        return FALSE;
    cairo_rectangle_int_t all = copy_size(&canvas->fit);
    cairo_region_intersect_rectangle(canvas->stale, &all);
    if (cairo_region_is_empty(canvas->stale))
        return TRUE;
    if (canvas->mirror != NULL && !ds_mirror_update(canvas->mirror, canvas->stale)) {
        canvas->screen = NULL; /* it goes on without the server */
        drop_copy(canvas);
        if (!make_copy(canvas))
            return FALSE;
    }
    if (canvas->mirror == NULL)
        read_image(canvas);
    cairo_region_subtract_rectangle(canvas->stale, &all);
    return TRUE;
}

void
ds_canvas_draw(struct ds_canvas *canvas, cairo_t *cr)
{
    const struct ds_fit *fit = &canvas->fit;
    if (!ds_canvas_read(canvas))
        return;
    cairo_save(cr);
    cairo_rectangle(cr, fit->x, fit->y, fit->width, fit->height);
    cairo_clip(cr);
    cairo_translate(cr, fit->x, fit->y);
    if (is_whole(fit))
        cairo_scale(cr, times(fit), times(fit));
    set_source(cr, canvas->copy, CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
}

void
ds_canvas_finish(struct ds_canvas *canvas)
{
    drop_copy(canvas);
    g_clear_pointer(&canvas->picture, cairo_surface_destroy);
    *canvas = (struct ds_canvas){0};
}
