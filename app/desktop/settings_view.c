/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/settings_view.h"

#include "app/desktop/settings.h"
#include "app/session/own_name.h"
#include "ui/preferences/preferences.h"

static const struct {
    const char *key;
    DsTextRowCheck check;
} rows[DS_N_PREFERENCES] = {
        [DS_PREFERENCE_RELAY] = {DS_SETTING_RELAY, ds_settings_check_relay},
        [DS_PREFERENCE_RELAY_PIN] = {DS_SETTING_RELAY_PIN, ds_settings_check_relay_pin},
        [DS_PREFERENCE_NAME] = {DS_SETTING_NAME, NULL},
};

static void
bind_row(GSettings *settings, const char *key, GtkWidget *row, const char *property)
{
    if (!ds_settings_has(settings, key)) {
        if (DS_IS_SWITCH_ROW(row)) /* the default of each */
            g_object_set(row, property, TRUE, NULL);
        gtk_widget_set_sensitive(row, FALSE);
        return;
    }
    g_settings_bind(
            settings, key, row, property, G_SETTINGS_BIND_DEFAULT | G_SETTINGS_BIND_NO_SENSITIVITY);
    g_settings_bind_writable(settings, key, row, "locked", TRUE);
}

GtkWindow *
ds_settings_view_new(GtkWindow *parent, GSettings *settings)
{
    DsPreferences *view = ds_preferences_new(parent);
    g_autofree char *name = ds_own_name(NULL);
    for (int i = 0; i < DS_N_PREFERENCES; i++) {
        DsTextRow *row = ds_preferences_get_row(view, i);
        if (rows[i].check != NULL)
            ds_text_row_set_check(row, rows[i].check);
        bind_row(settings, rows[i].key, GTK_WIDGET(row), "text");
    }
    bind_row(settings, DS_SETTING_DIRECT, GTK_WIDGET(ds_preferences_get_direct(view)), "active");
    bind_row(settings, DS_SETTING_PORT_MAPPING, GTK_WIDGET(ds_preferences_get_port_mapping(view)),
            "active");
    ds_text_row_set_placeholder(ds_preferences_get_row(view, DS_PREFERENCE_NAME), name);
    return GTK_WINDOW(view);
}
