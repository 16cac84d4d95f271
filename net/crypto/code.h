/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_CRYPTO_CODE_H
#define DS_NET_CRYPTO_CODE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/base/err.h"
#include "net/base/limits.h"

/*
 * The code that one person reads out to the other: nameplate, 7 digits of secret, one check digit.
 * It is a secret while it lives: wipe it, never log it. All functions: any thread.
 */
struct ds_code {
    char nameplate[DS_NAMEPLATE_MAX_DIGITS + 1]; /* dealt by the relay, 4 to 9 ASCII digits */
    char secret[DS_CODE_SECRET_DIGITS + 1];      /* never sent */
};

enum {
    DS_CODE_DIGITS_MIN = DS_NAMEPLATE_MIN_DIGITS + DS_CODE_SECRET_DIGITS + 1,
    DS_CODE_DIGITS_MAX = DS_NAMEPLATE_MAX_DIGITS + DS_CODE_SECRET_DIGITS + 1,
    DS_CODE_TEXT_MAX = 24, /* digits, a space before every third or fourth, NUL */
};

/* Why a text is no code. */
enum ds_code_why {
    DS_CODE_FINE,
    DS_CODE_TOO_SHORT,  /* digits are missing */
    DS_CODE_TOO_LONG,   /* there are digits too many */
    DS_CODE_NOT_DIGITS, /* something stands in it that belongs to no code */
    DS_CODE_CHECK,      /* the number of digits is right, the check digit is not: mistyped */
    DS_CODE_ADDRESS,    /* in a link: it is no link of ours, or its host, port or pin is no such */
};

/**
 * Read a code from NUL-terminated UTF-8 that a person typed or pasted, forgiving as
 * ds_digits_read() is. Returns 0 with `*code` set, or DS_ERR_INVALID with the reason in `*why` and
 * `*code` wiped.
 */
int ds_code_parse(struct ds_code *code, const char *text, enum ds_code_why *why) DS_MUST_CHECK;

/** Say whether `text` is 4 to 9 ASCII digits. */
bool ds_nameplate_is_valid(const char *text);

/**
 * Give the code a new secret, each of its 10^7 values as likely as any other. Returns 0, or
 * DS_ERR_SYSTEM where the system has no random bytes; the secret is empty then.
 */
int ds_code_make_secret(struct ds_code *code) DS_MUST_CHECK;

/** Make a code of a nameplate (checked: DS_ERR_INVALID) and a new secret. */
int ds_code_make(struct ds_code *code, const char *nameplate) DS_MUST_CHECK;

/** Write all digits of a valid code, check digit last, and return `out`. */
const char *ds_code_digits(const struct ds_code *code, char out[static DS_CODE_DIGITS_MAX + 1]);

/** Write the code as it is shown, in groups of 4 or 3 ("4821 9130 5778"), and return `out`. */
const char *ds_code_format(const struct ds_code *code, char out[static DS_CODE_TEXT_MAX]);

/**
 * Write what both sides give SPAKE2 as the password into `out`: the digits of nameplate and
 * secret, without check digit. The nameplate takes part so that what was learnt under one is
 * worth nothing under another. Returns their number.
 */
size_t ds_code_password(const struct ds_code *code, char out[static DS_CODE_DIGITS_MAX + 1]);

/** Overwrite the code; NULL is fine. */
void ds_code_wipe(struct ds_code *code);

#endif
