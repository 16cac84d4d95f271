/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_UTF8_H
#define DS_NET_CRYPTO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/* Code points from the first to the last. */
struct ds_utf8_range {
    uint32_t first, last;
};

/**
 * Read the code point at `*text` (NUL-terminated UTF-8) and step over it. Returns 1 with the code
 * point in `*point`, 0 at the end of the text, DS_ERR_INVALID for what is not UTF-8: overlong
 * forms, surrogates, numbers past U+10FFFF and cut sequences. Any thread. Source: RFC 3629,
 * section 4.
 */
int ds_utf8_next(const char **text, uint32_t *point) DS_MUST_CHECK;

/** Say whether `point` lies in one of the `count` ranges. Any thread. */
bool ds_utf8_is_among(uint32_t point, const struct ds_utf8_range *ranges, size_t count);

#endif
