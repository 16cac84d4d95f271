/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows one page of the window with sample data, and prints each signal as a line:
 *   widgets PAGE
 * DESKSIDE_LOCALEDIR says where translations are that are not installed.
 */
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#include <gtk/gtk.h>

#include "ui/init.h"
#include "ui/window.h"

static void
on_activate(GtkApplication *application)
{
    DsWindow *window = ds_window_new(application);
    gtk_window_present(GTK_WINDOW(window));
    g_print("READY\n");
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (getenv("DESKSIDE_LOCALEDIR") != NULL)
        bindtextdomain("deskside", getenv("DESKSIDE_LOCALEDIR"));
    bind_textdomain_codeset("deskside", "UTF-8");
    g_autoptr(GtkApplication) application =
            gtk_application_new("org.deskside.Widgets", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(application, "startup", G_CALLBACK(ds_ui_init), NULL);
    g_signal_connect(application, "activate", G_CALLBACK(on_activate), NULL);
    return g_application_run(G_APPLICATION(application), 1, argv);
}
