/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_HINT_H
#define DS_UI_VIEW_HINT_H

#include <gtk/gtk.h>

/* A sentence at the upper edge of a widget, which goes by itself and takes no focus. */
#define DS_TYPE_HINT (ds_hint_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsHint, ds_hint, DS, HINT, GtkPopover)

/** Make one for a widget (borrowed), with which it ends. Nothing is shown yet. */
DsHint *ds_hint_new(GtkWidget *over);

/**
 * Have it stand below `bar` (borrowed), which covers the widget's upper edge, as high as it is at
 * the time. To be called once.
 */
void ds_hint_set_bar(DsHint *self, GtkWidget *bar);

/** Show and announce `text` (borrowed, translated); while it is shown, once more does nothing. */
void ds_hint_show(DsHint *self, const char *text);

#endif
