/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/ahead.h"

#include <gdk/gdkx.h>

#include <cairo-xlib.h>

/* A container with nothing to show has a window of this side: there are none of no size. */
enum { EMPTY_PX = 1 };

static gboolean
lies_over(GdkWindow *window, const cairo_rectangle_int_t *area)
{
    cairo_rectangle_int_t place;
    gdk_window_get_position(window, &place.x, &place.y);
    place.width = gdk_window_get_width(window);
    place.height = gdk_window_get_height(window);
    return gdk_window_is_visible(window) && !gdk_window_is_input_only(window) &&
           place.width > EMPTY_PX && place.height > EMPTY_PX &&
           gdk_rectangle_intersect(area, &place, NULL);
}

/* Whichever of two children of one window is the upper one: they seldom meet. */
static gboolean
is_free(GdkWindow *window, GdkWindow *parent, const cairo_rectangle_int_t *area)
{
    for (const GList *l = gdk_window_peek_children(parent); l != NULL; l = l->next)
        if (l->data != window && lies_over(l->data, area))
            return FALSE;
    return area->x >= 0 && area->y >= 0 && area->x + area->width <= gdk_window_get_width(parent) &&
           area->y + area->height <= gdk_window_get_height(parent);
}

/*
 * Return the window that the X server knows, and turn `area` from a place in `window`, which lies
 * in that one, into the same place there. Returns NULL where not all of it is to be seen.
 */
static GdkWindow *
find_native(GdkWindow *window, cairo_rectangle_int_t *area)
{
    while (!gdk_window_has_native(window)) {
        GdkWindow *parent = gdk_window_get_parent(window);
        int x, y;
        gdk_window_get_position(window, &x, &y);
        area->x += x;
        area->y += y;
        if (!is_free(window, parent, area))
            return NULL;
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

cairo_t *
ds_ahead_begin(GtkWidget *widget, const cairo_region_t *region)
{
    GdkWindow *window = gtk_widget_get_window(widget);
    cairo_rectangle_int_t area;
    cairo_region_get_extents(region, &area);
    const cairo_rectangle_int_t own = area;
    if (!GDK_IS_X11_WINDOW(window) || is_changing_page(widget))
        return NULL;
    GdkWindow *native = find_native(window, &area);
    if (native == NULL || has_round_corners(native))
        return NULL;
    cairo_t *cr = draw_onto(native);
    cairo_translate(cr, area.x - own.x, area.y - own.y);
    gdk_cairo_region(cr, region);
    cairo_clip(cr);
    return cr;
}
