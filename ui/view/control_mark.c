/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/view/control_mark.h"

#include <glib/gi18n-lib.h>

#include "ui/announce.h"

enum { SPACING_PX = 6 };

struct _DsControlMark {
    GtkBox parent_instance;

    /* Borrowed: children */
    GtkWidget *icon;
    GtkWidget *word;

    gboolean does_control;
};

G_DEFINE_FINAL_TYPE(DsControlMark, ds_control_mark, GTK_TYPE_BOX)

static const struct {
    const char *icon;
    const char *word;
    const char *sentence;
} states[] = {
        {"view-reveal-symbolic", N_("You only look"),
                N_("You only look now. Keys and clicks do nothing.")},
        {"input-mouse-symbolic", N_("You control"), N_("You control the other computer now.")},
};

/* One of the two is read out: the word, or the icon where it stands alone. */
static void
update(DsControlMark *self)
{
    const char *word = _(states[self->does_control].word);
    gboolean is_alone = !gtk_widget_get_visible(self->word);
    gtk_image_set_from_icon_name(
            GTK_IMAGE(self->icon), states[self->does_control].icon, GTK_ICON_SIZE_BUTTON);
    gtk_label_set_text(GTK_LABEL(self->word), word);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), word);
    atk_object_set_name(gtk_widget_get_accessible(self->icon), is_alone ? word : "");
}

static void
ds_control_mark_class_init(DsControlMarkClass *klass)
{
}

static void
ds_control_mark_init(DsControlMark *self)
{
    self->icon = gtk_image_new();
    self->word = gtk_label_new(NULL);
    gtk_label_set_ellipsize(GTK_LABEL(self->word), PANGO_ELLIPSIZE_END);
    gtk_box_set_spacing(GTK_BOX(self), SPACING_PX);
    gtk_container_add(GTK_CONTAINER(self), self->icon);
    gtk_container_add(GTK_CONTAINER(self), self->word);
    gtk_widget_show(self->icon);
    gtk_widget_show(self->word);
    update(self);
}

void
ds_control_mark_set_control(DsControlMark *self, gboolean does_control)
{
    g_return_if_fail(DS_IS_CONTROL_MARK(self));
    self->does_control = !!does_control;
    update(self);
    ds_announce(GTK_WIDGET(self), _(states[self->does_control].sentence));
}

void
ds_control_mark_set_compact(DsControlMark *self, gboolean is_compact)
{
    g_return_if_fail(DS_IS_CONTROL_MARK(self));
    if (gtk_widget_get_visible(self->word) != !!is_compact)
        return;
    gtk_widget_set_visible(self->word, !is_compact);
    update(self);
}
