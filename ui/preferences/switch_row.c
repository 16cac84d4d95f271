/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences/switch_row.h"

struct _DsSwitchRow {
    DsSettingRow parent_instance;

    /* Template widgets */
    GtkSwitch *toggle;
};

G_DEFINE_FINAL_TYPE(DsSwitchRow, ds_switch_row, DS_TYPE_SETTING_ROW)

enum {
    PROP_ACTIVE = 1,
    N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void
on_active(DsSwitchRow *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_ACTIVE]);
}

static void
ds_switch_row_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    DsSwitchRow *self = DS_SWITCH_ROW(object);
    if (id == PROP_ACTIVE)
        gtk_switch_set_active(self->toggle, g_value_get_boolean(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
ds_switch_row_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    DsSwitchRow *self = DS_SWITCH_ROW(object);
    if (id == PROP_ACTIVE)
        g_value_set_boolean(value, gtk_switch_get_active(self->toggle));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
ds_switch_row_class_init(DsSwitchRowClass *klass)
{
    const GParamFlags both = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    object_class->set_property = ds_switch_row_set_property;
    object_class->get_property = ds_switch_row_get_property;
    properties[PROP_ACTIVE] = g_param_spec_boolean("active", NULL, NULL, FALSE, both);
    g_object_class_install_properties(object_class, N_PROPERTIES, properties);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/preferences/switch_row.ui");
    gtk_widget_class_bind_template_child(widget_class, DsSwitchRow, toggle);
    gtk_widget_class_bind_template_callback(widget_class, on_active);
}

static void
ds_switch_row_init(DsSwitchRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    ds_setting_row_set_field(DS_SETTING_ROW(self), GTK_WIDGET(self->toggle), TRUE);
}
