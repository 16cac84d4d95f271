/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_RELAY_QUESTION_H
#define DS_APP_DESKTOP_RELAY_QUESTION_H

#include <gtk/gtk.h>

#include "net/crypto/code_link.h"
#include "net/peer/reach.h"

/*
 * Finds the relay over which a code leads. Where that is for the person to say, they are asked in a
 * dialog, once for each relay as long as the program runs. Main thread.
 */
struct ds_relay_question;

struct ds_relay_question_handler {
    /** Go on over `relay` (borrowed); with `is_nearby` no proxy leads there. */
    void (*on_relay)(gpointer data, const struct ds_relay_addr *relay, gboolean is_nearby);
    /** There is no way; `sentence` (translated, borrowed) says why and what can be done. */
    void (*on_none)(gpointer data, const char *sentence);
};

/** Make one that asks above `window`. All is borrowed and outlives it. */
struct ds_relay_question *ds_relay_question_new(
        GtkWindow *window, const struct ds_relay_question_handler *handler, gpointer data);

/** Take the dialog away and free; NULL is fine. */
void ds_relay_question_free(struct ds_relay_question *question);

/** Set the relay (copied); NULL: none is set. */
void ds_relay_question_set_relay(
        struct ds_relay_question *question, const struct ds_relay_addr *relay);

/**
 * Find the relay for `form`, of which ds_code_paste_parse() said that it is a `paste`. One of the
 * handler's calls follows, within this call where there is no question; none where the person
 * cancels. A question that is still open counts as cancelled.
 */
void ds_relay_question_ask(
        struct ds_relay_question *question, const struct ds_link_form *form, enum ds_paste paste);

#endif
