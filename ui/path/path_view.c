/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/path/path_view.h"

#include <glib/gi18n-lib.h>

#include "ui/copied.h"

struct _DsPathView {
    GtkBox parent_instance;

    /* Template widgets */
    GtkLabel *sentence;
    GtkLabel *note;
    GtkGrid *rows;
    GtkLabel *kind;
    GtkLabel *rtt;
    GtkLabel *local;
    GtkLabel *remote;
    GtkLabel *received;
    GtkLabel *sent;
    GtkLabel *encryption;
    GtkWidget *check_network;
    DsCopied *copied;
};

G_DEFINE_FINAL_TYPE(DsPathView, ds_path_view, GTK_TYPE_BOX)

enum {
    REPORT,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_copy_report_clicked(DsPathView *self)
{
    g_autofree char *report = NULL;
    g_signal_emit(self, signals[REPORT], 0, &report);
    if (report != NULL)
        ds_copied_put(self->copied, report, _("The report has been copied."));
}

static void
ds_path_view_class_init(DsPathViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    signals[REPORT] = g_signal_new(
            "report", DS_TYPE_PATH_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_STRING, 0);
    g_type_ensure(DS_TYPE_COPIED);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/path/path_view.ui");
    gtk_widget_class_bind_template_child(widget_class, DsPathView, sentence);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, note);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, rows);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, kind);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, rtt);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, local);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, remote);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, received);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, sent);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, encryption);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, check_network);
    gtk_widget_class_bind_template_child(widget_class, DsPathView, copied);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_report_clicked);
}

static void
ds_path_view_init(DsPathView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    ds_path_view_set_details(
            self, &(DsPathDetails){.rtt_ms = -1, .rx_bytes_per_s = -1, .tx_bytes_per_s = -1});
}

void
ds_path_view_set_sentence(DsPathView *self, const char *sentence)
{
    g_return_if_fail(DS_IS_PATH_VIEW(self));
    gtk_label_set_text(self->sentence, sentence);
}

/* Shows a row with its heading, or none of both. */
static void
set_row(DsPathView *self, GtkLabel *value, const char *text)
{
    int row;
    gtk_container_child_get(GTK_CONTAINER(self->rows), GTK_WIDGET(value), "top-attach", &row, NULL);
    gtk_widget_set_visible(gtk_grid_get_child_at(self->rows, 0, row), text != NULL);
    gtk_widget_set_visible(GTK_WIDGET(value), text != NULL);
    gtk_label_set_text(value, text != NULL ? text : "");
}

/* Addresses run from left to right everywhere; the label stays at its side of the window. */
static void
set_address(DsPathView *self, GtkLabel *value, const char *address)
{
    g_autofree char *text = NULL;
    if (address != NULL)
        text = g_strconcat("\xe2\x81\xa6", address, "\xe2\x81\xa9", NULL);
    set_row(self, value, text);
}

static void
set_rate(DsPathView *self, GtkLabel *value, double bytes_per_s)
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
ds_path_view_set_details(DsPathView *self, const DsPathDetails *details)
{
    g_return_if_fail(DS_IS_PATH_VIEW(self));
    /* Translators: milliseconds. */
    g_autofree char *rtt = g_strdup_printf(_("%.0f ms"), details->rtt_ms);
    set_row(self, self->kind, details->kind);
    set_row(self, self->rtt, details->rtt_ms >= 0 ? rtt : NULL);
    set_address(self, self->local, details->local);
    set_address(self, self->remote, details->remote);
    set_rate(self, self->received, details->rx_bytes_per_s);
    set_rate(self, self->sent, details->tx_bytes_per_s);
    set_row(self, self->encryption, details->encryption);
    gtk_widget_set_visible(GTK_WIDGET(self->note), details->note != NULL);
    gtk_label_set_text(self->note, details->note != NULL ? details->note : "");
    gtk_widget_set_visible(self->check_network, details->note != NULL);
}
