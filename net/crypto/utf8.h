/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_UTF8_H
#define DS_NET_CRYPTO_UTF8_H

#include <stdint.h>

#include "net/base/err.h"

/**
 * Read the code point at `*text` (NUL-terminated UTF-8) and step over it. Returns 1 with the code
 * point in `*point`, 0 at the end of the text, DS_ERR_INVALID for what is not UTF-8: overlong
 * forms, surrogates, numbers past U+10FFFF and cut sequences. Any thread. Source: RFC 3629,
 * section 4.
 */
int ds_utf8_next(const char **text, uint32_t *point) DS_MUST_CHECK;

#endif
