/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/network/network_dialog.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/copied.h"

struct _DsNetworkDialog {
    GtkDialog parent_instance;

    /* Template widgets */
    GtkWidget *spinner;
    GtkLabel *network;
    GtkWidget *result;
    GtkListBox *expectations;
    GtkListBox *advices;
    GtkListBox *findings;
    GtkWidget *copy;
    GtkWidget *again;
    DsCopied *copied;
};

G_DEFINE_FINAL_TYPE(DsNetworkDialog, ds_network_dialog, GTK_TYPE_DIALOG)

enum {
    CHECK,
    REPORT,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_again_clicked(DsNetworkDialog *self)
{
    g_signal_emit(self, signals[CHECK], 0);
}

static void
on_copy_clicked(DsNetworkDialog *self)
{
    g_autofree char *report = NULL;
    g_signal_emit(self, signals[REPORT], 0, &report);
    if (report != NULL)
        ds_copied_put(self->copied, report, _("The report has been copied."));
}

/* From list to list, and to the buttons: to who reads with the arrow keys it is one text. */
static gboolean
on_keynav_failed(DsNetworkDialog *self, GtkDirectionType direction)
{
    if (direction != GTK_DIR_UP && direction != GTK_DIR_DOWN)
        return FALSE;
    return gtk_widget_child_focus(
            GTK_WIDGET(self), direction == GTK_DIR_UP ? GTK_DIR_TAB_BACKWARD : GTK_DIR_TAB_FORWARD);
}

static void
ds_network_dialog_class_init(DsNetworkDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    signals[CHECK] = g_signal_new("check", DS_TYPE_NETWORK_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
            NULL, G_TYPE_NONE, 0);
    signals[REPORT] = g_signal_new("report", DS_TYPE_NETWORK_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL,
            NULL, NULL, G_TYPE_STRING, 0);
    g_type_ensure(DS_TYPE_COPIED);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/network/network_dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, spinner);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, network);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, result);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, expectations);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, advices);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, findings);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, copy);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, again);
    gtk_widget_class_bind_template_child(widget_class, DsNetworkDialog, copied);
    gtk_widget_class_bind_template_callback(widget_class, on_again_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_keynav_failed);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_start);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_stop);
}

static void
ds_network_dialog_init(DsNetworkDialog *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

DsNetworkDialog *
ds_network_dialog_new(GtkWindow *parent)
{
    DsNetworkDialog *self = g_object_new(
            DS_TYPE_NETWORK_DIALOG, "use-header-bar", TRUE, "transient-for", parent, NULL);
    g_signal_connect(self, "response", G_CALLBACK(gtk_widget_destroy), NULL);
    return self;
}

/* Says a sentence at the top and to a screen reader. The label keeps the focus, and marks nothing.
 */
static void
say(DsNetworkDialog *self, const char *sentence)
{
    gtk_label_set_text(self->network, sentence);
    gtk_label_select_region(self->network, 0, 0);
    ds_announce(GTK_WIDGET(self), sentence);
}

static void
set_busy(DsNetworkDialog *self, gboolean is_busy)
{
    gtk_widget_set_visible(self->spinner, is_busy);
    gtk_widget_set_visible(self->result, !is_busy);
    if (is_busy)
        gtk_widget_grab_focus(GTK_WIDGET(self->network)); /* the buttons lose it */
    gtk_widget_set_sensitive(self->copy, !is_busy);
    gtk_widget_set_sensitive(self->again, !is_busy);
}

void
ds_network_dialog_show_busy(DsNetworkDialog *self)
{
    g_return_if_fail(DS_IS_NETWORK_DIALOG(self));
    ds_copied_hide(self->copied);
    set_busy(self, TRUE);
    say(self, _("The network is being checked. This takes a few seconds."));
}

/* ---- the result ---- */

/* A line that the keyboard reaches, and whose text is its name. */
static GtkWidget *
row_new(const char *sentence)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *label = g_object_new(GTK_TYPE_LABEL, "visible", TRUE, "label", sentence, "wrap",
            TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, "xalign", 0.0, "margin", 12, NULL);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
    gtk_container_add(GTK_CONTAINER(row), label);
    atk_object_set_name(gtk_widget_get_accessible(row), sentence);
    gtk_widget_show(row);
    return row;
}

static void
drop_row(GtkWidget *row, gpointer data)
{
    gtk_widget_destroy(row);
}

static void
fill(GtkListBox *list, const char *const *sentences, const char *otherwise)
{
    gtk_container_foreach(GTK_CONTAINER(list), drop_row, NULL);
    for (size_t i = 0; sentences[i] != NULL; i++)
        gtk_container_add(GTK_CONTAINER(list), row_new(sentences[i]));
    if (sentences[0] == NULL)
        gtk_container_add(GTK_CONTAINER(list), row_new(otherwise));
}

void
ds_network_dialog_show_result(DsNetworkDialog *self, const DsNetworkResult *result)
{
    g_return_if_fail(DS_IS_NETWORK_DIALOG(self));
    fill(self->expectations, result->expectations, _("Nothing is known."));
    fill(self->advices, result->advices, _("Nothing has to be changed."));
    fill(self->findings, result->findings, _("Nothing is known."));
    set_busy(self, FALSE);
    say(self, result->network);
}
