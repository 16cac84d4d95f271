/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_WINDOW_H
#define DS_UI_WINDOW_H

#include <handy.h>

#include "ui/start_page.h"

/* What a window shows. */
typedef enum {
    DS_WINDOW_PAGE_START,
    DS_WINDOW_N_PAGES,
} DsWindowPage;

/* The main window: a header bar above a stack of pages, of which one is shown. */
#define DS_TYPE_WINDOW (ds_window_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsWindow, ds_window, DS, WINDOW, HdyApplicationWindow)

/** Make a window that shows the start page. Returns it owned by `application` (borrowed). */
DsWindow *ds_window_new(GtkApplication *application);

/** Show a page and move the keyboard's focus into it. */
void ds_window_show_page(DsWindow *self, DsWindowPage page);

/** Return the page with the two choices; borrowed. */
DsStartPage *ds_window_get_start_page(DsWindow *self);

#endif
