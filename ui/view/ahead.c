/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/ahead.h"

#include <gdk/gdkx.h>

#include <cairo-xlib.h>

/* A container with nothing to show has a window of this side: there are none of no size. */
enum { EMPTY_PX = 1 };

static gboolean
shows_something(GdkWindow *window, cairo_rectangle_int_t *place)
{
    gdk_window_get_position(window, &place->x, &place->y);
    place->width = gdk_window_get_width(window);
    place->height = gdk_window_get_height(window);
    return gdk_window_is_visible(window) && !gdk_window_is_input_only(window) &&
           place->width > EMPTY_PX && place->height > EMPTY_PX;
}

/*
 * Take out of a region, which is in units of `parent`, what is not to be seen of `window`, its
 * child: whichever of two children is the upper one, since they seldom meet.
 */
static void
take_covered(cairo_region_t *region, const GdkWindow *window, GdkWindow *parent)
{
    const cairo_rectangle_int_t all = {
            0, 0, gdk_window_get_width(parent), gdk_window_get_height(parent)};
    cairo_rectangle_int_t place;
    cairo_region_intersect_rectangle(region, &all);
    for (const GList *l = gdk_window_peek_children(parent); l != NULL; l = l->next)
        if (l->data != window && shows_something(l->data, &place))
            cairo_region_subtract_rectangle(region, &place);
}

/*
 * Return the window that the X server knows, and where in it `window` lies. The region is turned
 * from units of the one into such of the other, without what is not to be seen.
 */
static GdkWindow *
find_native(GdkWindow *window, cairo_region_t *region, int *left, int *top)
{
    *left = *top = 0;
    while (!gdk_window_has_native(window)) {
        GdkWindow *parent = gdk_window_get_parent(window);
        int x, y;
        gdk_window_get_position(window, &x, &y);
        cairo_region_translate(region, x, y);
        take_covered(region, window, parent);
        *left += x;
        *top += y;
        window = parent;
    }
    return window;
}

static gboolean
is_changing_page(GtkWidget *widget)
{
    GtkWidget *stack = gtk_widget_get_ancestor(widget, GTK_TYPE_STACK);
    return stack != NULL && gtk_stack_get_transition_running(GTK_STACK(stack));
}

/* Only what lets something shine through can, and only while it is a window among others. */
static gboolean
has_round_corners(GdkWindow *native)
{
    const GdkWindowState whole =
            GDK_WINDOW_STATE_FULLSCREEN | GDK_WINDOW_STATE_MAXIMIZED | GDK_WINDOW_STATE_TILED;
    GdkVisual *usual = gdk_screen_get_system_visual(gdk_window_get_screen(native));
    return gdk_window_get_visual(native) != usual && (gdk_window_get_state(native) & whole) == 0;
}

static cairo_t *
draw_onto(GdkWindow *native)
{
    const int scale = gdk_window_get_scale_factor(native);
    cairo_surface_t *surface = cairo_xlib_surface_create(GDK_WINDOW_XDISPLAY(native),
            GDK_WINDOW_XID(native), GDK_VISUAL_XVISUAL(gdk_window_get_visual(native)),
            gdk_window_get_width(native) * scale, gdk_window_get_height(native) * scale);
    cairo_t *cr = cairo_create(surface);
    cairo_surface_destroy(surface);
    cairo_scale(cr, scale, scale);
    return cr;
}

/* Returns NULL where there is nothing to be drawn. */
static cairo_t *
begin_within(GdkWindow *window, cairo_region_t *region)
{
    int left, top;
    GdkWindow *native = find_native(window, region, &left, &top);
    if (has_round_corners(native) || cairo_region_is_empty(region))
        return NULL;
    cairo_t *cr = draw_onto(native);
    gdk_cairo_region(cr, region);
    cairo_clip(cr);
    cairo_translate(cr, left, top);
    cairo_region_translate(region, -left, -top);
    return cr;
}

cairo_t *
ds_ahead_begin(GtkWidget *widget, cairo_region_t *region)
{
    GdkWindow *window = gtk_widget_get_window(widget);
    if (!GDK_IS_X11_WINDOW(window) || is_changing_page(widget))
        return NULL;
    cairo_region_t *seen = cairo_region_copy(region);
    cairo_t *cr = begin_within(window, seen);
    if (cr != NULL)
        cairo_region_subtract(region, seen);
    cairo_region_destroy(seen);
    return cr;
}
