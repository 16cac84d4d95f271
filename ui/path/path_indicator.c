/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/path/path_indicator.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"

struct _DsPathIndicator {
    GtkToggleButton parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *word;
    GtkPopover *popover;
    DsPathView *view;

    /* Borrowed */
    GtkRevealer *revealer; /* where the details unfold; NULL: in the popover */

    int state; /* a DsPathState; -1 before the first */
};

G_DEFINE_FINAL_TYPE(DsPathIndicator, ds_path_indicator, GTK_TYPE_TOGGLE_BUTTON)

static const struct {
    const char *icon;
    const char *word;
    const char *sentence;
} states[] = {
        [DS_PATH_STATE_RECONNECTING] = {"deskside-path-reconnecting-symbolic", N_("Reconnecting"),
                N_("The connection was lost and is being made again.")},
        [DS_PATH_STATE_RELAYED] = {"deskside-path-relayed-symbolic", N_("Relayed"),
                N_("The relay carries the session. It cannot read it.")},
        [DS_PATH_STATE_DIRECT] = {"deskside-path-direct-symbolic", N_("Direct"),
                N_("The two computers are connected without the relay between them.")},
};

static void
on_closed(DsPathIndicator *self)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self), FALSE);
}

static void
ds_path_indicator_toggled(GtkToggleButton *button)
{
    DsPathIndicator *self = DS_PATH_INDICATOR(button);
    gboolean is_open = gtk_toggle_button_get_active(button);
    if (self->revealer != NULL)
        gtk_revealer_set_reveal_child(self->revealer, is_open);
    else if (is_open)
        gtk_popover_popup(self->popover);
    else
        gtk_popover_popdown(self->popover);
}

static void
ds_path_indicator_class_init(DsPathIndicatorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GTK_TOGGLE_BUTTON_CLASS(klass)->toggled = ds_path_indicator_toggled;
    g_type_ensure(DS_TYPE_PATH_VIEW);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/path/path_indicator.ui");
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, icon);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, word);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, popover);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, view);
    gtk_widget_class_bind_template_callback(widget_class, on_closed);
}

static void
ds_path_indicator_init(DsPathIndicator *self)
{
    self->state = -1;
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_popover_set_relative_to(self->popover, GTK_WIDGET(self));
    ds_path_indicator_set_state(self, DS_PATH_STATE_RELAYED);
}

void
ds_path_indicator_set_state(DsPathIndicator *self, DsPathState state)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    g_return_if_fail((size_t)state < G_N_ELEMENTS(states));
    if (self->state == (int)state)
        return;
    gboolean is_change = self->state >= 0;
    self->state = (int)state;
    const char *word = _(states[state].word);
    /* Translators: said by a screen reader; %s is Relayed, Direct or Reconnecting. */
    g_autofree char *name = g_strdup_printf(_("Connection: %s"), word);
    gtk_image_set_from_icon_name(self->icon, states[state].icon, GTK_ICON_SIZE_BUTTON);
    gtk_label_set_text(self->word, word);
    ds_path_view_set_sentence(self->view, _(states[state].sentence));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), name);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self)), name);
    if (is_change)
        ds_announce(GTK_WIDGET(self), name);
}

void
ds_path_indicator_set_details(DsPathIndicator *self, const DsPathDetails *details)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    ds_path_view_set_details(self->view, details);
}

void
ds_path_indicator_set_compact(DsPathIndicator *self, gboolean is_compact)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    gtk_widget_set_visible(GTK_WIDGET(self->word), !is_compact);
}

void
ds_path_indicator_unfold_in(DsPathIndicator *self, GtkRevealer *revealer)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    GtkWidget *view = GTK_WIDGET(self->view);
    self->revealer = revealer;
    g_object_ref(view);
    gtk_container_remove(GTK_CONTAINER(self->popover), view);
    gtk_container_add(GTK_CONTAINER(revealer), view);
    g_object_unref(view);
}

gboolean
ds_path_indicator_is_open(DsPathIndicator *self)
{
    g_return_val_if_fail(DS_IS_PATH_INDICATOR(self), FALSE);
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self));
}
