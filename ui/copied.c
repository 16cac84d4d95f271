/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/copied.h"

#include "ui/announce.h"

#define SHOWN_MS 3000

struct _DsCopied {
    GtkRevealer parent_instance;

    /* Template widget */
    GtkLabel *sentence;

    guint shown; /* source: it has been read */
};

G_DEFINE_FINAL_TYPE(DsCopied, ds_copied, GTK_TYPE_REVEALER)

static gboolean
on_read(gpointer data)
{
    DsCopied *self = data;
    self->shown = 0;
    ds_copied_hide(self);
    return G_SOURCE_REMOVE;
}

static void
ds_copied_dispose(GObject *object)
{
    g_clear_handle_id(&DS_COPIED(object)->shown, g_source_remove);
    G_OBJECT_CLASS(ds_copied_parent_class)->dispose(object);
}

static void
ds_copied_class_init(DsCopiedClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    G_OBJECT_CLASS(klass)->dispose = ds_copied_dispose;
    gtk_widget_class_set_template_from_resource(widget_class, "/org/deskside/Deskside/copied.ui");
    gtk_widget_class_bind_template_child(widget_class, DsCopied, sentence);
}

static void
ds_copied_init(DsCopied *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

void
ds_copied_put(DsCopied *self, const char *text, const char *sentence)
{
    g_return_if_fail(DS_IS_COPIED(self));
    GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(self));
    gtk_clipboard_set_text(
            gtk_clipboard_get_for_display(display, GDK_SELECTION_CLIPBOARD), text, -1);
    ds_copied_hide(self);
    gtk_label_set_text(self->sentence, sentence);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self), TRUE);
    self->shown = g_timeout_add(SHOWN_MS, on_read, self);
    ds_announce_done(GTK_WIDGET(self), sentence);
}

void
ds_copied_hide(DsCopied *self)
{
    g_return_if_fail(DS_IS_COPIED(self));
    g_clear_handle_id(&self->shown, g_source_remove);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self), FALSE);
}
