/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/about.h"

#include <glib/gi18n-lib.h>

GtkWindow *
ds_about_new(GtkWindow *parent, const char *version)
{
    /* Translators: put your own names here, one a line; they are shown as those of who translated
     * the program. */
    const char *credits = _("translator-credits");
    GtkWindow *window = g_object_new(GTK_TYPE_ABOUT_DIALOG, "transient-for", parent,
            "destroy-with-parent", TRUE, "modal", FALSE, "program-name", "Deskside", "version",
            version, "logo-icon-name", "org.deskside.Deskside", "license-type", GTK_LICENSE_GPL_3_0,
            "comments", _("Help somebody at their computer from afar, or be helped"),
            "translator-credits", g_str_equal(credits, "translator-credits") ? NULL : credits,
            NULL);
    g_signal_connect(window, "response", G_CALLBACK(gtk_widget_destroy), NULL);
    return window;
}
