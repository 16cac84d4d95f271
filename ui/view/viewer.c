/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/viewer.h"

#include <string.h>

#include "ui/view/ahead.h"
#include "ui/view/canvas.h"
#include "ui/view/held.h"
#include "ui/view/hint.h"

/* What comes sooner after what was drawn ahead of it waits for the frame clock, which merges. */
enum { AHEAD_US = 8000 };

struct _DsViewer {
    GtkDrawingArea parent_instance;

    /* Owned */
    struct ds_canvas canvas; /* its area is the widget's, in device pixels */
    GdkCursor *pointer;      /* NULL: the usual arrow */
    DsKeyboard *keyboard;

    /* Borrowed: it ends with the widget */
    DsHint *hint;

    uint32_t buttons; /* that are down on the other side: see ds_held_button() */
    double scroll_rest_x, scroll_rest_y;
    int last_x, last_y; /* of the pointer, on the picture */
    gint64 ahead_us;    /* when the picture was last drawn ahead of the frame clock */
    gboolean is_view_only;
};

G_DEFINE_FINAL_TYPE(DsViewer, ds_viewer, GTK_TYPE_DRAWING_AREA)

enum {
    MOVED,
    BUTTON,
    SCROLLED,
    REFUSED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
takes_input(const DsViewer *self)
{
    return !self->is_view_only && self->canvas.fit.width > 0;
}

static void
update_area(DsViewer *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    int scale = gtk_widget_get_scale_factor(widget);
    ds_canvas_set_area(&self->canvas, gtk_widget_get_allocated_width(widget) * scale,
            gtk_widget_get_allocated_height(widget) * scale);
    gtk_widget_queue_draw(widget);
}

/* Remembers where on the picture an event is; returns whether it is on it. */
static gboolean
locate(DsViewer *self, double x, double y)
{
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));
    return ds_fit_to_picture(&self->canvas.fit, x * scale, y * scale, &self->last_x, &self->last_y);
}

static void
update_pointer(DsViewer *self)
{
    GdkWindow *window = gtk_widget_get_window(GTK_WIDGET(self));
    if (window != NULL)
        gdk_window_set_cursor(window, takes_input(self) ? self->pointer : NULL);
}

/* Whether what is to be drawn, in device pixels, lies on the picture. */
static gboolean
is_covered(const DsViewer *self, cairo_t *cr)
{
    const struct ds_fit *fit = &self->canvas.fit;
    double left, top, right, bottom;
    cairo_clip_extents(cr, &left, &top, &right, &bottom);
    return left >= fit->x && right <= fit->x + fit->width && top >= fit->y &&
           bottom <= fit->y + fit->height;
}

/* From here on the units are pixels of the device. */
static void
scale_to_pixels(GtkWidget *widget, cairo_t *cr)
{
    double per_pixel = 1.0 / gtk_widget_get_scale_factor(widget);
    cairo_scale(cr, per_pixel, per_pixel);
}

static gboolean
ds_viewer_draw(GtkWidget *widget, cairo_t *cr)
{
    DsViewer *self = DS_VIEWER(widget);
    scale_to_pixels(widget, cr);
    if (!is_covered(self, cr))
        gtk_render_background(gtk_widget_get_style_context(widget), cr, 0, 0, self->canvas.width,
                self->canvas.height);
    ds_canvas_draw(&self->canvas, cr);
    return GDK_EVENT_PROPAGATE;
}

static void
ds_viewer_size_allocate(GtkWidget *widget, GtkAllocation *allocation)
{
    GTK_WIDGET_CLASS(ds_viewer_parent_class)->size_allocate(widget, allocation);
    update_area(DS_VIEWER(widget));
}

static void
ds_viewer_realize(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(ds_viewer_parent_class)->realize(widget);
    update_pointer(DS_VIEWER(widget));
}

static gboolean
ds_viewer_motion_notify_event(GtkWidget *widget, GdkEventMotion *event)
{
    DsViewer *self = DS_VIEWER(widget);
    /* Beside the picture only what began on it goes on, at its edge. */
    if (takes_input(self) && (locate(self, event->x, event->y) || self->buttons != 0))
        g_signal_emit(self, signals[MOVED], 0, self->last_x, self->last_y);
    /* The window looks at it too: at the upper edge of a full screen it shows its header bar. */
    return GDK_EVENT_PROPAGATE;
}

static gboolean
ds_viewer_button_press_event(GtkWidget *widget, GdkEventButton *event)
{
    DsViewer *self = DS_VIEWER(widget);
    gtk_widget_grab_focus(widget);
    /* A double click comes as two presses and then once more as what it is. */
    if (event->type != GDK_BUTTON_PRESS || self->canvas.fit.width == 0 ||
            !locate(self, event->x, event->y))
        return GDK_EVENT_STOP;
    if (!takes_input(self))
        g_signal_emit(self, signals[REFUSED], 0);
    else if (ds_held_button(&self->buttons, event->button, true))
        g_signal_emit(self, signals[BUTTON], 0, event->button, TRUE, self->last_x, self->last_y);
    return GDK_EVENT_STOP;
}

static gboolean
ds_viewer_button_release_event(GtkWidget *widget, GdkEventButton *event)
{
    DsViewer *self = DS_VIEWER(widget);
    if (!takes_input(self) || !ds_held_button(&self->buttons, event->button, false))
        return GDK_EVENT_STOP;
    locate(self, event->x, event->y);
    g_signal_emit(self, signals[BUTTON], 0, event->button, FALSE, self->last_x, self->last_y);
    return GDK_EVENT_STOP;
}

/* How far a wheel turned, or two fingers went; whole steps are 1. */
static void
scroll_deltas(const GdkEventScroll *event, double *x, double *y)
{
    static const struct {
        int x, y;
    } steps[] = {
            [GDK_SCROLL_UP] = {0, -1},
            [GDK_SCROLL_DOWN] = {0, 1},
            [GDK_SCROLL_LEFT] = {-1, 0},
            [GDK_SCROLL_RIGHT] = {1, 0},
    };
    *x = event->delta_x;
    *y = event->delta_y;
    if (event->direction != GDK_SCROLL_SMOOTH) {
        *x = steps[event->direction].x;
        *y = steps[event->direction].y;
    }
}

static gboolean
ds_viewer_scroll_event(GtkWidget *widget, GdkEventScroll *event)
{
    DsViewer *self = DS_VIEWER(widget);
    double x, y;
    if (!takes_input(self) || !locate(self, event->x, event->y))
        return GDK_EVENT_STOP;
    scroll_deltas(event, &x, &y);
    int steps_x = ds_held_scroll(&self->scroll_rest_x, x);
    int steps_y = ds_held_scroll(&self->scroll_rest_y, y);
    if (steps_x != 0 || steps_y != 0)
        g_signal_emit(self, signals[SCROLLED], 0, steps_x, steps_y, self->last_x, self->last_y);
    return GDK_EVENT_STOP;
}

static void
release_buttons(DsViewer *self)
{
    guint button;
    while ((button = ds_held_pop_button(&self->buttons)) != 0)
        g_signal_emit(self, signals[BUTTON], 0, button, FALSE, self->last_x, self->last_y);
}

/* What must be released is, before the hands are taken away. */
static void
update_hands(DsViewer *self)
{
    DsKeyboardMode mode = self->is_view_only ? DS_KEYBOARD_REFUSES : DS_KEYBOARD_TYPES;
    ds_keyboard_set_mode(self->keyboard, self->canvas.picture != NULL ? mode : DS_KEYBOARD_OFF);
    if (self->canvas.picture == NULL || self->is_view_only)
        release_buttons(self);
    update_pointer(self);
}

static gboolean
ds_viewer_focus_out_event(GtkWidget *widget, GdkEventFocus *event)
{
    release_buttons(DS_VIEWER(widget));
    return GTK_WIDGET_CLASS(ds_viewer_parent_class)->focus_out_event(widget, event);
}

static void
ds_viewer_unmap(GtkWidget *widget)
{
    release_buttons(DS_VIEWER(widget));
    GTK_WIDGET_CLASS(ds_viewer_parent_class)->unmap(widget);
}

static void
ds_viewer_finalize(GObject *object)
{
    DsViewer *self = DS_VIEWER(object);
    ds_canvas_finish(&self->canvas);
    g_clear_object(&self->pointer);
    g_clear_object(&self->keyboard);
    G_OBJECT_CLASS(ds_viewer_parent_class)->finalize(object);
}

static void
add_signals(void)
{
    const GType i = G_TYPE_INT, u = G_TYPE_UINT, b = G_TYPE_BOOLEAN;
    const GType type = DS_TYPE_VIEWER, none = G_TYPE_NONE;
    const GSignalFlags last = G_SIGNAL_RUN_LAST;
    signals[MOVED] = g_signal_new("moved", type, last, 0, NULL, NULL, NULL, none, 2, i, i);
    signals[BUTTON] = g_signal_new("button", type, last, 0, NULL, NULL, NULL, none, 4, u, b, i, i);
    signals[SCROLLED] =
            g_signal_new("scrolled", type, last, 0, NULL, NULL, NULL, none, 4, i, i, i, i);
    signals[REFUSED] = g_signal_new("refused", type, last, 0, NULL, NULL, NULL, none, 0);
}

static void
ds_viewer_class_init(DsViewerClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_viewer_finalize;
    widget_class->draw = ds_viewer_draw;
    widget_class->size_allocate = ds_viewer_size_allocate;
    widget_class->realize = ds_viewer_realize;
    widget_class->unmap = ds_viewer_unmap;
    widget_class->motion_notify_event = ds_viewer_motion_notify_event;
    widget_class->button_press_event = ds_viewer_button_press_event;
    widget_class->button_release_event = ds_viewer_button_release_event;
    widget_class->scroll_event = ds_viewer_scroll_event;
    widget_class->focus_out_event = ds_viewer_focus_out_event;
    gtk_widget_class_set_css_name(widget_class, "picture");
    gtk_widget_class_set_accessible_role(widget_class, ATK_ROLE_CANVAS);
    add_signals();
}

static void
ds_viewer_init(DsViewer *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    self->canvas.screen = gdk_screen_get_default();
    self->hint = ds_hint_new(widget);
    self->keyboard = ds_keyboard_new(widget);
    gtk_widget_set_can_focus(widget, TRUE);
    gtk_widget_add_events(widget, GDK_POINTER_MOTION_MASK | GDK_BUTTON_PRESS_MASK |
                                          GDK_BUTTON_RELEASE_MASK | GDK_SCROLL_MASK |
                                          GDK_SMOOTH_SCROLL_MASK | GDK_FOCUS_CHANGE_MASK);
    g_signal_connect(self, "notify::scale-factor", G_CALLBACK(update_area), NULL);
}

void
ds_viewer_set_picture(DsViewer *self, cairo_surface_t *surface, int memory)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    ds_canvas_set_picture(&self->canvas, surface, memory);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    update_hands(self);
}

/* Turns device pixels of the area into the widget's own, which may be larger. */
static void
add_pixels(cairo_region_t *region, const cairo_rectangle_int_t *rect, int scale)
{
    int left = rect->x / scale - 1, top = rect->y / scale - 1;
    const cairo_rectangle_int_t pixels = {left, top, (rect->x + rect->width) / scale + 2 - left,
            (rect->y + rect->height) / scale + 2 - top};
    cairo_region_union_rectangle(region, &pixels);
}

/* Draws of what changed what can be, and takes it out. */
static void
draw_ahead(DsViewer *self, cairo_region_t *changed)
{
    GtkWidget *widget = GTK_WIDGET(self);
    const gint64 now_us = g_get_monotonic_time();
    const cairo_rectangle_int_t all = {
            0, 0, gtk_widget_get_allocated_width(widget), gtk_widget_get_allocated_height(widget)};
    if (now_us - self->ahead_us < AHEAD_US)
        return;
    cairo_region_intersect_rectangle(changed, &all);
    cairo_t *cr = ds_ahead_begin(widget, changed);
    if (cr == NULL)
        return;
    scale_to_pixels(widget, cr);
    ds_canvas_draw(&self->canvas, cr);
    cairo_destroy(cr);
    gdk_display_flush(gtk_widget_get_display(widget));
    self->ahead_us = now_us;
}

void
ds_viewer_damage(DsViewer *self, const cairo_region_t *damage)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    GtkWidget *widget = GTK_WIDGET(self);
    if (self->canvas.fit.width == 0)
        return;
    cairo_region_t *changed = cairo_region_create();
    cairo_rectangle_int_t rect;
    for (int i = 0; i < cairo_region_num_rectangles(damage); i++) {
        cairo_region_get_rectangle(damage, i, &rect);
        ds_canvas_damage(&self->canvas, &rect);
        add_pixels(changed, &rect, gtk_widget_get_scale_factor(widget));
    }
    if (gtk_widget_is_drawable(widget) && ds_canvas_read(&self->canvas))
        draw_ahead(self, changed);
    if (!cairo_region_is_empty(changed))
        gtk_widget_queue_draw_region(widget, changed);
    cairo_region_destroy(changed);
}

void
ds_viewer_set_pointer(DsViewer *self, const DsPointerShape *shape)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    g_clear_object(&self->pointer);
    if (shape != NULL && shape->width > 0 && shape->height > 0) {
        cairo_surface_t *image =
                cairo_image_surface_create(CAIRO_FORMAT_ARGB32, shape->width, shape->height);
        guint8 *rows = cairo_image_surface_get_data(image);
        int stride = cairo_image_surface_get_stride(image);
        for (int y = 0; y < shape->height && rows != NULL; y++)
            memcpy(rows + (gsize)y * (gsize)stride, shape->pixels + (gsize)y * (gsize)shape->width,
                    (gsize)shape->width * sizeof shape->pixels[0]);
        cairo_surface_mark_dirty(image);
        self->pointer = gdk_cursor_new_from_surface(
                gtk_widget_get_display(GTK_WIDGET(self)), image, shape->hot_x, shape->hot_y);
        cairo_surface_destroy(image);
    }
    update_pointer(self);
}

void
ds_viewer_set_view_only(DsViewer *self, gboolean is_view_only)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    self->is_view_only = is_view_only;
    update_hands(self);
}

void
ds_viewer_set_bar(DsViewer *self, GtkWidget *bar)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    ds_hint_set_bar(self->hint, bar);
}

void
ds_viewer_show_hint(DsViewer *self, const char *text)
{
    g_return_if_fail(DS_IS_VIEWER(self));
    ds_hint_show(self->hint, text);
}

DsKeyboard *
ds_viewer_get_keyboard(DsViewer *self)
{
    g_return_val_if_fail(DS_IS_VIEWER(self), NULL);
    return self->keyboard;
}
