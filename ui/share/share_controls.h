/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_SHARE_SHARE_CONTROLS_H
#define DS_UI_SHARE_SHARE_CONTROLS_H

#include <gtk/gtk.h>

#include "ui/path/path_indicator.h"

/*
 * Who looks, whether they control, by which path, and what can be done about it: side by side in
 * the bar, one below the other in the window. Signals:
 *   "stop" (): the person ends the session.
 *   "take-back" (): they take control back; looking goes on.
 *   "give-control" (): they want to let the other one control; the caller asks them.
 */
#define DS_TYPE_SHARE_CONTROLS (ds_share_controls_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsShareControls, ds_share_controls, DS, SHARE_CONTROLS, GtkBox)

/** Set who looks: what they call themselves (borrowed, "" where they do not). */
void ds_share_controls_set_name(DsShareControls *self, const char *name);

/**
 * Show whether they control. A change is announced to assistive technology, and so is what is shown
 * first after ds_share_controls_set_name().
 */
void ds_share_controls_set_control(DsShareControls *self, gboolean has_control);

/** Return the indicator of the path; borrowed. Its details unfold below it. */
DsPathIndicator *ds_share_controls_get_path_indicator(DsShareControls *self);

/** Emit "stop": the window around is being closed. */
void ds_share_controls_stop(DsShareControls *self);

#endif
