/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/relay_question.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/session/relay_option.h"
#include "net/wire/record.h"
#include "ui/isolate.h"

struct ds_relay_question {
    /* Borrowed */
    GtkWindow *window;
    const struct ds_relay_question_handler *handler;
    gpointer data;

    /* Weak: GTK's, until it is destroyed */
    GtkWidget *dialog; /* NULL: nothing is asked */

    struct ds_relay_addr set;
    gboolean has_set;
    struct ds_relay_addr asked;    /* what the dialog is about */
    struct ds_relay_addr approved; /* the last to which they said yes; no host: none */
};

static gboolean
is_same(const struct ds_relay_addr *a, const struct ds_relay_addr *b)
{
    return strcmp(a->host, b->host) == 0 && a->port == b->port && a->has_pin == b->has_pin &&
           memcmp(a->pin, b->pin, sizeof a->pin) == 0;
}

static void
go(struct ds_relay_question *question, const struct ds_relay_addr *relay)
{
    question->handler->on_relay(question->data, relay, ds_relay_is_nearby(relay));
}

/* ---- the dialog ---- */

static void
close_dialog(struct ds_relay_question *question)
{
    if (question->dialog != NULL)
        gtk_widget_destroy(question->dialog); /* and NULL */
}

static void
on_response(struct ds_relay_question *question, int response)
{
    close_dialog(question);
    if (response != GTK_RESPONSE_ACCEPT)
        return;
    question->approved = question->asked;
    go(question, &question->approved);
}

/* What decides is the end of a name: that stays in sight, and the text above shows all of it. */
static void
shorten_label(GtkWidget *button)
{
    GtkWidget *label = gtk_bin_get_child(GTK_BIN(button));
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_START);
}

static void
add_buttons(GtkDialog *dialog, const char *where)
{
    /* Translators: %s is the name of a relay, such as support.example.org. */
    g_autofree char *yes = g_strdup_printf(_("Connect over %s"), where);
    GtkWidget *no = gtk_dialog_add_button(dialog, _("_Cancel"), GTK_RESPONSE_CANCEL);
    shorten_label(gtk_dialog_add_button(dialog, yes, GTK_RESPONSE_ACCEPT));
    gtk_dialog_set_default_response(dialog, GTK_RESPONSE_CANCEL);
    gtk_widget_grab_focus(no);
}

static void
open_dialog(struct ds_relay_question *question, const char *place)
{
    g_autofree char *where = ds_isolate(place);
    GtkWidget *dialog = gtk_message_dialog_new(question->window,
            GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
            GTK_BUTTONS_NONE,
            /* Translators: %s is the name of a relay, such as support.example.org. */
            _("Connect over %s?"), where);
    gtk_message_dialog_format_secondary_text(GTK_MESSAGE_DIALOG(dialog), "%s",
            _("This relay is not set on this computer. Whoever runs it learns the network "
              "addresses of both computers and when they are connected, but never sees the screen. "
              "Connect only if you know who sent you this."));
    g_set_weak_pointer(&question->dialog, dialog);
    add_buttons(GTK_DIALOG(dialog), where);
    g_signal_connect_swapped(dialog, "response", G_CALLBACK(on_response), question);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* ---- the relay ---- */

struct ds_relay_question *
ds_relay_question_new(
        GtkWindow *window, const struct ds_relay_question_handler *handler, gpointer data)
{
    struct ds_relay_question *question = g_new0(struct ds_relay_question, 1);
    question->window = window;
    question->handler = handler;
    question->data = data;
    return question;
}

void
ds_relay_question_free(struct ds_relay_question *question)
{
    if (question == NULL)
        return;
    close_dialog(question);
    g_free(question);
}

void
ds_relay_question_set_relay(struct ds_relay_question *question, const struct ds_relay_addr *relay)
{
    question->has_set = relay != NULL;
    if (relay != NULL)
        question->set = *relay;
}

void
ds_relay_question_ask(
        struct ds_relay_question *question, const struct ds_link_form *form, enum ds_paste paste)
{
    const struct ds_relay_question_handler *handler = question->handler;
    struct ds_relay_addr relay;
    char where[DS_PLACE_TEXT_MAX];

    close_dialog(question);
    switch (ds_relay_choose(&relay, question->has_set ? &question->set : NULL, form, paste)) {
    case DS_RELAY_CHOICE_SET:
        handler->on_relay(question->data, &relay, FALSE);
        break;
    case DS_RELAY_CHOICE_NEARBY:
        handler->on_relay(question->data, &relay, TRUE);
        break;
    case DS_RELAY_CHOICE_UNKNOWN:
    case DS_RELAY_CHOICE_OTHER:
        question->asked = relay;
        if (is_same(&relay, &question->approved))
            go(question, &relay);
        else
            open_dialog(question, ds_code_place_format(form, DS_DEFAULT_PORT, where));
        break;
    case DS_RELAY_CHOICE_NONE:
        handler->on_none(question->data,
                _("Nobody shares under this code on this computer, and no relay is set. If the "
                  "other computer is on the same network, type the address that stands before the "
                  "code, too."));
        break;
    case DS_RELAY_CHOICE_PIN:
        handler->on_none(question->data,
                _("The link and your settings name different keys of the relay. Ask whoever runs "
                  "it which one is right."));
        break;
    }
}
