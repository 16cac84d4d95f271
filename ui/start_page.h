/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_START_PAGE_H
#define DS_UI_START_PAGE_H

#include <gtk/gtk.h>

/*
 * The two choices. Signals:
 *   "share" (): the person wants to share this screen.
 *   "help" (): the person wants to see somebody else's.
 */
#define DS_TYPE_START_PAGE (ds_start_page_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsStartPage, ds_start_page, DS, START_PAGE, GtkBin)

#endif
