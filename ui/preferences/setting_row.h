/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PREFERENCES_SETTING_ROW_H
#define DS_UI_PREFERENCES_SETTING_ROW_H

#include <gtk/gtk.h>

/*
 * A setting: a label and a hint, around the field that a subclass has, in whose template the box
 * beside the label is the internal child "header". Properties:
 *   "label": the field's name, with a mnemonic; for a template.
 *   "hint": a sentence or more; for a template.
 *   "locked": only an administrator can change it; a sentence says so.
 */
#define DS_TYPE_SETTING_ROW (ds_setting_row_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_DERIVABLE_TYPE(DsSettingRow, ds_setting_row, DS, SETTING_ROW, GtkBox)

struct _DsSettingRowClass {
    GtkBoxClass parent_class;
};

/**
 * Name the field (borrowed), once. `keeps_hint`: what the hint says matters to who cannot change
 * the setting, too; else the sentence about the administrator takes its place.
 */
void ds_setting_row_set_field(DsSettingRow *self, GtkWidget *field, gboolean keeps_hint);

#endif
