/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/settings.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/session/own_name.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/wire/record.h"

#define SCHEMA "org.deskside.Deskside"

static void
warn_of_missing(GSettingsSchema *schema)
{
    static const char *const keys[] = {DS_SETTING_RELAY, DS_SETTING_RELAY_PIN, DS_SETTING_NAME,
            DS_SETTING_DIRECT, DS_SETTING_PORT_MAPPING, DS_SETTING_SALVO, DS_SETTING_QUALITY,
            DS_SETTING_WINDOW_SIZE, DS_SETTING_WINDOW_MAXIMIZED};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (!g_settings_schema_has_key(schema, keys[i]))
            DS_WARN("settings",
                    "the schema " SCHEMA " is an older one, without %s: the default counts",
                    keys[i]);
}

GSettings *
ds_settings_open(void)
{
    /* g_settings_new() would abort without it. */
    GSettingsSchemaSource *source = g_settings_schema_source_get_default();
    g_autoptr(GSettingsSchema) schema =
            source != NULL ? g_settings_schema_source_lookup(source, SCHEMA, TRUE) : NULL;
    if (schema == NULL) {
        DS_WARN("settings", "the schema " SCHEMA " is not installed: nothing is remembered");
        return NULL;
    }
    warn_of_missing(schema);
    return g_settings_new_full(schema, NULL, NULL);
}

gboolean
ds_settings_has(GSettings *settings, const char *key)
{
    g_autoptr(GSettingsSchema) schema = NULL;
    if (settings == NULL)
        return FALSE;
    g_object_get(settings, "settings-schema", &schema, NULL);
    return g_settings_schema_has_key(schema, key);
}

gboolean
ds_settings_get_relay(
        GSettings *settings, struct ds_relay_addr *relay, gboolean *is_set, GError **error)
{
    *is_set = FALSE;
    *relay = (struct ds_relay_addr){0};
    if (!ds_settings_has(settings, DS_SETTING_RELAY) ||
            !ds_settings_has(settings, DS_SETTING_RELAY_PIN))
        return TRUE;
    g_autofree char *host = g_settings_get_string(settings, DS_SETTING_RELAY);
    g_autofree char *pin = g_settings_get_string(settings, DS_SETTING_RELAY_PIN);
    if (host[0] == '\0')
        return TRUE;
    const char *wrong = ds_settings_check_relay(host, TRUE);
    if (wrong == NULL)
        wrong = ds_settings_check_relay_pin(pin, TRUE);
    if (wrong != NULL) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, wrong);
        return FALSE;
    }
    *is_set = ds_relay_option_read(relay, host, pin[0] != '\0' ? pin : NULL, error);
    return *is_set;
}

char *
ds_settings_get_name(GSettings *settings)
{
    g_autofree char *name = ds_settings_has(settings, DS_SETTING_NAME)
                                    ? g_settings_get_string(settings, DS_SETTING_NAME)
                                    : NULL;
    return ds_own_name(name != NULL && name[0] != '\0' ? name : NULL);
}

enum ds_direct
ds_settings_get_direct(GSettings *settings, gboolean *is_locked)
{
    gboolean is_known = ds_settings_has(settings, DS_SETTING_DIRECT);
    gboolean is_off = is_known && !g_settings_get_boolean(settings, DS_SETTING_DIRECT);
    *is_locked = is_known && !g_settings_is_writable(settings, DS_SETTING_DIRECT);
    return is_off ? DS_DIRECT_NEVER : DS_DIRECT_AUTO;
}

uint32_t
ds_settings_get_map_lease(GSettings *settings)
{
    gboolean is_off = ds_settings_has(settings, DS_SETTING_PORT_MAPPING) &&
                      !g_settings_get_boolean(settings, DS_SETTING_PORT_MAPPING);
    return is_off ? 0 : DS_PORTMAP_LEASE_S;
}

unsigned
ds_settings_get_salvo(GSettings *settings)
{
    if (!ds_settings_has(settings, DS_SETTING_SALVO))
        return DS_SALVO_MAX;
    return (unsigned)CLAMP(g_settings_get_int(settings, DS_SETTING_SALVO), 0, DS_SALVO_MAX);
}

enum ds_quality
ds_settings_get_quality(GSettings *settings)
{
    if (!ds_settings_has(settings, DS_SETTING_QUALITY))
        return DS_QUALITY_AUTOMATIC;
    return (enum ds_quality)g_settings_get_enum(settings, DS_SETTING_QUALITY);
}

const char *
ds_settings_check_relay(const char *text, gboolean is_whole)
{
    char host[DS_HOST_MAX];
    uint16_t port;
    if (text[0] == '\0' || (!is_whole && g_str_has_suffix(text, ":")))
        return NULL;
    if (ds_host_option_read(text, DS_DEFAULT_PORT, host, &port))
        return NULL;
    return _("This is no name of a computer. Write it like support.example.org, or with a port "
             "like support.example.org:4433.");
}

const char *
ds_settings_check_relay_pin(const char *text, gboolean is_whole)
{
    uint8_t pin[DS_PIN_BYTES];
    gboolean is_part = !is_whole && strspn(text, "0123456789abcdefABCDEF:") == strlen(text) &&
                       strlen(text) < DS_PIN_TEXT_MAX;
    if (text[0] == '\0' || is_part || ds_pin_parse(pin, text, strlen(text)) == 0)
        return NULL;
    return _("This is no relay’s key. It has 64 digits from 0 to 9 and letters from a to f.");
}
