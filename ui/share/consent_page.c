/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/share/consent_page.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/choice.h"
#include "ui/countdown.h"
#include "ui/isolate.h"

/* Longer than a double click, shorter than reading the question takes. */
#define GUARD_MS 700

struct _DsConsentPage {
    GtkBin parent_instance;

    /* Template widgets */
    GtkLabel *title;
    GtkLabel *who;
    GtkLabel *claim;
    GtkLabel *warning;
    GtkLabel *left;
    GtkWidget *grants;
    GtkWidget *look;
    GtkLabel *addresses;
    DsChoice *decline;

    /* Owned */
    DsCountdown *countdown; /* NULL: no question is open */
    guint guard;
};

G_DEFINE_FINAL_TYPE(DsConsentPage, ds_consent_page, GTK_TYPE_BIN)

enum {
    ANSWERED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
answer(DsConsentPage *self, DsConsentAnswer said)
{
    if (self->countdown == NULL)
        return;
    ds_consent_page_withdraw(self);
    g_signal_emit(self, signals[ANSWERED], 0, (int)said);
}

static void
on_look_clicked(DsConsentPage *self)
{
    answer(self, DS_CONSENT_ANSWER_LOOK);
}

static void
on_control_clicked(DsConsentPage *self)
{
    answer(self, DS_CONSENT_ANSWER_CONTROL);
}

/* Swallows Enter on the buttons that grant; space, a mnemonic and a click are meant. */
static gboolean
on_grant_key(DsConsentPage *self, GdkEventKey *event)
{
    guint key = event->keyval;
    return key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_ISO_Enter;
}

static void
on_second(guint seconds_left, gpointer data)
{
    DsConsentPage *self = data;
    g_autofree char *clock = ds_countdown_text(seconds_left);
    g_autofree char *spoken = ds_countdown_spoken(seconds_left);
    /* Translators: %s is a time such as 1:59. */
    g_autofree char *text = g_strdup_printf(_("Declines by itself in %s"), clock);
    /* Translators: said by a screen reader; %s is a time such as "2 minutes". */
    g_autofree char *name = g_strdup_printf(_("Declines by itself in %s"), spoken);
    gtk_label_set_text(self->left, text);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self->left)), name);
    if (seconds_left == 0)
        answer(self, DS_CONSENT_ANSWER_UNANSWERED);
}

static gboolean
on_guard_over(gpointer data)
{
    DsConsentPage *self = data;
    self->guard = 0;
    gtk_widget_set_sensitive(self->grants, TRUE);
    return G_SOURCE_REMOVE;
}

static void
ds_consent_page_grab_focus(GtkWidget *widget)
{
    gtk_widget_grab_focus(GTK_WIDGET(DS_CONSENT_PAGE(widget)->decline));
}

static void
ds_consent_page_finalize(GObject *object)
{
    DsConsentPage *self = DS_CONSENT_PAGE(object);
    g_clear_handle_id(&self->guard, g_source_remove);
    g_clear_pointer(&self->countdown, ds_countdown_free);
    G_OBJECT_CLASS(ds_consent_page_parent_class)->finalize(object);
}

static void
ds_consent_page_class_init(DsConsentPageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_consent_page_finalize;
    widget_class->grab_focus = ds_consent_page_grab_focus;
    signals[ANSWERED] = g_signal_new("answered", DS_TYPE_CONSENT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
            NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
    g_type_ensure(DS_TYPE_CHOICE);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/share/consent_page.ui");
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, title);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, who);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, claim);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, warning);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, left);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, grants);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, look);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, addresses);
    gtk_widget_class_bind_template_child(widget_class, DsConsentPage, decline);
    gtk_widget_class_bind_template_callback(widget_class, on_look_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_control_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_grant_key);
    gtk_widget_class_bind_template_callback(widget_class, ds_consent_page_decline);
}

static void
ds_consent_page_init(DsConsentPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

static void
set_who(DsConsentPage *self, const char *name)
{
    g_autofree char *isolated = ds_isolate(name);
    /* Translators: %s is a name that somebody typed; it may be a lie. */
    g_autofree char *who = g_strdup_printf(_("Says: %s"), isolated);
    const char *question = _("Is it the person you are talking to?");
    g_autofree char *claim = g_strconcat(_("Nobody has checked this name."), "\n", question, NULL);
    gboolean has_name = name[0] != '\0';
    gtk_label_set_text(self->who, has_name ? who : _("Gives no name"));
    gtk_label_set_text(self->claim, has_name ? claim : question);
}

/* All that is read before an answer, in the order in which it stands there. */
static void
announce(DsConsentPage *self)
{
    GtkLabel *const labels[] = {
            self->title, self->who, self->claim, self->warning, self->addresses};
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(labels); i++)
        if (gtk_widget_get_visible(GTK_WIDGET(labels[i])))
            g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", gtk_label_get_text(labels[i]));
    ds_announce(GTK_WIDGET(self), text->str);
}

void
ds_consent_page_ask(DsConsentPage *self, const DsConsentQuestion *question)
{
    g_return_if_fail(DS_IS_CONSENT_PAGE(self));
    gboolean only_control = question->only_control;
    ds_consent_page_withdraw(self);
    gtk_label_set_text(self->title,
            only_control ? _("Let Them Control Your Computer?") : _("Let Them See Your Screen?"));
    ds_choice_set_subtitle(
            self->decline, only_control ? _("They go on looking only.") : _("They see nothing."));
    set_who(self, question->name);
    gtk_widget_set_visible(self->look, !only_control);
    gtk_widget_set_visible(GTK_WIDGET(self->addresses), question->tells_addresses);
    gtk_widget_set_sensitive(self->grants, FALSE);
    self->guard = g_timeout_add(GUARD_MS, on_guard_over, self);
    self->countdown = ds_countdown_new(question->seconds, on_second, self);
    if (gtk_widget_get_mapped(GTK_WIDGET(self)))
        gtk_widget_grab_focus(GTK_WIDGET(self->decline));
    gdk_display_beep(gtk_widget_get_display(GTK_WIDGET(self)));
    announce(self);
}

void
ds_consent_page_withdraw(DsConsentPage *self)
{
    g_return_if_fail(DS_IS_CONSENT_PAGE(self));
    g_clear_handle_id(&self->guard, g_source_remove);
    g_clear_pointer(&self->countdown, ds_countdown_free);
    gtk_widget_set_sensitive(self->grants, FALSE);
}

void
ds_consent_page_decline(DsConsentPage *self)
{
    g_return_if_fail(DS_IS_CONSENT_PAGE(self));
    answer(self, DS_CONSENT_ANSWER_DECLINED);
}
