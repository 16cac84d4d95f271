/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/canvas.h"

#include <glib.h>

#include "ui/view/shrink.h"

static void
drop_scaled(struct ds_canvas *canvas)
{
    g_clear_pointer(&canvas->scaled, cairo_surface_destroy);
    g_clear_pointer(&canvas->stale, cairo_region_destroy);
}

static void
update_fit(struct ds_canvas *canvas)
{
    cairo_surface_t *picture = canvas->picture;
    int width = picture != NULL ? cairo_image_surface_get_width(picture) : 0;
    int height = picture != NULL ? cairo_image_surface_get_height(picture) : 0;
    drop_scaled(canvas);
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
ds_canvas_set_picture(struct ds_canvas *canvas, cairo_surface_t *picture)
{
    if (picture != NULL)
        cairo_surface_reference(picture);
    g_clear_pointer(&canvas->picture, cairo_surface_destroy);
    canvas->picture = picture;
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
    cairo_surface_mark_dirty_rectangle(
            canvas->picture, rect->x, rect->y, rect->width, rect->height);
    ds_fit_from_picture(fit, &rect->x, &rect->y, &rect->width, &rect->height);
    if (canvas->stale == NULL)
        return;
    cairo_rectangle_int_t changed = {rect->x - fit->x, rect->y - fit->y, rect->width, rect->height};
    cairo_region_union_rectangle(canvas->stale, &changed);
}

/* ---- the scaled picture ---- */

/* Returns whether there is memory for it. */
static gboolean
make_scaled(struct ds_canvas *canvas)
{
    const cairo_rectangle_int_t all = {0, 0, canvas->fit.width, canvas->fit.height};
    cairo_surface_t *scaled = cairo_image_surface_create(CAIRO_FORMAT_RGB24, all.width, all.height);
    if (cairo_surface_status(scaled) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(scaled);
        return FALSE;
    }
    canvas->scaled = scaled;
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
    cairo_t *cr = cairo_create(canvas->scaled);
    cairo_rectangle(cr, rect->x, rect->y, rect->width, rect->height);
    cairo_clip(cr);
    cairo_scale(
            cr, (double)fit->width / fit->picture_width, (double)fit->height / fit->picture_height);
    set_source(cr, canvas->picture, CAIRO_FILTER_BILINEAR);
    cairo_paint(cr);
    cairo_destroy(cr);
}

static void
refresh(struct ds_canvas *canvas)
{
    const cairo_rectangle_int_t all = {0, 0, canvas->fit.width, canvas->fit.height};
    cairo_rectangle_int_t rect;
    cairo_region_intersect_rectangle(canvas->stale, &all);
    cairo_surface_flush(canvas->scaled);
    for (int i = 0; i < cairo_region_num_rectangles(canvas->stale); i++) {
        cairo_region_get_rectangle(canvas->stale, i, &rect);
        if (is_smaller(&canvas->fit))
            ds_shrink(canvas->picture, canvas->scaled, &rect);
        else
            enlarge(canvas, &rect);
        cairo_surface_mark_dirty_rectangle(canvas->scaled, rect.x, rect.y, rect.width, rect.height);
    }
    cairo_region_subtract_rectangle(canvas->stale, &all);
}

void
ds_canvas_draw(struct ds_canvas *canvas, cairo_t *cr)
{
    const struct ds_fit *fit = &canvas->fit;
    if (fit->width == 0)
        return;
    cairo_surface_t *shown = canvas->picture;
    if (!is_whole(fit)) {
        if (canvas->scaled == NULL && !make_scaled(canvas))
            return;
        refresh(canvas);
        shown = canvas->scaled;
    }
    cairo_save(cr);
    cairo_rectangle(cr, fit->x, fit->y, fit->width, fit->height);
    cairo_clip(cr);
    cairo_translate(cr, fit->x, fit->y);
    if (shown == canvas->picture)
        cairo_scale(cr, times(fit), times(fit));
    set_source(cr, shown, CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
}

void
ds_canvas_finish(struct ds_canvas *canvas)
{
    drop_scaled(canvas);
    g_clear_pointer(&canvas->picture, cairo_surface_destroy);
    *canvas = (struct ds_canvas){0};
}
