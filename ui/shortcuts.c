/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/shortcuts.h"

#include <glib/gi18n-lib.h>

/* GTK gives the button in its header bar a picture alone. */
static void
name_search(GtkWidget *widget, gpointer data)
{
    if (GTK_IS_TOGGLE_BUTTON(widget))
        atk_object_set_name(gtk_widget_get_accessible(widget), _("Search"));
}

GtkWindow *
ds_shortcuts_new(GtkWindow *parent)
{
    g_autoptr(GtkBuilder) builder =
            gtk_builder_new_from_resource("/org/deskside/Deskside/shortcuts.ui");
    GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));
    gtk_window_set_transient_for(window, parent);
    gtk_window_set_modal(window, FALSE);
    gtk_container_forall(GTK_CONTAINER(gtk_window_get_titlebar(window)), name_search, NULL);
    /* GTK 3.24.38's accessibility asks for its labels once more when it has been destroyed. */
    g_signal_connect(window, "delete-event", G_CALLBACK(gtk_widget_hide_on_delete), NULL);
    return window;
}
