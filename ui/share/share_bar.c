/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/share/share_bar.h"

#include <gdk/gdkx.h>

struct _DsShareBar {
    GtkWindow parent_instance;

    /* Template widgets */
    DsShareControls *controls;

    /* Owned */
    guint raising; /* source: it is to be on top again */

    gboolean is_dragged;
    int grip_x, grip_y; /* where it is held, in its own coordinates */
};

G_DEFINE_FINAL_TYPE(DsShareBar, ds_share_bar, GTK_TYPE_WINDOW)

/* Two programs that both want to be on top take turns this slowly. */
#define RAISE_MS 200

static gboolean
on_raise(gpointer data)
{
    DsShareBar *self = data;
    self->raising = 0;
    gdk_window_raise(gtk_widget_get_window(GTK_WIDGET(self)));
    return G_SOURCE_REMOVE;
}

static void
raise_soon(DsShareBar *self)
{
    if (self->raising == 0)
        self->raising = g_timeout_add(RAISE_MS, on_raise, self);
}

/* The window manager tells on the root window when it put something on top or made it active. */
static GdkFilterReturn
on_root_event(GdkXEvent *xevent, GdkEvent *event, gpointer data)
{
    const XEvent *x = xevent;
    if (x->type == PropertyNotify &&
            (x->xproperty.atom == gdk_x11_get_xatom_by_name("_NET_CLIENT_LIST_STACKING") ||
                    x->xproperty.atom == gdk_x11_get_xatom_by_name("_NET_ACTIVE_WINDOW")))
        raise_soon(data);
    return GDK_FILTER_CONTINUE;
}

/* Without a compositor the server itself says that something covers it. */
static gboolean
ds_share_bar_visibility_notify_event(GtkWidget *widget, GdkEventVisibility *event)
{
    if (event->state != GDK_VISIBILITY_UNOBSCURED)
        raise_soon(DS_SHARE_BAR(widget));
    return GDK_EVENT_PROPAGATE;
}

static void
ds_share_bar_realize(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(ds_share_bar_parent_class)->realize(widget);
    if (!GDK_IS_X11_DISPLAY(gtk_widget_get_display(widget)))
        return;
    GdkWindow *root = gdk_screen_get_root_window(gtk_widget_get_screen(widget));
    gdk_window_set_events(root, gdk_window_get_events(root) | GDK_PROPERTY_CHANGE_MASK);
    gdk_window_add_filter(root, on_root_event, widget);
}

static void
ds_share_bar_unrealize(GtkWidget *widget)
{
    GdkWindow *root = gdk_screen_get_root_window(gtk_widget_get_screen(widget));
    gdk_window_remove_filter(root, on_root_event, widget);
    g_clear_handle_id(&DS_SHARE_BAR(widget)->raising, g_source_remove);
    GTK_WIDGET_CLASS(ds_share_bar_parent_class)->unrealize(widget);
}

/* What no button took moves the window, which has no title bar to be held by. */
static gboolean
ds_share_bar_button_press_event(GtkWidget *widget, GdkEventButton *event)
{
    DsShareBar *self = DS_SHARE_BAR(widget);
    int x, y;
    if (event->button != GDK_BUTTON_PRIMARY || event->type != GDK_BUTTON_PRESS)
        return GDK_EVENT_PROPAGATE;
    gtk_window_get_position(GTK_WINDOW(widget), &x, &y);
    self->grip_x = (int)event->x_root - x;
    self->grip_y = (int)event->y_root - y;
    self->is_dragged = TRUE;
    return GDK_EVENT_STOP;
}

static gboolean
ds_share_bar_button_release_event(GtkWidget *widget, GdkEventButton *event)
{
    DS_SHARE_BAR(widget)->is_dragged = FALSE;
    return GDK_EVENT_STOP;
}

static gboolean
ds_share_bar_motion_notify_event(GtkWidget *widget, GdkEventMotion *event)
{
    DsShareBar *self = DS_SHARE_BAR(widget);
    if (self->is_dragged)
        gtk_window_move(GTK_WINDOW(widget), (int)event->x_root - self->grip_x,
                (int)event->y_root - self->grip_y);
    return GDK_EVENT_STOP;
}

/* At the top, in the middle, of the first monitor. */
static void
place(DsShareBar *self)
{
    GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(self));
    GdkMonitor *monitor = gdk_display_get_primary_monitor(display);
    if (monitor == NULL)
        monitor = gdk_display_get_monitor(display, 0);
    if (monitor == NULL)
        return;
    GdkRectangle area;
    int width;
    gdk_monitor_get_workarea(monitor, &area);
    gtk_window_get_size(GTK_WINDOW(self), &width, NULL);
    gtk_window_move(GTK_WINDOW(self), area.x + (area.width - width) / 2, area.y);
}

static void
ds_share_bar_show(GtkWidget *widget)
{
    place(DS_SHARE_BAR(widget));
    GTK_WIDGET_CLASS(ds_share_bar_parent_class)->show(widget);
}

static void
ds_share_bar_class_init(DsShareBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->button_press_event = ds_share_bar_button_press_event;
    widget_class->button_release_event = ds_share_bar_button_release_event;
    widget_class->motion_notify_event = ds_share_bar_motion_notify_event;
    widget_class->realize = ds_share_bar_realize;
    widget_class->show = ds_share_bar_show;
    widget_class->unrealize = ds_share_bar_unrealize;
    widget_class->visibility_notify_event = ds_share_bar_visibility_notify_event;
    g_type_ensure(DS_TYPE_SHARE_CONTROLS);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/share/share_bar.ui");
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, controls);
}

/* The screen got other monitors, or another size. */
static void
on_monitors_changed(DsShareBar *self)
{
    place(self);
}

static void
ds_share_bar_init(DsShareBar *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    GdkScreen *screen = gtk_widget_get_screen(GTK_WIDGET(self));
    g_signal_connect_object(
            screen, "monitors-changed", G_CALLBACK(on_monitors_changed), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(
            screen, "size-changed", G_CALLBACK(on_monitors_changed), self, G_CONNECT_SWAPPED);
}

DsShareBar *
ds_share_bar_new(GtkApplication *application)
{
    return g_object_new(
            DS_TYPE_SHARE_BAR, "type", GTK_WINDOW_POPUP, "application", application, NULL);
}

DsShareControls *
ds_share_bar_get_controls(DsShareBar *self)
{
    g_return_val_if_fail(DS_IS_SHARE_BAR(self), NULL);
    return self->controls;
}
