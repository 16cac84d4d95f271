/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_DIGITS_H
#define DS_NET_CRYPTO_DIGITS_H

#include <stddef.h>

#include "net/base/err.h"

/**
 * Collect the digits of a text (NUL-terminated UTF-8) that a person typed or pasted into `out`, a
 * NUL-terminated text of ASCII digits; `cap` bytes hold it with its NUL. Decimal digits of every
 * script count; spaces, line ends, dashes, dots and invisible marks of all sorts are passed over.
 * Returns the number of digits, DS_ERR_INVALID where the text holds anything else or is not UTF-8,
 * DS_ERR_TOO_BIG where there are more digits than fit; then `out` is empty. Any thread.
 */
int ds_digits_read(char *out, size_t cap, const char *text) DS_MUST_CHECK;

#endif
