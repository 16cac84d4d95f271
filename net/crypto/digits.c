/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/digits.h"

#include <stdbool.h>
#include <stdint.h>

#include <openssl/crypto.h>

#include "net/crypto/utf8.h"

/* The zeros of all decimal digits (general category Nd, Unicode 14): nine more follow each. */
static const uint32_t zeros[] = {0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6,
        0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090,
        0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
        0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0,
        0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
        0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
        0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

/* What may stand between digits. */
static const struct ds_utf8_range separators[] = {
        /* white space: White_Space of Unicode 14, without the form feeds */
        {0x0009, 0x000a},
        {0x000d, 0x000d},
        {0x0020, 0x0020},
        {0x00a0, 0x00a0},
        {0x1680, 0x1680},
        {0x2000, 0x200a},
        {0x2028, 0x2029},
        {0x202f, 0x202f},
        {0x205f, 0x205f},
        {0x3000, 0x3000},
        /* dashes: general category Pd, and the minus signs */
        {0x002d, 0x002d},
        {0x058a, 0x058a},
        {0x05be, 0x05be},
        {0x1400, 0x1400},
        {0x1806, 0x1806},
        {0x2010, 0x2015},
        {0x2212, 0x2212},
        {0x2e17, 0x2e17},
        {0x2e1a, 0x2e1a},
        {0x2e3a, 0x2e3b},
        {0x2e40, 0x2e40},
        {0x2e5d, 0x2e5d},
        {0x301c, 0x301c},
        {0x3030, 0x3030},
        {0x30a0, 0x30a0},
        {0xfe31, 0xfe32},
        {0xfe58, 0xfe58},
        {0xfe63, 0xfe63},
        {0xff0d, 0xff0d},
        {0x10ead, 0x10ead},
        /* dots: full stops, middle dots, bullets */
        {0x002e, 0x002e},
        {0x00b7, 0x00b7},
        {0x06d4, 0x06d4},
        {0x2022, 0x2022},
        {0x2024, 0x2024},
        {0x2027, 0x2027},
        {0x22c5, 0x22c5},
        {0x3002, 0x3002},
        {0x30fb, 0x30fb},
        {0xff0e, 0xff0e},
        {0xff61, 0xff61},
        {0xff65, 0xff65},
        /* invisible: soft hyphen, joiners, direction marks, byte order mark */
        {0x00ad, 0x00ad},
        {0x061c, 0x061c},
        {0x180e, 0x180e},
        {0x200b, 0x200f},
        {0x202a, 0x202e},
        {0x2060, 0x2064},
        {0x2066, 0x2069},
        {0xfeff, 0xfeff},
};

static int
digit_value(uint32_t point)
{
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        if (point >= zeros[i] && point <= zeros[i] + 9)
            return (int)(point - zeros[i]);
    return -1;
}

static bool
is_separator(uint32_t point)
{
    return ds_utf8_is_among(point, separators, sizeof separators / sizeof separators[0]);
}

static int
collect(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    bool is_too_long = false;
    uint32_t point;
    int more;
    while ((more = ds_utf8_next(&text, &point)) > 0) {
        int value = digit_value(point);
        if (value < 0 && !is_separator(point))
            return DS_ERR_INVALID;
        if (value < 0)
            continue;
        is_too_long |= n + 1 >= cap;
        if (!is_too_long)
            out[n++] = (char)('0' + value);
    }
    if (more < 0)
        return more;
    out[n] = '\0';
    return is_too_long ? DS_ERR_TOO_BIG : (int)n;
}

int
ds_digits_read(char *out, size_t cap, const char *text)
{
    int n = collect(out, cap, text);
    if (n < 0) {
        OPENSSL_cleanse(out, cap);
        out[0] = '\0';
    }
    return n;
}
