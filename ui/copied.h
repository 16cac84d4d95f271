/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_COPIED_H
#define DS_UI_COPIED_H

#include <gtk/gtk.h>

/* Puts texts on the clipboard, and says so for a moment: for an overlay, at its upper edge. */
#define DS_TYPE_COPIED (ds_copied_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsCopied, ds_copied, DS, COPIED, GtkRevealer)

/**
 * Copy `text` (borrowed), and show `sentence` (borrowed, translated) for three seconds, which
 * assistive technology says too.
 */
void ds_copied_put(DsCopied *self, const char *text, const char *sentence);

/** Hide the sentence: what was copied is no more. */
void ds_copied_hide(DsCopied *self);

#endif
