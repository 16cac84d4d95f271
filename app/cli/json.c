/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/json.h"

static void
append_string(GString *json, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_c(json, '"');
    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(json, "\\%c", *p);
        else if ((guchar)*p < 0x20 || *p == 0x7f)
            g_string_append_printf(json, "\\u%04x", (guchar)*p);
        else
            g_string_append_c(json, *p);
    }
    g_string_append_c(json, '"');
}

static void
append_key(GString *json, const char *key)
{
    g_string_append_c(json, ',');
    append_string(json, key);
    g_string_append_c(json, ':');
}

GString *
ds_json_begin(const char *event, guint64 t_ms)
{
    GString *json = g_string_new("{\"event\":");
    append_string(json, event);
    g_string_append_printf(
            json, ",\"t\":%" G_GUINT64_FORMAT ".%03u", t_ms / 1000, (unsigned)(t_ms % 1000));
    return json;
}

void
ds_json_text(GString *json, const char *key, const char *text)
{
    append_key(json, key);
    append_string(json, text);
}

void
ds_json_number(GString *json, const char *key, gint64 number)
{
    append_key(json, key);
    g_string_append_printf(json, "%" G_GINT64_FORMAT, number);
}

char *
ds_json_end(GString *json)
{
    g_string_append(json, "}\n");
    return g_string_free(json, FALSE);
}
