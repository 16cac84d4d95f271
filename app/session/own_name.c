/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session/own_name.h"

#include <string.h>

#include <glib.h>

/*
 * A name comes in the terminal's encoding, or in UTF-8 all the same, as from a script in the C
 * locale. GLib's "Unknown" is nobody's.
 */
char *
ds_own_name(const char *given)
{
    const char *text = given != NULL ? given : g_get_real_name();
    if (given == NULL && strcmp(text, "Unknown") == 0)
        return g_strdup("");
    if (g_utf8_validate(text, -1, NULL))
        return g_strdup(text);
    char *name = g_locale_to_utf8(text, -1, NULL, NULL, NULL);
    return name != NULL ? name : g_utf8_make_valid(text, -1);
}
