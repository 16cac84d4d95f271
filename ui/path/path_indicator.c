/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/path/path_indicator.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"

/* For so long a state must last before it is said: who hears each of many changes hears nothing. */
#define SETTLE_MS 2000
/* What a popover has around its content, the window's shadow included; and how high it is at least.
 */
#define POPOVER_EDGES_PX 64
#define POPOVER_LEAST_PX 96

struct _DsPathIndicator {
    GtkToggleButton parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *word;
    GtkPopover *popover;
    GtkScrolledWindow *scroller; /* in the popover */
    DsPathView *view;

    /* Borrowed */
    GtkRevealer *revealer; /* where the details unfold; NULL: in the popover */

    int state;      /* a DsPathState; -1 before the first */
    int said_state; /* what assistive technology knows */
    guint settling; /* source: the state has lasted */
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

/*
 * Makes the popover as large as the details, or as there is room below us: GTK 3 cuts it off at the
 * edge of its window. What does not fit is scrolled to.
 */
static void
fit_popover(DsPathIndicator *self)
{
    GtkWidget *window = gtk_widget_get_toplevel(GTK_WIDGET(self));
    GtkWidget *view = GTK_WIDGET(self->view);
    int bottom = gtk_widget_get_allocated_height(GTK_WIDGET(self)), width, height;
    gtk_widget_translate_coordinates(GTK_WIDGET(self), window, 0, bottom, NULL, &bottom);
    gtk_widget_get_preferred_width(view, NULL, &width);
    width = MIN(width, gtk_widget_get_allocated_width(window) - POPOVER_EDGES_PX);
    gtk_widget_get_preferred_height_for_width(view, width, NULL, &height);
    int room = gtk_widget_get_allocated_height(window) - bottom - POPOVER_EDGES_PX;
    g_object_set(self->scroller, "width-request", width, "height-request",
            MAX(MIN(height, room), POPOVER_LEAST_PX), NULL);
}

static void
ds_path_indicator_toggled(GtkToggleButton *button)
{
    DsPathIndicator *self = DS_PATH_INDICATOR(button);
    gboolean is_open = gtk_toggle_button_get_active(button);
    if (self->revealer != NULL) {
        gtk_revealer_set_reveal_child(self->revealer, is_open);
    } else if (is_open) {
        fit_popover(self);
        gtk_popover_popup(self->popover);
    } else {
        gtk_popover_popdown(self->popover);
    }
}

static gboolean
on_settled(gpointer data)
{
    DsPathIndicator *self = data;
    self->settling = 0;
    self->said_state = self->state;
    ds_announce(GTK_WIDGET(self), atk_object_get_name(gtk_widget_get_accessible(data)));
    return G_SOURCE_REMOVE;
}

/* Has the state said when it has lasted, unless it is what was said last. */
static void
settle(DsPathIndicator *self)
{
    g_clear_handle_id(&self->settling, g_source_remove);
    if (self->said_state < 0)
        self->said_state = self->state; /* the first is nothing that changed */
    else if (self->said_state != self->state)
        self->settling = g_timeout_add(SETTLE_MS, on_settled, self);
}

static void
ds_path_indicator_dispose(GObject *object)
{
    g_clear_handle_id(&DS_PATH_INDICATOR(object)->settling, g_source_remove);
    G_OBJECT_CLASS(ds_path_indicator_parent_class)->dispose(object);
}

static void
ds_path_indicator_class_init(DsPathIndicatorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->dispose = ds_path_indicator_dispose;
    GTK_TOGGLE_BUTTON_CLASS(klass)->toggled = ds_path_indicator_toggled;
    g_type_ensure(DS_TYPE_PATH_VIEW);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/path/path_indicator.ui");
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, icon);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, word);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, popover);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, scroller);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, view);
    gtk_widget_class_bind_template_callback(widget_class, on_closed);
}

static void
ds_path_indicator_init(DsPathIndicator *self)
{
    self->state = -1;
    self->said_state = -1;
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
    self->state = (int)state;
    const char *word = _(states[state].word);
    /* Translators: said by a screen reader; %s is Relayed, Direct or Reconnecting. */
    g_autofree char *name = g_strdup_printf(_("Connection: %s"), word);
    gtk_image_set_from_icon_name(self->icon, states[state].icon, GTK_ICON_SIZE_BUTTON);
    gtk_label_set_text(self->word, word);
    ds_path_view_set_sentence(self->view, _(states[state].sentence));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), name);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self)), name);
    settle(self);
}

void
ds_path_indicator_set_details(DsPathIndicator *self, const DsPathDetails *details)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    ds_path_view_set_details(self->view, details);
    if (gtk_widget_get_mapped(GTK_WIDGET(self->popover)))
        fit_popover(self);
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
    gtk_container_remove(GTK_CONTAINER(gtk_widget_get_parent(view)), view);
    gtk_container_add(GTK_CONTAINER(revealer), view);
    g_object_unref(view);
}

DsPathView *
ds_path_indicator_get_view(DsPathIndicator *self)
{
    g_return_val_if_fail(DS_IS_PATH_INDICATOR(self), NULL);
    return self->view;
}

gboolean
ds_path_indicator_is_open(DsPathIndicator *self)
{
    g_return_val_if_fail(DS_IS_PATH_INDICATOR(self), FALSE);
    return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self));
}
