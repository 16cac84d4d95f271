/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_APPLICATION_H
#define DS_APP_DESKTOP_APPLICATION_H

#include <gtk/gtk.h>

/*
 * The application: one window for both roles, the command line, and the net thread. A second start
 * in the same desktop session hands its command line to the first.
 */
#define DS_TYPE_APPLICATION (ds_application_get_type())
/** The class; see above. Main thread. */
G_DECLARE_FINAL_TYPE(DsApplication, ds_application, DS, APPLICATION, GtkApplication)

/** Make it; g_application_run() does the rest. Owned. */
DsApplication *ds_application_new(void);

#endif
