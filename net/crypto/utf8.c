/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/utf8.h"

/* What the first byte of a sequence says: how many follow, and the least point worth that length.
 */
static const struct lead {
    uint8_t mask, bits, follow;
    uint32_t least;
} leads[] = {
        {0x80, 0x00, 0, 0},
        {0xe0, 0xc0, 1, 0x80},
        {0xf0, 0xe0, 2, 0x800},
        {0xf8, 0xf0, 3, 0x10000},
};

static const struct lead *
lead_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if ((byte & leads[i].mask) == leads[i].bits)
            return &leads[i];
    return NULL;
}

int
ds_utf8_next(const char **text, uint32_t *point)
{
    const uint8_t *p = (const uint8_t *)*text;
    if (*p == 0)
        return 0;
    const struct lead *lead = lead_of(*p);
    if (lead == NULL)
        return DS_ERR_INVALID;
    uint32_t value = *p++ & (uint8_t)~lead->mask;
    for (unsigned i = 0; i < lead->follow; i++, p++) {
        if ((*p & 0xc0) != 0x80) /* NUL too: never past the end */
            return DS_ERR_INVALID;
        value = value << 6 | (*p & 0x3f);
    }
    if (value < lead->least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return DS_ERR_INVALID;
    *text = (const char *)p;
    *point = value;
    return 1;
}

bool
ds_utf8_is_among(uint32_t point, const struct ds_utf8_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}
