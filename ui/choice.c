/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/choice.h"

struct _DsChoice {
    GtkButton parent_instance;

    /* Template widgets */
    GtkImage *icon;
    GtkLabel *title;
    GtkLabel *subtitle;
};

G_DEFINE_FINAL_TYPE(DsChoice, ds_choice, GTK_TYPE_BUTTON)

enum {
    ICON_NAME = 1,
    TITLE,
    SUBTITLE,
};

static void
set_title(DsChoice *self, const char *title)
{
    gtk_label_set_text_with_mnemonic(self->title, title);
    atk_object_set_name(
            gtk_widget_get_accessible(GTK_WIDGET(self)), gtk_label_get_text(self->title));
}

static void
ds_choice_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    DsChoice *self = DS_CHOICE(object);
    switch (id) {
    case ICON_NAME:
        g_object_set_property(G_OBJECT(self->icon), "icon-name", value);
        break;
    case TITLE:
        set_title(self, g_value_get_string(value));
        break;
    case SUBTITLE:
        ds_choice_set_subtitle(self, g_value_get_string(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
add_property(GObjectClass *object_class, guint id, const char *name)
{
    g_object_class_install_property(object_class, id,
            g_param_spec_string(name, NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
}

static void
ds_choice_class_init(DsChoiceClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    object_class->set_property = ds_choice_set_property;
    add_property(object_class, ICON_NAME, "icon-name");
    add_property(object_class, TITLE, "title");
    add_property(object_class, SUBTITLE, "subtitle");
    gtk_widget_class_set_template_from_resource(widget_class, "/org/deskside/Deskside/choice.ui");
    gtk_widget_class_bind_template_child(widget_class, DsChoice, icon);
    gtk_widget_class_bind_template_child(widget_class, DsChoice, title);
    gtk_widget_class_bind_template_child(widget_class, DsChoice, subtitle);
}

static void
ds_choice_init(DsChoice *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_label_set_mnemonic_widget(self->title, GTK_WIDGET(self));
}

void
ds_choice_set_subtitle(DsChoice *self, const char *subtitle)
{
    g_return_if_fail(DS_IS_CHOICE(self));
    gtk_label_set_text(self->subtitle, subtitle);
    atk_object_set_description(gtk_widget_get_accessible(GTK_WIDGET(self)), subtitle);
}
