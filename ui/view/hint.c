/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/hint.h"

#include "ui/announce.h"

enum { SHOWN_MS = 6000, MARGIN_PX = 12, WIDTH_CHARS = 40 };

struct _DsHint {
    GtkPopover parent_instance;

    GtkLabel *label; /* borrowed: the child */
    GtkWidget *bar;  /* weak: what covers the upper edge, as far as it is there; or NULL */
    guint timer;
};

G_DEFINE_FINAL_TYPE(DsHint, ds_hint, GTK_TYPE_POPOVER)

static gboolean
on_time(gpointer data)
{
    DsHint *self = data;
    self->timer = 0;
    gtk_popover_popdown(GTK_POPOVER(self));
    return G_SOURCE_REMOVE;
}

static void
ds_hint_unmap(GtkWidget *widget)
{
    g_clear_handle_id(&DS_HINT(widget)->timer, g_source_remove);
    GTK_WIDGET_CLASS(ds_hint_parent_class)->unmap(widget);
}

static void
ds_hint_dispose(GObject *object)
{
    DsHint *self = DS_HINT(object);
    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_weak_pointer(&self->bar);
    G_OBJECT_CLASS(ds_hint_parent_class)->dispose(object);
}

static void
ds_hint_class_init(DsHintClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = ds_hint_dispose;
    GTK_WIDGET_CLASS(klass)->unmap = ds_hint_unmap;
}

static void
ds_hint_init(DsHint *self)
{
    GtkWidget *label = gtk_label_new(NULL);
    self->label = GTK_LABEL(label);
    gtk_label_set_line_wrap(self->label, TRUE);
    gtk_label_set_max_width_chars(self->label, WIDTH_CHARS);
    g_object_set(label, "margin", MARGIN_PX, NULL);
    gtk_container_add(GTK_CONTAINER(self), label);
    gtk_widget_show(label);
    gtk_popover_set_modal(GTK_POPOVER(self), FALSE);
    gtk_popover_set_position(GTK_POPOVER(self), GTK_POS_BOTTOM);
}

/* At the middle of the upper edge, or of the lower one of the bar there. */
static void
point(DsHint *self)
{
    GtkPopover *popover = GTK_POPOVER(self);
    GtkWidget *over = gtk_popover_get_relative_to(popover);
    int x = gtk_widget_get_allocated_width(over) / 2;
    int y = self->bar != NULL ? gtk_widget_get_allocated_height(self->bar) : 0;
    gtk_popover_set_pointing_to(popover, &(GdkRectangle){x, y, 1, 1});
}

DsHint *
ds_hint_new(GtkWidget *over)
{
    DsHint *self = g_object_new(DS_TYPE_HINT, "relative-to", over, NULL);
    g_signal_connect_object(over, "size-allocate", G_CALLBACK(point), self, G_CONNECT_SWAPPED);
    return self;
}

void
ds_hint_set_bar(DsHint *self, GtkWidget *bar)
{
    g_return_if_fail(DS_IS_HINT(self));
    g_set_weak_pointer(&self->bar, bar);
    g_signal_connect_object(bar, "size-allocate", G_CALLBACK(point), self, G_CONNECT_SWAPPED);
}

void
ds_hint_show(DsHint *self, const char *text)
{
    g_return_if_fail(DS_IS_HINT(self));
    GtkWidget *over = gtk_popover_get_relative_to(GTK_POPOVER(self));
    if (self->timer != 0 && g_str_equal(gtk_label_get_text(self->label), text))
        return;
    g_clear_handle_id(&self->timer, g_source_remove);
    gtk_label_set_text(self->label, text);
    point(self);
    gtk_popover_popup(GTK_POPOVER(self));
    ds_announce(over, text);
    self->timer = g_timeout_add(SHOWN_MS, on_time, self);
}
