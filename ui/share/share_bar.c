/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/share/share_bar.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/isolate.h"

struct _DsShareBar {
    GtkWindow parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *who;
    DsPathIndicator *path_indicator;
    GtkWidget *take_back;
    GtkWidget *give_control;
    GtkWidget *stop;

    /* Owned */
    char *name;

    gboolean has_control;
};

G_DEFINE_FINAL_TYPE(DsShareBar, ds_share_bar, GTK_TYPE_WINDOW)

enum {
    STOP,
    TAKE_BACK,
    GIVE_CONTROL,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_stop_clicked(DsShareBar *self)
{
    g_signal_emit(self, signals[STOP], 0);
}

static void
on_take_back_clicked(DsShareBar *self)
{
    g_signal_emit(self, signals[TAKE_BACK], 0);
}

static void
on_give_control_clicked(DsShareBar *self)
{
    g_signal_emit(self, signals[GIVE_CONTROL], 0);
}

static gboolean
ds_share_bar_delete_event(GtkWidget *widget, GdkEventAny *event)
{
    g_signal_emit(widget, signals[STOP], 0);
    return GDK_EVENT_STOP;
}

/* What no button took moves the window, which has no title bar to be held by. */
static gboolean
ds_share_bar_button_press_event(GtkWidget *widget, GdkEventButton *event)
{
    if (event->button != GDK_BUTTON_PRIMARY || event->type != GDK_BUTTON_PRESS)
        return GDK_EVENT_PROPAGATE;
    gtk_window_begin_move_drag(GTK_WINDOW(widget), GDK_BUTTON_PRIMARY, (int)event->x_root,
            (int)event->y_root, event->time);
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
    DsShareBar *self = DS_SHARE_BAR(widget);
    place(self);
    GTK_WIDGET_CLASS(ds_share_bar_parent_class)->show(widget);
    /* The focus that a Tab begins with must not be on what gives something away. */
    gtk_widget_grab_focus(self->stop);
}

static void
ds_share_bar_finalize(GObject *object)
{
    g_clear_pointer(&DS_SHARE_BAR(object)->name, g_free);
    G_OBJECT_CLASS(ds_share_bar_parent_class)->finalize(object);
}

static guint
add_signal(const char *name)
{
    return g_signal_new(
            name, DS_TYPE_SHARE_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ds_share_bar_class_init(DsShareBarClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_share_bar_finalize;
    widget_class->delete_event = ds_share_bar_delete_event;
    widget_class->button_press_event = ds_share_bar_button_press_event;
    widget_class->show = ds_share_bar_show;
    signals[STOP] = add_signal("stop");
    signals[TAKE_BACK] = add_signal("take-back");
    signals[GIVE_CONTROL] = add_signal("give-control");
    g_type_ensure(DS_TYPE_PATH_INDICATOR);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/share/share_bar.ui");
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, icon);
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, who);
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, path_indicator);
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, take_back);
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, give_control);
    gtk_widget_class_bind_template_child(widget_class, DsShareBar, stop);
    gtk_widget_class_bind_template_callback(widget_class, on_stop_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_take_back_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_give_control_clicked);
}

/* Says who does what, in one sentence. */
static void
show_who(DsShareBar *self)
{
    g_autofree char *name = ds_isolate(self->name);
    g_autofree char *who = NULL;
    if (self->name[0] == '\0')
        who = g_strdup(self->has_control ? _("Somebody controls this computer")
                                         : _("Somebody sees this screen"));
    else
        /* Translators: %s is the name that a person gave themselves. */
        who = g_strdup_printf(
                self->has_control ? _("“%s” controls this computer") : _("“%s” sees this screen"),
                name);
    gtk_label_set_text(self->who, who);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->who), who);
}

static void
ds_share_bar_init(DsShareBar *self)
{
    self->name = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_window_stick(GTK_WINDOW(self));
    show_who(self);
}

DsShareBar *
ds_share_bar_new(GtkApplication *application)
{
    return g_object_new(DS_TYPE_SHARE_BAR, "application", application, NULL);
}

void
ds_share_bar_set_name(DsShareBar *self, const char *name)
{
    g_return_if_fail(DS_IS_SHARE_BAR(self));
    g_free(self->name);
    self->name = g_strdup(name);
    show_who(self);
}

void
ds_share_bar_set_control(DsShareBar *self, gboolean has_control)
{
    g_return_if_fail(DS_IS_SHARE_BAR(self));
    if (self->has_control == has_control)
        return;
    self->has_control = has_control;
    gtk_image_set_from_icon_name(self->icon,
            has_control ? "input-mouse-symbolic" : "view-reveal-symbolic", GTK_ICON_SIZE_BUTTON);
    gtk_widget_set_visible(self->take_back, has_control);
    gtk_widget_set_visible(self->give_control, !has_control);
    show_who(self);
    ds_announce(GTK_WIDGET(self), gtk_label_get_text(self->who));
}

DsPathIndicator *
ds_share_bar_get_path_indicator(DsShareBar *self)
{
    g_return_val_if_fail(DS_IS_SHARE_BAR(self), NULL);
    return self->path_indicator;
}
