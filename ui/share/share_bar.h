/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_SHARE_SHARE_BAR_H
#define DS_UI_SHARE_SHARE_BAR_H

#include <gtk/gtk.h>

#include "ui/share/share_controls.h"

/*
 * The small window that stays in sight while somebody looks: above all others, also full-screen
 * ones, and on every workspace. It can be moved by dragging it. No window manager has a say in
 * it, since none puts a managed window above a full-screen one for sure; so it never has the
 * keyboard, and the same controls stand in the main window.
 */
#define DS_TYPE_SHARE_BAR (ds_share_bar_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsShareBar, ds_share_bar, DS, SHARE_BAR, GtkWindow)

/** Make the bar, hidden. Returns it owned by `application` (borrowed) until it is destroyed. */
DsShareBar *ds_share_bar_new(GtkApplication *application);

/** Return what stands in it; borrowed. */
DsShareControls *ds_share_bar_get_controls(DsShareBar *self);

#endif
