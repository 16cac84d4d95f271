/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_PIN_H
#define DS_NET_CRYPTO_PIN_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/* A relay's pin: the SHA-256 of its key's SubjectPublicKeyInfo. As text 64 hex digits. */
enum { DS_PIN_BYTES = 32, DS_PIN_TEXT_MAX = 2 * DS_PIN_BYTES + 1 };

/** Return the value of a hex digit of either case, -1 for any other character. Any thread. */
int ds_hex_value(char c);

/**
 * Read a pin of `len` characters: 64 hex digits of either case, colons between the bytes allowed.
 * Returns 0 or DS_ERR_INVALID. Any thread.
 */
int ds_pin_parse(uint8_t pin[static DS_PIN_BYTES], const char *text, size_t len) DS_MUST_CHECK;

/** Write a pin in lower case and return `out`. Any thread. */
const char *ds_pin_format(const uint8_t pin[static DS_PIN_BYTES], char out[static DS_PIN_TEXT_MAX]);

#endif
