/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_DESKTOP_SETTINGS_H
#define DS_APP_DESKTOP_SETTINGS_H

#include <gio/gio.h>

#include "app/session/relay_option.h"
#include "app/view/quality.h"
#include "net/peer/peer.h"

/* The keys of data/org.deskside.Deskside.gschema.xml. */
#define DS_SETTING_RELAY "relay"
#define DS_SETTING_RELAY_PIN "relay-pin"
#define DS_SETTING_NAME "name"
#define DS_SETTING_DIRECT "direct-connections"
#define DS_SETTING_PORT_MAPPING "port-mapping"
#define DS_SETTING_SALVO "salvo"
#define DS_SETTING_QUALITY "quality"
#define DS_SETTING_WINDOW_SIZE "window-size"
#define DS_SETTING_WINDOW_MAXIMIZED "window-maximized"

/*
 * What this person, or the administrator, has set: GSettings. Where `settings` is NULL everything
 * is as by default. Main thread.
 */

/**
 * Open the settings. Logs a warning and returns NULL where the schema is not installed; logs which
 * keys it lacks where an older one is. Owned.
 */
GSettings *ds_settings_open(void);

/**
 * Say whether a key can be read and set: FALSE where `settings` is NULL, or the installed schema is
 * older than the key. GSettings would abort. What is below asks this by itself.
 */
gboolean ds_settings_has(GSettings *settings, const char *key);

/**
 * Read the relay. `*is_set` says whether there is one, and `*relay` counts then. Returns FALSE with
 * a translated sentence where what is set makes no sense: there is none then, since a key that
 * cannot be read must not become a relay without one.
 */
gboolean ds_settings_get_relay(
        GSettings *settings, struct ds_relay_addr *relay, gboolean *is_set, GError **error);

/** Return what the person calls themselves: the setting, or the account's real name. Owned. */
char *ds_settings_get_name(GSettings *settings);

/**
 * Return whether direct paths are looked for: DS_DIRECT_AUTO or DS_DIRECT_NEVER. `*is_locked` says
 * whether only an administrator can change that.
 */
enum ds_direct ds_settings_get_direct(GSettings *settings, gboolean *is_locked);

/** Return for how long the router is asked to open a port each time, in seconds; 0: never. */
uint32_t ds_settings_get_map_lease(GSettings *settings);

/** Return how many sockets a birthday salvo has, DS_SALVO_MAX at most; 0: there is none. */
unsigned ds_settings_get_salvo(GSettings *settings);

/** Return how sharp the other screen is to be shown. */
enum ds_quality ds_settings_get_quality(GSettings *settings);

/** Judge a relay as it is typed: see DsTextRowCheck. Empty is fine. */
const char *ds_settings_check_relay(const char *text, gboolean is_whole);

/** Judge a relay's pin as it is typed: see DsTextRowCheck. Empty is fine. */
const char *ds_settings_check_relay_pin(const char *text, gboolean is_whole);

#endif
