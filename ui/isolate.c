/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/isolate.h"

#include <glib.h>

#define FIRST_STRONG_ISOLATE "\xe2\x81\xa8"
#define POP_DIRECTIONAL_ISOLATE "\xe2\x81\xa9"

char *
ds_isolate(const char *text)
{
    return g_strconcat(FIRST_STRONG_ISOLATE, text, POP_DIRECTIONAL_ISOLATE, NULL);
}
