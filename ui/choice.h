/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_CHOICE_H
#define DS_UI_CHOICE_H

#include <gtk/gtk.h>

/*
 * A wide button that says what it does and, below that, what comes of it.
 *
 * Properties, all strings: "icon-name"; "title", with an underscore before the letter that Alt
 * chooses; "subtitle". A screen reader gets the title as the name and the subtitle as the
 * description.
 */
#define DS_TYPE_CHOICE (ds_choice_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsChoice, ds_choice, DS, CHOICE, GtkButton)

/** Say anew what comes of it: `subtitle` (borrowed, translated) in place of the last one. */
void ds_choice_set_subtitle(DsChoice *self, const char *subtitle);

#endif
