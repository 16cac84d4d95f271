/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/code/code_page.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "ui/announce.h"
#include "ui/code/code_text.h"
#include "ui/code/fit_label.h"
#include "ui/copied.h"
#include "ui/countdown.h"

struct _DsCodePage {
    GtkBin parent_instance;

    /* Template widgets */
    GtkStack *states;
    GtkWidget *waiting;
    GtkWidget *shown;
    GtkLabel *how;
    GtkWidget *code;
    GtkLabel *address;
    GtkLabel *digits;
    GtkLabel *left;
    GtkLabel *relay_lost;
    GtkLabel *notice;
    GtkRevealer *notice_revealer;
    DsCopied *copied;
    GtkWidget *copy_code;
    GtkWidget *copy_link;
    GtkWidget *stop;

    /* Owned */
    DsCountdown *countdown;
    char *text; /* what is copied: address and digits */
    char *link;
};

G_DEFINE_FINAL_TYPE(DsCodePage, ds_code_page, GTK_TYPE_BIN)

enum {
    STOP,
    EXPIRED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* A code is a secret while it lives. */
static void
wipe(char **text)
{
    if (*text != NULL)
        explicit_bzero(*text, strlen(*text));
    g_clear_pointer(text, g_free);
}

static void
forget(DsCodePage *self)
{
    g_clear_pointer(&self->countdown, ds_countdown_free);
    wipe(&self->text);
    wipe(&self->link);
}

static void
on_second(guint seconds_left, gpointer data)
{
    DsCodePage *self = data;
    g_autofree char *clock = ds_countdown_text(seconds_left);
    g_autofree char *spoken = ds_countdown_spoken(seconds_left);
    /* Translators: %s is a time such as 14:05. */
    g_autofree char *text = g_strdup_printf(_("Works for another %s"), clock);
    /* Translators: said by a screen reader; %s is a time such as "14 minutes". */
    g_autofree char *name = g_strdup_printf(_("The code works for another %s"), spoken);
    gtk_label_set_text(self->left, text);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self->left)), name);
    if (seconds_left == 0)
        g_signal_emit(self, signals[EXPIRED], 0);
}

static void
on_stop_clicked(DsCodePage *self)
{
    g_signal_emit(self, signals[STOP], 0);
}

static void
on_copy_code_clicked(DsCodePage *self)
{
    ds_copied_put(self->copied, self->text, _("The code has been copied."));
}

static void
on_copy_link_clicked(DsCodePage *self)
{
    ds_copied_put(self->copied, self->link, _("The link has been copied."));
}

static void
ds_code_page_grab_focus(GtkWidget *widget)
{
    DsCodePage *self = DS_CODE_PAGE(widget);
    gtk_widget_grab_focus(self->text != NULL ? self->code : self->stop);
}

static void
ds_code_page_finalize(GObject *object)
{
    DsCodePage *self = DS_CODE_PAGE(object);
    forget(self);
    G_OBJECT_CLASS(ds_code_page_parent_class)->finalize(object);
}

static void
ds_code_page_class_init(DsCodePageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->finalize = ds_code_page_finalize;
    widget_class->grab_focus = ds_code_page_grab_focus;
    signals[STOP] = g_signal_new(
            "stop", DS_TYPE_CODE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[EXPIRED] = g_signal_new(
            "expired", DS_TYPE_CODE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    g_type_ensure(DS_TYPE_COPIED);
    g_type_ensure(DS_TYPE_FIT_LABEL);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/code/code_page.ui");
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, states);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, waiting);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, shown);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, how);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, code);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, address);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, digits);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, left);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, relay_lost);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, notice);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, notice_revealer);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, copied);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, copy_code);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, copy_link);
    gtk_widget_class_bind_template_child(widget_class, DsCodePage, stop);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_code_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_copy_link_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_stop_clicked);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_start);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_stop);
}

static void
ds_code_page_init(DsCodePage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    /* Digits run from left to right everywhere, and so do their groups. */
    gtk_widget_set_direction(GTK_WIDGET(self->digits), GTK_TEXT_DIR_LTR);
    gtk_widget_set_direction(GTK_WIDGET(self->address), GTK_TEXT_DIR_LTR);
    ds_code_page_wait(self);
}

void
ds_code_page_wait(DsCodePage *self)
{
    g_return_if_fail(DS_IS_CODE_PAGE(self));
    gboolean had_focus = gtk_widget_has_focus(self->code);
    forget(self);
    gtk_widget_set_sensitive(self->copy_code, FALSE);
    gtk_widget_set_sensitive(self->copy_link, FALSE);
    gtk_label_set_text(self->digits, "");
    ds_copied_hide(self->copied);
    gtk_stack_set_visible_child(self->states, self->waiting);
    ds_code_page_set_notice(self, NULL);
    if (had_focus)
        gtk_widget_grab_focus(self->stop);
}

/* What a screen reader says: each digit by itself, the address before them. */
static void
set_spoken(DsCodePage *self, const DsShownCode *code)
{
    g_autofree char *spelled = ds_code_text_spell(code->digits);
    g_autofree char *name = code->address == NULL
                                    ? g_strdup(spelled)
                                    : g_strdup_printf("%s, %s", code->address, spelled);
    atk_object_set_name(gtk_widget_get_accessible(self->code), name);
    atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(self->digits)), spelled);
}

void
ds_code_page_show_code(DsCodePage *self, const DsShownCode *code)
{
    g_return_if_fail(DS_IS_CODE_PAGE(self));
    forget(self);
    self->text = code->address == NULL ? g_strdup(code->digits)
                                       : g_strdup_printf("%s %s", code->address, code->digits);
    self->link = g_strdup(code->link);
    self->countdown = ds_countdown_new(code->seconds, on_second, self);
    gtk_label_set_text(self->how,
            code->address != NULL
                    ? _("They type both lines into Deskside on a computer in the same network. "
                        "Nothing is shown before you say yes.")
                    : _("They type it into Deskside on their computer. Nothing is shown before "
                        "you say yes."));
    gtk_label_set_text(self->address, code->address != NULL ? code->address : "");
    gtk_widget_set_visible(GTK_WIDGET(self->address), code->address != NULL);
    gtk_label_set_text(self->digits, code->digits);
    ds_copied_hide(self->copied);
    set_spoken(self, code);
    gtk_widget_set_sensitive(self->copy_code, TRUE);
    gtk_widget_set_sensitive(self->copy_link, code->link != NULL);
    gtk_stack_set_visible_child(self->states, self->shown);
    if (gtk_widget_get_mapped(GTK_WIDGET(self)))
        gtk_widget_grab_focus(self->code);
}

void
ds_code_page_set_notice(DsCodePage *self, const char *text)
{
    g_return_if_fail(DS_IS_CODE_PAGE(self));
    gtk_revealer_set_reveal_child(self->notice_revealer, text != NULL);
    if (text == NULL)
        return;
    gtk_label_set_text(self->notice, text);
    gdk_display_beep(gtk_widget_get_display(GTK_WIDGET(self)));
    ds_announce(GTK_WIDGET(self), text);
}

void
ds_code_page_set_relay_lost(DsCodePage *self, gboolean is_lost)
{
    g_return_if_fail(DS_IS_CODE_PAGE(self));
    if (gtk_widget_get_visible(GTK_WIDGET(self->relay_lost)) == is_lost)
        return;
    gtk_widget_set_visible(GTK_WIDGET(self->relay_lost), is_lost);
    gtk_widget_set_visible(GTK_WIDGET(self->left), !is_lost);
    GtkStyleContext *style = gtk_widget_get_style_context(self->code);
    if (is_lost)
        gtk_style_context_add_class(style, "ds-lost");
    else
        gtk_style_context_remove_class(style, "ds-lost");
    ds_announce(GTK_WIDGET(self),
            is_lost ? gtk_label_get_text(self->relay_lost) : _("The code works again."));
}
