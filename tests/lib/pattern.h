/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_PATTERN_H
#define DS_TESTS_LIB_PATTERN_H

#include <glib.h>

/** Return the byte at `offset` of one of many streams, to be checked where it comes out. */
static inline guint8
pattern_byte(guint stream, gsize offset)
{
    return (guint8)(offset * 7 + (offset >> 8) * 13 + (offset >> 16) + stream * 31);
}

/** Write the `len` bytes from `offset` of a stream. */
static inline void
pattern_fill(guint8 *bytes, gsize len, guint stream, gsize offset)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = pattern_byte(stream, offset + i);
}

/** End the test where the `len` bytes are not those from `offset` of a stream. */
static inline void
pattern_check(const guint8 *bytes, gsize len, guint stream, gsize offset)
{
    for (gsize i = 0; i < len; i++)
        if (bytes[i] != pattern_byte(stream, offset + i))
            g_error("byte %zu of stream %u is wrong", offset + i, stream);
}

#endif
