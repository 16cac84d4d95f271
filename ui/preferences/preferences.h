/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PREFERENCES_PREFERENCES_H
#define DS_UI_PREFERENCES_PREFERENCES_H

#include <handy.h>

#include "ui/preferences/switch_row.h"
#include "ui/preferences/text_row.h"

/* The settings that are texts. */
typedef enum {
    DS_PREFERENCE_RELAY,
    DS_PREFERENCE_RELAY_PIN,
    DS_PREFERENCE_NAME,
    DS_N_PREFERENCES,
} DsPreference;

/*
 * The window with the settings, which blocks no other. What is typed when it is destroyed is taken
 * as finished.
 */
#define DS_TYPE_PREFERENCES (ds_preferences_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsPreferences, ds_preferences, DS, PREFERENCES, HdyPreferencesWindow)

/** Make one above `parent` (borrowed), with which it goes. GTK's, until it is destroyed. */
DsPreferences *ds_preferences_new(GtkWindow *parent);

/** Return the row of a setting; borrowed. */
DsTextRow *ds_preferences_get_row(DsPreferences *self, DsPreference preference);

/** Return the row that says whether direct connections are allowed; borrowed. */
DsSwitchRow *ds_preferences_get_direct(DsPreferences *self);

/** Return the row that says whether the router is asked to open a port; borrowed. */
DsSwitchRow *ds_preferences_get_port_mapping(DsPreferences *self);

#endif
