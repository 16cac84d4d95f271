/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_CLI_JSON_H
#define DS_APP_CLI_JSON_H

#include <glib.h>

/*
 * One flat JSON object (RFC 8259), written into a GString. Our own because the seconds must have
 * just three decimals, and json-glib prints 0.17 as 0.17000000000000001.
 */

/** Begin an object whose first two members are "event" and "t", the latter in milliseconds. */
GString *ds_json_begin(const char *event, guint64 t_ms);

/** Add a text; what is not UTF-8 is replaced, so that the line always parses. */
void ds_json_text(GString *json, const char *key, const char *text);

/** Add a whole number. */
void ds_json_number(GString *json, const char *key, gint64 number);

/** End the object (taken) and return it as one line with its line feed, owned by the caller. */
char *ds_json_end(GString *json);

#endif
