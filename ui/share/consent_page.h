/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_SHARE_CONSENT_PAGE_H
#define DS_UI_SHARE_CONSENT_PAGE_H

#include <gtk/gtk.h>

/* What the person at this computer says. */
typedef enum {
    DS_CONSENT_ANSWER_DECLINED,
    DS_CONSENT_ANSWER_UNANSWERED, /* the time was over, which is a no */
    DS_CONSENT_ANSWER_LOOK,
    DS_CONSENT_ANSWER_CONTROL,
} DsConsentAnswer;

/*
 * The question before anything is shown. The focus is on Decline, Escape declines, Enter never
 * grants, and for the first moment nothing does: a click that was meant for what stood there
 * before is no answer. Signals:
 *   "answered" (int answer): a DsConsentAnswer; once a question.
 */
#define DS_TYPE_CONSENT_PAGE (ds_consent_page_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsConsentPage, ds_consent_page, DS, CONSENT_PAGE, GtkBin)

/* What is asked. */
typedef struct {
    const char *name;         /* what they call themselves: UTF-8, not checked by anybody; or "" */
    guint seconds;            /* for an answer */
    gboolean only_control;    /* they look already: it is about control alone */
    gboolean tells_addresses; /* a yes lets both computers tell each other where they are */
} DsConsentQuestion;

/** Ask whether somebody may look or control (borrowed). Announced, by sound too. */
void ds_consent_page_ask(DsConsentPage *self, const DsConsentQuestion *question);

/** Take the question back: whoever asked is gone. Nothing is emitted. */
void ds_consent_page_withdraw(DsConsentPage *self);

/** Say no, as Escape does. Does nothing where no question is open. */
void ds_consent_page_decline(DsConsentPage *self);

#endif
