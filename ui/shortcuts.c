/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/shortcuts.h"

GtkWindow *
ds_shortcuts_new(GtkWindow *parent)
{
    g_autoptr(GtkBuilder) builder =
            gtk_builder_new_from_resource("/org/deskside/Deskside/shortcuts.ui");
    GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));
    gtk_window_set_transient_for(window, parent);
    gtk_window_set_modal(window, FALSE);
    /* GTK 3.24.38's accessibility asks for its labels once more when it has been destroyed. */
    g_signal_connect(window, "delete-event", G_CALLBACK(gtk_widget_hide_on_delete), NULL);
    return window;
}
