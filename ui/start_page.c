/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/start_page.h"

#include "ui/choice.h"

struct _DsStartPage {
    GtkBin parent_instance;

    /* Template widgets */
    GtkWidget *share;
};

G_DEFINE_FINAL_TYPE(DsStartPage, ds_start_page, GTK_TYPE_BIN)

enum {
    SHARE,
    HELP,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_share_clicked(DsStartPage *self)
{
    g_signal_emit(self, signals[SHARE], 0);
}

static void
on_help_clicked(DsStartPage *self)
{
    g_signal_emit(self, signals[HELP], 0);
}

static void
ds_start_page_grab_focus(GtkWidget *widget)
{
    gtk_widget_grab_focus(DS_START_PAGE(widget)->share);
}

static void
ds_start_page_class_init(DsStartPageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->grab_focus = ds_start_page_grab_focus;
    signals[SHARE] = g_signal_new(
            "share", DS_TYPE_START_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[HELP] = g_signal_new(
            "help", DS_TYPE_START_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    g_type_ensure(DS_TYPE_CHOICE);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/start_page.ui");
    gtk_widget_class_bind_template_child(widget_class, DsStartPage, share);
    gtk_widget_class_bind_template_callback(widget_class, on_share_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_help_clicked);
}

static void
ds_start_page_init(DsStartPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
