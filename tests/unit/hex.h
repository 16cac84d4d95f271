/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_UNIT_HEX_H
#define DS_TESTS_UNIT_HEX_H

#include <glib.h>
#include <string.h>

/* Turn lower-case hex into bytes at `out`, which has room for `cap`; returns their number. */
static inline gsize
from_hex(guint8 *out, gsize cap, const char *hex)
{
    gsize n = strlen(hex) / 2;
    g_assert_cmpuint(n, <=, cap);
    for (gsize i = 0; i < n; i++)
        out[i] = (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 |
                          g_ascii_xdigit_value(hex[2 * i + 1]));
    return n;
}

/* Fail unless `n` bytes at `data` are those of `hex`; prints both. */
static inline void
assert_hex(const guint8 *data, gsize n, const char *hex)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", data[i]);
    g_assert_cmpstr(text->str, ==, hex);
}

#endif
