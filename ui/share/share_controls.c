/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/share/share_controls.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/isolate.h"

struct _DsShareControls {
    GtkBox parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *who;
    GtkRevealer *details;
    DsPathIndicator *path_indicator;
    GtkWidget *take_back;
    GtkWidget *give_control;
    GtkWidget *stop;

    /* Owned */
    char *name;

    gboolean has_control;
    gboolean is_told; /* who looks, or controls, has been said */
};

G_DEFINE_FINAL_TYPE(DsShareControls, ds_share_controls, GTK_TYPE_BOX)

enum {
    STOP,
    TAKE_BACK,
    GIVE_CONTROL,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_take_back_clicked(DsShareControls *self)
{
    g_signal_emit(self, signals[TAKE_BACK], 0);
}

static void
on_give_control_clicked(DsShareControls *self)
{
    g_signal_emit(self, signals[GIVE_CONTROL], 0);
}

/* Where the focus begins must not be on what gives something away. */
static void
ds_share_controls_grab_focus(GtkWidget *widget)
{
    gtk_widget_grab_focus(DS_SHARE_CONTROLS(widget)->stop);
}

static void
ds_share_controls_finalize(GObject *object)
{
    g_clear_pointer(&DS_SHARE_CONTROLS(object)->name, g_free);
    G_OBJECT_CLASS(ds_share_controls_parent_class)->finalize(object);
}

static guint
add_signal(const char *name)
{
    return g_signal_new(
            name, DS_TYPE_SHARE_CONTROLS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ds_share_controls_class_init(DsShareControlsClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_share_controls_finalize;
    widget_class->grab_focus = ds_share_controls_grab_focus;
    signals[STOP] = add_signal("stop");
    signals[TAKE_BACK] = add_signal("take-back");
    signals[GIVE_CONTROL] = add_signal("give-control");
    g_type_ensure(DS_TYPE_PATH_INDICATOR);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/share/share_controls.ui");
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, icon);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, who);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, details);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, path_indicator);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, take_back);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, give_control);
    gtk_widget_class_bind_template_child(widget_class, DsShareControls, stop);
    gtk_widget_class_bind_template_callback(widget_class, on_take_back_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_give_control_clicked);
    gtk_widget_class_bind_template_callback(widget_class, ds_share_controls_stop);
}

/*
 * The mark that makes a line run as our language does. Pango 1.50 takes the direction of a line
 * from its first letter, which may be one of a name, though that is isolated.
 */
static const char *
direction_mark(DsShareControls *self)
{
    gboolean is_rtl = gtk_widget_get_direction(GTK_WIDGET(self)) == GTK_TEXT_DIR_RTL;
    return is_rtl ? "\u200f" : "\u200e";
}

/* Says who does what, in one sentence. */
static void
show_who(DsShareControls *self)
{
    g_autofree char *name = ds_isolate(self->name);
    g_autofree char *who = NULL;
    if (self->name[0] == '\0')
        who = g_strdup(self->has_control ? _("Somebody controls this computer")
                                         : _("Somebody sees this screen"));
    else if (self->has_control)
        /* Translators: %s is the name that a person gave themselves. */
        who = g_strdup_printf(_("“%s” controls this computer"), name);
    else
        /* Translators: %s is the name that a person gave themselves. */
        who = g_strdup_printf(_("“%s” sees this screen"), name);
    g_autofree char *line = g_strconcat(direction_mark(self), who, NULL);
    gtk_label_set_text(self->who, line);
}

static void
ds_share_controls_init(DsShareControls *self)
{
    self->name = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
    ds_path_indicator_unfold_in(self->path_indicator, self->details);
    show_who(self);
}

void
ds_share_controls_set_name(DsShareControls *self, const char *name)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLS(self));
    g_free(self->name);
    self->name = g_strdup(name);
    self->is_told = FALSE;
    show_who(self);
}

/* Of the two buttons one comes and one goes, maybe with the focus: it must not end up nowhere. */
static void
swap_buttons(DsShareControls *self)
{
    gboolean has_focus =
            gtk_widget_is_focus(self->take_back) || gtk_widget_is_focus(self->give_control);
    gtk_widget_set_visible(self->take_back, self->has_control);
    gtk_widget_set_visible(self->give_control, !self->has_control);
    if (has_focus)
        gtk_widget_grab_focus(self->stop);
}

void
ds_share_controls_set_control(DsShareControls *self, gboolean has_control)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLS(self));
    if (self->is_told && self->has_control == has_control)
        return;
    self->is_told = TRUE;
    self->has_control = has_control;
    gtk_image_set_from_icon_name(self->icon,
            has_control ? "input-mouse-symbolic" : "view-reveal-symbolic", GTK_ICON_SIZE_BUTTON);
    swap_buttons(self);
    show_who(self);
    ds_announce(GTK_WIDGET(self), gtk_label_get_text(self->who));
}

DsPathIndicator *
ds_share_controls_get_path_indicator(DsShareControls *self)
{
    g_return_val_if_fail(DS_IS_SHARE_CONTROLS(self), NULL);
    return self->path_indicator;
}

void
ds_share_controls_stop(DsShareControls *self)
{
    g_return_if_fail(DS_IS_SHARE_CONTROLS(self));
    g_signal_emit(self, signals[STOP], 0);
}
