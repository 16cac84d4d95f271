/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/announce.h"

void
ds_announce(GtkWidget *widget, const char *text)
{
    GtkWidget *toplevel = gtk_widget_get_toplevel(widget);
    if (GTK_IS_WINDOW(toplevel) &&
            gtk_window_get_window_type(GTK_WINDOW(toplevel)) == GTK_WINDOW_POPUP)
        return;
    ds_announce_done(widget, text);
}

void
ds_announce_done(GtkWidget *widget, const char *text)
{
    AtkObject *accessible = gtk_widget_get_accessible(widget);
    /* ATK 2.46 has this signal and no function for it. Older ones cannot announce. */
    if (g_signal_lookup("announcement", G_OBJECT_TYPE(accessible)) != 0)
        g_signal_emit_by_name(accessible, "announcement", text);
}
