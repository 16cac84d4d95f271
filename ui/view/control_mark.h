/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_CONTROL_MARK_H
#define DS_UI_VIEW_CONTROL_MARK_H

#include <gtk/gtk.h>

/* Says in the header bar whether the person controls the other computer or only looks. */
#define DS_TYPE_CONTROL_MARK (ds_control_mark_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsControlMark, ds_control_mark, DS, CONTROL_MARK, GtkBox)

/** Show and announce whether they control. At first they only look. */
void ds_control_mark_set_control(DsControlMark *self, gboolean does_control);

/** Show the icon alone, where there is no room for words. */
void ds_control_mark_set_compact(DsControlMark *self, gboolean is_compact);

#endif
