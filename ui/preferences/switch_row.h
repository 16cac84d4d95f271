/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PREFERENCES_SWITCH_ROW_H
#define DS_UI_PREFERENCES_SWITCH_ROW_H

#include "ui/preferences/setting_row.h"

/*
 * A setting that is on or off: a switch, whose hint says what it does. Property:
 *   "active": the setting.
 */
#define DS_TYPE_SWITCH_ROW (ds_switch_row_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsSwitchRow, ds_switch_row, DS, SWITCH_ROW, DsSettingRow)

#endif
