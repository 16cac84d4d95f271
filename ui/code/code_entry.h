/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_CODE_CODE_ENTRY_H
#define DS_UI_CODE_CODE_ENTRY_H

#include <gtk/gtk.h>

/* What a text is that a person has typed so far. */
typedef enum {
    DS_CODE_ENTRY_PARTIAL,  /* more has to come */
    DS_CODE_ENTRY_COMPLETE, /* connect with it */
    DS_CODE_ENTRY_WRONG,    /* it cannot become a code */
} DsCodeEntryVerdict;

/**
 * Judge a text (borrowed, NUL-terminated UTF-8). With DS_CODE_ENTRY_WRONG `*message` is a
 * translated sentence (borrowed, static).
 */
typedef DsCodeEntryVerdict (*DsCodeEntryCheck)(
        const char *text, const char **message, gpointer data);

/*
 * The page where a helper types the code. Digits are put into groups as they are typed. Signals:
 *   "complete" (const char *text): the text is a code or a link: its last digit was typed, it was
 *       pasted, or the person presses Connect. Borrowed.
 */
#define DS_TYPE_CODE_ENTRY (ds_code_entry_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsCodeEntry, ds_code_entry, DS, CODE_ENTRY, GtkBin)

/** Set who knows what a code is; `data` is borrowed. Without one nothing is ever complete. */
void ds_code_entry_set_check(DsCodeEntry *self, DsCodeEntryCheck check, gpointer data);

/**
 * Take a text that was pasted anywhere in the window, or that came on the command line: a code, a
 * link, or a message that holds one. Ends in "complete" where it is good, and else in a sentence.
 */
void ds_code_entry_paste(DsCodeEntry *self, const char *text);

/** The same with the text that the clipboard holds; it comes later, and not at all without one. */
void ds_code_entry_paste_clipboard(DsCodeEntry *self);

/** Empty it: the next code is another one. */
void ds_code_entry_clear(DsCodeEntry *self);

/** Show a sentence (borrowed, translated) below the code and announce it; NULL takes it away. */
void ds_code_entry_set_message(DsCodeEntry *self, const char *message);

/** Set the name that the other person is shown (borrowed). */
void ds_code_entry_set_name(DsCodeEntry *self, const char *name);

/** Return that name as it is now; borrowed until it changes. */
const char *ds_code_entry_get_name(DsCodeEntry *self);

#endif
