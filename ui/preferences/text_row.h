/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PREFERENCES_TEXT_ROW_H
#define DS_UI_PREFERENCES_TEXT_ROW_H

#include "ui/preferences/setting_row.h"

/**
 * Judge a text (borrowed, UTF-8, without spaces around it). `is_whole`: the person has finished
 * it; else more may come. Returns NULL where it is fine, or a translated sentence (borrowed,
 * static).
 */
typedef const char *(*DsTextRowCheck)(const char *text, gboolean is_whole);

/*
 * A setting that is a text: an entry, and what is wrong with what is typed. Property:
 *   "text": the setting. It changes when the person has finished another text that is fine.
 */
#define DS_TYPE_TEXT_ROW (ds_text_row_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsTextRow, ds_text_row, DS, TEXT_ROW, DsSettingRow)

/** Set who knows which texts are fine; without one all are. Such a text runs left to right. */
void ds_text_row_set_check(DsTextRow *self, DsTextRowCheck check);

/** Set what an empty entry shows (borrowed). */
void ds_text_row_set_placeholder(DsTextRow *self, const char *text);

/** Take what is typed as finished: it becomes the property "text" where it is fine. */
void ds_text_row_commit(DsTextRow *self);

#endif
