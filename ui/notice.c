/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/notice.h"

void
ds_notice_show(GtkWindow *parent, const char *title, const char *text)
{
    GtkWidget *dialog = gtk_message_dialog_new(
            parent, GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_INFO, GTK_BUTTONS_OK, "%s", title);
    gtk_message_dialog_format_secondary_text(GTK_MESSAGE_DIALOG(dialog), "%s", text);
    g_signal_connect(dialog, "response", G_CALLBACK(gtk_widget_destroy), NULL);
    gtk_window_present(GTK_WINDOW(dialog));
}
