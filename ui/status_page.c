/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/status_page.h"

#include "ui/announce.h"

struct _DsStatusPage {
    GtkBin parent_instance;

    /* Template widgets */
    GtkWidget *icon;
    GtkLabel *title;
    GtkLabel *sentence;
    GtkWidget *spinner;
    GtkWidget *cancel;
    GtkWidget *try_again;
    GtkWidget *disconnect;
    GtkWidget *back;
};

G_DEFINE_FINAL_TYPE(DsStatusPage, ds_status_page, GTK_TYPE_BIN)

enum {
    CANCEL,
    TRY_AGAIN,
    DISCONNECT,
    BACK,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_cancel_clicked(DsStatusPage *self)
{
    g_signal_emit(self, signals[CANCEL], 0);
}

static void
on_try_again_clicked(DsStatusPage *self)
{
    g_signal_emit(self, signals[TRY_AGAIN], 0);
}

static void
on_disconnect_clicked(DsStatusPage *self)
{
    g_signal_emit(self, signals[DISCONNECT], 0);
}

static void
on_back_clicked(DsStatusPage *self)
{
    g_signal_emit(self, signals[BACK], 0);
}

static void
ds_status_page_grab_focus(GtkWidget *widget)
{
    DsStatusPage *self = DS_STATUS_PAGE(widget);
    GtkWidget *const buttons[] = {self->cancel, self->try_again, self->disconnect, self->back};
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++) {
        if (gtk_widget_get_visible(buttons[i])) {
            gtk_widget_grab_focus(buttons[i]);
            return;
        }
    }
}

static guint
add_signal(const char *name)
{
    return g_signal_new(
            name, DS_TYPE_STATUS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ds_status_page_class_init(DsStatusPageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    widget_class->grab_focus = ds_status_page_grab_focus;
    signals[CANCEL] = add_signal("cancel");
    signals[TRY_AGAIN] = add_signal("try-again");
    signals[DISCONNECT] = add_signal("disconnect");
    signals[BACK] = add_signal("back");
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/status_page.ui");
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, icon);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, title);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, sentence);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, spinner);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, cancel);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, try_again);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, disconnect);
    gtk_widget_class_bind_template_child(widget_class, DsStatusPage, back);
    gtk_widget_class_bind_template_callback(widget_class, on_cancel_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_try_again_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_disconnect_clicked);
    gtk_widget_class_bind_template_callback(widget_class, on_back_clicked);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_start);
    gtk_widget_class_bind_template_callback(widget_class, gtk_spinner_stop);
}

static void
ds_status_page_init(DsStatusPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* Shows these buttons of all, and leaves the focus on one that is there. */
static void
set_buttons(DsStatusPage *self, GtkWidget *first, GtkWidget *second)
{
    GtkWidget *const buttons[] = {self->cancel, self->try_again, self->disconnect, self->back};
    gboolean is_busy = first == self->cancel;
    gtk_widget_set_visible(self->icon, !is_busy);
    gtk_widget_set_visible(self->spinner, is_busy);
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++)
        gtk_widget_set_visible(buttons[i], buttons[i] == first || buttons[i] == second);
    if (gtk_widget_get_mapped(GTK_WIDGET(self)))
        gtk_widget_grab_focus(GTK_WIDGET(self));
}

static void
set_sentence(DsStatusPage *self, const char *title, const char *text)
{
    gtk_label_set_text(self->title, title);
    gtk_label_set_text(self->sentence, text);
    gtk_widget_set_visible(GTK_WIDGET(self->sentence), TRUE);
}

static void
announce(DsStatusPage *self, const char *title, const char *text)
{
    g_autofree char *announcement = g_strdup_printf("%s\n%s", title, text);
    ds_announce(GTK_WIDGET(self), announcement);
}

void
ds_status_page_show_busy(DsStatusPage *self, const char *text)
{
    g_return_if_fail(DS_IS_STATUS_PAGE(self));
    gtk_label_set_text(self->title, text);
    gtk_widget_set_visible(GTK_WIDGET(self->sentence), FALSE);
    set_buttons(self, self->cancel, NULL);
    ds_announce(GTK_WIDGET(self), text);
}

void
ds_status_page_show_end(
        DsStatusPage *self, const char *title, const char *text, gboolean can_try_again)
{
    g_return_if_fail(DS_IS_STATUS_PAGE(self));
    set_sentence(self, title, text);
    set_buttons(self, can_try_again ? self->try_again : NULL, self->back);
    announce(self, title, text);
}

void
ds_status_page_show_lost(DsStatusPage *self, const char *title, const char *text)
{
    g_return_if_fail(DS_IS_STATUS_PAGE(self));
    set_sentence(self, title, text);
    set_buttons(self, self->try_again, self->disconnect);
    announce(self, title, text);
}

void
ds_status_page_dismiss(DsStatusPage *self)
{
    g_return_if_fail(DS_IS_STATUS_PAGE(self));
    if (gtk_widget_get_visible(self->cancel))
        on_cancel_clicked(self);
    else if (gtk_widget_get_visible(self->back))
        on_back_clicked(self);
}
