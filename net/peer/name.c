/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "net/crypto/utf8.h"

enum { NAME_INPUT_MAX = 1024 };

/* Characters of the categories Cc, Cf, Co and Cs which a name has no use for. Source: Unicode 15.
 */
static const struct ds_utf8_range hidden[] = {
        {0x0000, 0x001f},
        {0x007f, 0x009f},
        {0x00ad, 0x00ad},
        {0x034f, 0x034f},
        {0x0600, 0x0605},
        {0x061c, 0x061c},
        {0x06dd, 0x06dd},
        {0x070f, 0x070f},
        {0x115f, 0x1160},
        {0x17b4, 0x17b5},
        {0x180b, 0x180f},
        {0x200b, 0x200f},
        {0x202a, 0x202e},
        {0x2060, 0x206f},
        {0x3164, 0x3164},
        {0xd800, 0xf8ff},
        {0xfe00, 0xfe0f},
        {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},
        {0xfff0, 0xffff},
        {0x1bca0, 0x1bca3},
        {0x1d173, 0x1d17a},
        {0xe0000, 0x10ffff},
};

static const struct ds_utf8_range spaces[] = {
        {0x0009, 0x000d},
        {0x0020, 0x0020},
        {0x0085, 0x0085},
        {0x00a0, 0x00a0},
        {0x1680, 0x1680},
        {0x2000, 0x200a},
        {0x2028, 0x2029},
        {0x202f, 0x202f},
        {0x205f, 0x205f},
        {0x2800, 0x2800},
        {0x3000, 0x3000},
};

void
ds_name_clean(char out[static DS_NAME_BYTES], const void *text, size_t len)
{
    char input[NAME_INPUT_MAX + 1];
    size_t used = 0, chars = 0;
    bool space = false;

    len = len < NAME_INPUT_MAX ? len : NAME_INPUT_MAX;
    memset(input, 0, sizeof input);
    if (len > 0)
        memcpy(input, text, len);
    for (const char *p = input, *start = p; *start != '\0' && chars < DS_NAME_MAX_CHARS;
            start = p) {
        uint32_t point = 0;
        if (ds_utf8_next(&p, &point) != 1) {
            p = start + 1; /* not UTF-8: one byte is left out */
            continue;
        }
        if (ds_utf8_is_among(point, spaces, sizeof spaces / sizeof spaces[0])) {
            space = used > 0;
            continue;
        }
        if (ds_utf8_is_among(point, hidden, sizeof hidden / sizeof hidden[0]))
            continue;
        if (space && chars + 1 < DS_NAME_MAX_CHARS) {
            out[used++] = ' ';
            chars++;
        }
        space = false;
        memcpy(out + used, start, (size_t)(p - start));
        used += (size_t)(p - start);
        chars++;
    }
    out[used] = '\0';
}
