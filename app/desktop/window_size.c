/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/window_size.h"

#include "app/desktop/settings.h"

enum { SIDE_MAX_PX = 16384 };

/* A full screen is no size of the window's own, and a maximized one has another below it. */
static void
on_unmap(GtkWindow *window, GSettings *settings)
{
    GdkWindow *surface = gtk_widget_get_window(GTK_WIDGET(window));
    gboolean is_maximized = gtk_window_is_maximized(window);
    int width, height;

    if (surface == NULL || (gdk_window_get_state(surface) & GDK_WINDOW_STATE_FULLSCREEN) != 0)
        return;
    g_settings_set_boolean(settings, DS_SETTING_WINDOW_MAXIMIZED, is_maximized);
    if (is_maximized)
        return;
    gtk_window_get_size(window, &width, &height);
    g_settings_set(settings, DS_SETTING_WINDOW_SIZE, "(ii)", width, height);
}

void
ds_window_size_keep(GtkWindow *window, GSettings *settings)
{
    int width, height;
    if (!ds_settings_has(settings, DS_SETTING_WINDOW_SIZE) ||
            !ds_settings_has(settings, DS_SETTING_WINDOW_MAXIMIZED))
        return;
    g_settings_get(settings, DS_SETTING_WINDOW_SIZE, "(ii)", &width, &height);
    if (width > 0 && height > 0)
        gtk_window_set_default_size(window, MIN(width, SIDE_MAX_PX), MIN(height, SIDE_MAX_PX));
    if (g_settings_get_boolean(settings, DS_SETTING_WINDOW_MAXIMIZED))
        gtk_window_maximize(window);
    g_signal_connect_object(window, "unmap", G_CALLBACK(on_unmap), settings, 0);
}
