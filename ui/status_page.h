/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_STATUS_PAGE_H
#define DS_UI_STATUS_PAGE_H

#include <gtk/gtk.h>

/*
 * One sentence: what is being done, with Cancel; what went wrong, with Try Again and Back; or what
 * is missing of a session that goes on, with Try Again and Disconnect.
 * Signals:
 *   "cancel" (): while something is being done.
 *   "try-again" (): the same once more.
 *   "disconnect" (): the session is to end.
 *   "back" (): to where one came from.
 */
#define DS_TYPE_STATUS_PAGE (ds_status_page_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsStatusPage, ds_status_page, DS, STATUS_PAGE, GtkBin)

/** Show that something is being done; `text` (borrowed, translated) says what. Announced. */
void ds_status_page_show_busy(DsStatusPage *self, const char *text);

/**
 * Show how it ended: a title and a sentence (both borrowed, translated), and whether trying again
 * can help. Announced, both together.
 */
void ds_status_page_show_end(
        DsStatusPage *self, const char *title, const char *text, gboolean can_try_again);

/** Show what is missing of a session that goes on, as ds_status_page_show_end() does. */
void ds_status_page_show_lost(DsStatusPage *self, const char *title, const char *text);

/** Do what Escape means: Cancel or Back, whichever is shown. It does not disconnect. */
void ds_status_page_dismiss(DsStatusPage *self);

#endif
