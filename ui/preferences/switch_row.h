/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PREFERENCES_SWITCH_ROW_H
#define DS_UI_PREFERENCES_SWITCH_ROW_H

#include <gtk/gtk.h>

/*
 * A setting that is on or off: a label, a switch, and a hint. Properties:
 *   "label": the switch's name, with a mnemonic; for a template.
 *   "hint": what it does; for a template.
 *   "active": the setting.
 *   "locked": only an administrator can change it; a sentence after the hint says so.
 */
#define DS_TYPE_SWITCH_ROW (ds_switch_row_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsSwitchRow, ds_switch_row, DS, SWITCH_ROW, GtkBox)

#endif
