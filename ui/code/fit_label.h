/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_CODE_FIT_LABEL_H
#define DS_UI_CODE_FIT_LABEL_H

#include <gtk/gtk.h>

/*
 * A label of digits, all equally wide, on one line: as large as its style says where there is room,
 * else as large as its width allows. What would become too small to read wraps instead.
 */
#define DS_TYPE_FIT_LABEL (ds_fit_label_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsFitLabel, ds_fit_label, DS, FIT_LABEL, GtkLabel)

#endif
