/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_SHARE_SHARE_BAR_H
#define DS_UI_SHARE_SHARE_BAR_H

#include <gtk/gtk.h>

#include "ui/path/path_indicator.h"

/*
 * The small window that stays in sight while somebody looks: above all others, also full-screen
 * ones, and on every workspace. It can be moved by dragging it. Signals:
 *   "stop" (): the person ends the session, by Stop or by closing the window; it stays until the
 *       caller destroys it.
 *   "take-back" (): they take control back; looking goes on.
 *   "give-control" (): they want to let the other one control; the caller asks them.
 */
#define DS_TYPE_SHARE_BAR (ds_share_bar_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsShareBar, ds_share_bar, DS, SHARE_BAR, GtkWindow)

/** Make the bar, hidden. Returns it owned by `application` (borrowed) until it is destroyed. */
DsShareBar *ds_share_bar_new(GtkApplication *application);

/** Set who looks: what they call themselves (borrowed, "" where they do not). */
void ds_share_bar_set_name(DsShareBar *self, const char *name);

/** Show whether they control. A change is announced to assistive technology. */
void ds_share_bar_set_control(DsShareBar *self, gboolean has_control);

/** Return the indicator of the path; borrowed. */
DsPathIndicator *ds_share_bar_get_path_indicator(DsShareBar *self);

#endif
