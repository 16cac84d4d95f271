/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/path/path_indicator.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"

struct _DsPathIndicator {
    GtkMenuButton parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *word;
    GtkLabel *sentence;
    GtkLabel *note;
    GtkLabel *kind;
    GtkLabel *rtt;
    GtkLabel *local;
    GtkLabel *remote;
    GtkLabel *received;
    GtkLabel *sent;
    GtkLabel *encryption;
    GtkGrid *rows;

    int state; /* a DsPathState; -1 before the first */
};

G_DEFINE_FINAL_TYPE(DsPathIndicator, ds_path_indicator, GTK_TYPE_MENU_BUTTON)

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
ds_path_indicator_class_init(DsPathIndicatorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/path/path_indicator.ui");
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, icon);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, word);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, sentence);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, note);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, kind);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, rtt);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, local);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, remote);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, received);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, sent);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, encryption);
    gtk_widget_class_bind_template_child(widget_class, DsPathIndicator, rows);
}

static void
ds_path_indicator_init(DsPathIndicator *self)
{
    GtkLabel **const numbers[] = {&self->local, &self->remote};
    self->state = -1;
    gtk_widget_init_template(GTK_WIDGET(self));
    /* Addresses run from left to right everywhere. */
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        gtk_widget_set_direction(GTK_WIDGET(*numbers[i]), GTK_TEXT_DIR_LTR);
    ds_path_indicator_set_details(
            self, &(DsPathDetails){.rtt_ms = -1, .rx_bytes_per_s = -1, .tx_bytes_per_s = -1});
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
    gtk_label_set_text(self->sentence, _(states[state].sentence));
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), name);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self)), name);
    if (is_change)
        ds_announce(GTK_WIDGET(self), name);
}

/* Shows a row with its heading, or none of both. */
static void
set_row(DsPathIndicator *self, GtkLabel *value, const char *text)
{
    int row;
    gtk_container_child_get(GTK_CONTAINER(self->rows), GTK_WIDGET(value), "top-attach", &row, NULL);
    gtk_widget_set_visible(gtk_grid_get_child_at(self->rows, 0, row), text != NULL);
    gtk_widget_set_visible(GTK_WIDGET(value), text != NULL);
    gtk_label_set_text(value, text != NULL ? text : "");
}

static void
set_rate(DsPathIndicator *self, GtkLabel *value, double bytes_per_s)
{
    if (!(bytes_per_s >= 0 && bytes_per_s < 1e15)) {
        set_row(self, value, NULL);
        return;
    }
    g_autofree char *size = g_format_size((guint64)bytes_per_s);
    /* Translators: %s is a size such as 1.2 MB; this is how much of it moves in a second. */
    g_autofree char *text = g_strdup_printf(_("%s/s"), size);
    set_row(self, value, text);
}

void
ds_path_indicator_set_details(DsPathIndicator *self, const DsPathDetails *details)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    /* Translators: milliseconds. */
    g_autofree char *rtt = g_strdup_printf(_("%.0f ms"), details->rtt_ms);
    set_row(self, self->kind, details->kind);
    set_row(self, self->rtt, details->rtt_ms >= 0 ? rtt : NULL);
    set_row(self, self->local, details->local);
    set_row(self, self->remote, details->remote);
    set_rate(self, self->received, details->rx_bytes_per_s);
    set_rate(self, self->sent, details->tx_bytes_per_s);
    set_row(self, self->encryption, details->encryption);
    gtk_widget_set_visible(GTK_WIDGET(self->note), details->note != NULL);
    gtk_label_set_text(self->note, details->note != NULL ? details->note : "");
}

void
ds_path_indicator_set_compact(DsPathIndicator *self, gboolean is_compact)
{
    g_return_if_fail(DS_IS_PATH_INDICATOR(self));
    gtk_widget_set_visible(GTK_WIDGET(self->word), !is_compact);
}
