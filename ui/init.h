/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_INIT_H
#define DS_UI_INIT_H

/**
 * Make the widgets usable: resources, style, icons, and the direction of writing of the language
 * that our texts are in. Call it once after GTK is initialised (in GApplication's startup) and
 * after bindtextdomain(), before any widget of ui/ is made. Main thread.
 */
void ds_ui_init(void);

#endif
