/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PATH_PATH_INDICATOR_H
#define DS_UI_PATH_PATH_INDICATOR_H

#include <gtk/gtk.h>

#include "ui/path/path_view.h"

/* Which path carries the session. */
typedef enum {
    DS_PATH_STATE_RECONNECTING, /* none does at the moment */
    DS_PATH_STATE_RELAYED,
    DS_PATH_STATE_DIRECT,
} DsPathState;

/* A button that says in one word which path is used, with a popover that says all about it. */
#define DS_TYPE_PATH_INDICATOR (ds_path_indicator_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsPathIndicator, ds_path_indicator, DS, PATH_INDICATOR, GtkToggleButton)

/**
 * Show which path is used now. A change that lasts for two seconds is announced to assistive
 * technology.
 */
void ds_path_indicator_set_state(DsPathIndicator *self, DsPathState state);

/** Show the details (borrowed). Not announced: numbers change all the time. */
void ds_path_indicator_set_details(DsPathIndicator *self, const DsPathDetails *details);

/** Show the icon alone where there is little room; the word stays its name and its tooltip. */
void ds_path_indicator_set_compact(DsPathIndicator *self, gboolean is_compact);

/**
 * Show the details in a revealer (borrowed, must outlive this) instead of a popover: GTK 3 cuts a
 * popover off at the edge of its window, and a bar is too small for one.
 */
void ds_path_indicator_unfold_in(DsPathIndicator *self, GtkRevealer *revealer);

/** Return the details, which ask for a report; borrowed. */
DsPathView *ds_path_indicator_get_view(DsPathIndicator *self);

/** Return whether the details are open. */
gboolean ds_path_indicator_is_open(DsPathIndicator *self);

#endif
