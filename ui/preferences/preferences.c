/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/preferences/preferences.h"

struct _DsPreferences {
    HdyPreferencesWindow parent_instance;

    /* Template widgets */
    DsTextRow *relay;
    DsTextRow *relay_pin;
    DsTextRow *name;
    DsSwitchRow *direct;
    DsSwitchRow *port_mapping;
};

G_DEFINE_FINAL_TYPE(DsPreferences, ds_preferences, HDY_TYPE_PREFERENCES_WINDOW)

/* Not every way to close a window takes the focus from an entry first. */
static void
on_destroy(DsPreferences *self)
{
    for (int i = 0; i < DS_N_PREFERENCES; i++)
        ds_text_row_commit(ds_preferences_get_row(self, i));
}

static void
ds_preferences_class_init(DsPreferencesClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    g_type_ensure(DS_TYPE_SWITCH_ROW);
    g_type_ensure(DS_TYPE_TEXT_ROW);
    gtk_widget_class_set_template_from_resource(
            widget_class, "/org/deskside/Deskside/preferences/preferences.ui");
    gtk_widget_class_bind_template_child(widget_class, DsPreferences, relay);
    gtk_widget_class_bind_template_child(widget_class, DsPreferences, relay_pin);
    gtk_widget_class_bind_template_child(widget_class, DsPreferences, name);
    gtk_widget_class_bind_template_child(widget_class, DsPreferences, direct);
    gtk_widget_class_bind_template_child(widget_class, DsPreferences, port_mapping);
    gtk_widget_class_bind_template_callback(widget_class, on_destroy);
}

static void
ds_preferences_init(DsPreferences *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

DsPreferences *
ds_preferences_new(GtkWindow *parent)
{
    return g_object_new(DS_TYPE_PREFERENCES, "transient-for", parent, NULL);
}

DsTextRow *
ds_preferences_get_row(DsPreferences *self, DsPreference preference)
{
    g_return_val_if_fail(DS_IS_PREFERENCES(self), NULL);
    DsTextRow *const rows[DS_N_PREFERENCES] = {
            [DS_PREFERENCE_RELAY] = self->relay,
            [DS_PREFERENCE_RELAY_PIN] = self->relay_pin,
            [DS_PREFERENCE_NAME] = self->name,
    };
    return rows[preference];
}

DsSwitchRow *
ds_preferences_get_direct(DsPreferences *self)
{
    g_return_val_if_fail(DS_IS_PREFERENCES(self), NULL);
    return self->direct;
}

DsSwitchRow *
ds_preferences_get_port_mapping(DsPreferences *self)
{
    g_return_val_if_fail(DS_IS_PREFERENCES(self), NULL);
    return self->port_mapping;
}
