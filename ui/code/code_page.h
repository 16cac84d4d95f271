/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_CODE_CODE_PAGE_H
#define DS_UI_CODE_CODE_PAGE_H

#include <gtk/gtk.h>

/*
 * The code to read out, in large digits, while nobody has used it. It counts its time down by
 * itself. Signals:
 *   "stop" (): the person wants no more.
 *   "expired" (): the seconds given are over.
 */
#define DS_TYPE_CODE_PAGE (ds_code_page_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsCodePage, ds_code_page, DS, CODE_PAGE, GtkBin)

/* A code as it is shown; all texts are borrowed. */
typedef struct {
    const char *address; /* where the code is good, to be read out before it; NULL: needs none */
    const char *digits;  /* in groups: "4821 9130 5776" */
    const char *link;    /* the same as a link, NULL where there is none */
    guint seconds;       /* how long it is good from now on */
} DsShownCode;

/** Forget the code; show that a new one is on its way. */
void ds_code_page_wait(DsCodePage *self);

/** Show a code. It is copied, and wiped when it is replaced. */
void ds_code_page_show_code(DsCodePage *self, const DsShownCode *code);

/**
 * Show a sentence (borrowed, translated) above the code, announce it to assistive technology and
 * by sound: that this is a new code, and why. NULL takes it away.
 */
void ds_code_page_set_notice(DsCodePage *self, const char *text);

/** Show whether the code is good: while the relay is lost nobody can use it. Announced. */
void ds_code_page_set_relay_lost(DsCodePage *self, gboolean is_lost);

#endif
