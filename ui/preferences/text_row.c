/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences/text_row.h"

#include "ui/announce.h"

struct _DsTextRow {
    DsSettingRow parent_instance;

    /* Template widgets */
    GtkEntry *entry;
    GtkLabel *error;

    /* Owned */
    char *text; /* the setting, which may be another than what is being typed */

    DsTextRowCheck check;
};

G_DEFINE_FINAL_TYPE(DsTextRow, ds_text_row, DS_TYPE_SETTING_ROW)

enum {
    PROP_TEXT = 1,
    N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static char *
typed(DsTextRow *self)
{
    return g_strstrip(g_strdup(gtk_entry_get_text(self->entry)));
}

static void
show_error(DsTextRow *self, const char *sentence)
{
    const char *text = sentence != NULL ? sentence : "";
    GtkStyleContext *style = gtk_widget_get_style_context(GTK_WIDGET(self->entry));
    if (sentence != NULL)
        gtk_style_context_add_class(style, GTK_STYLE_CLASS_ERROR);
    else
        gtk_style_context_remove_class(style, GTK_STYLE_CLASS_ERROR);
    if (g_str_equal(text, gtk_label_get_text(self->error)))
        return;
    gtk_label_set_text(self->error, text);
    gtk_widget_set_visible(GTK_WIDGET(self->error), sentence != NULL);
    if (sentence != NULL)
        ds_announce(GTK_WIDGET(self->entry), sentence);
}

static gboolean
judge(DsTextRow *self, const char *text, gboolean is_whole)
{
    const char *sentence = self->check != NULL ? self->check(text, is_whole) : NULL;
    show_error(self, sentence);
    return sentence == NULL;
}

static void
on_changed(DsTextRow *self)
{
    g_autofree char *text = typed(self);
    judge(self, text, FALSE);
}

static gboolean
on_focus_out(DsTextRow *self)
{
    ds_text_row_commit(self);
    return GDK_EVENT_PROPAGATE;
}

static void
set_text(DsTextRow *self, const char *text)
{
    g_autofree char *now = typed(self);
    g_free(self->text);
    self->text = g_strdup(text);
    if (!g_str_equal(now, text))
        gtk_entry_set_text(self->entry, text);
    judge(self, text, TRUE); /* nobody is typing: an administrator may have */
}

static void
ds_text_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    if (id == PROP_TEXT)
        set_text(DS_TEXT_ROW(object), g_value_get_string(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
ds_text_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    DsTextRow *self = DS_TEXT_ROW(object);
    if (id == PROP_TEXT)
        g_value_set_string(value, self->text);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
ds_text_row_finalize(GObject *object)
{
    g_free(DS_TEXT_ROW(object)->text);
    G_OBJECT_CLASS(ds_text_row_parent_class)->finalize(object);
}

static void
ds_text_row_class_init(DsTextRowClass *klass)
{
    const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    object_class->set_property = ds_text_row_set_property;
    object_class->get_property = ds_text_row_get_property;
    object_class->finalize = ds_text_row_finalize;
    properties[PROP_TEXT] = g_param_spec_string("text", NULL, NULL, "", both);
    g_object_class_install_properties(object_class, N_PROPERTIES, properties);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/preferences/text_row.ui");
    gtk_widget_class_bind_template_child(widget_class, DsTextRow, entry);
    gtk_widget_class_bind_template_child(widget_class, DsTextRow, error);
    gtk_widget_class_bind_template_callback(widget_class, ds_text_row_commit);
    gtk_widget_class_bind_template_callback(widget_class, on_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_focus_out);
}

static void
ds_text_row_init(DsTextRow *self)
{
    self->text = g_strdup("");
    gtk_widget_init_template(GTK_WIDGET(self));
    ds_setting_row_set_field(DS_SETTING_ROW(self), GTK_WIDGET(self->entry), FALSE);
}

void
ds_text_row_set_check(DsTextRow *self, DsTextRowCheck check)
{
    g_return_if_fail(DS_IS_TEXT_ROW(self));
    self->check = check;
    /* What a program judges, like the name of a computer, runs from left to right everywhere. */
    gtk_widget_set_direction(GTK_WIDGET(self->entry), GTK_TEXT_DIR_LTR);
}

void
ds_text_row_set_placeholder(DsTextRow *self, const char *text)
{
    g_return_if_fail(DS_IS_TEXT_ROW(self));
    gtk_entry_set_placeholder_text(self->entry, text);
}

void
ds_text_row_commit(DsTextRow *self)
{
    g_return_if_fail(DS_IS_TEXT_ROW(self));
    g_autofree char *text = typed(self);
    if (!judge(self, text, TRUE) || g_str_equal(text, self->text))
        return;
    g_free(self->text);
    self->text = g_strdup(text);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_TEXT]);
}
