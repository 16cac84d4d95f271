/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/code.h"

#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "net/crypto/damm.h"
#include "net/crypto/digits.h"

static enum ds_code_why
why_of(int digits)
{
    if (digits == DS_ERR_TOO_BIG)
        return DS_CODE_TOO_LONG;
    if (digits < 0)
        return DS_CODE_NOT_DIGITS;
    return digits < DS_CODE_DIGITS_MIN ? DS_CODE_TOO_SHORT : DS_CODE_FINE;
}

int
ds_code_parse(struct ds_code *code, const char *text, enum ds_code_why *why)
{
    char digits[DS_CODE_DIGITS_MAX + 1];
    memset(code, 0, sizeof *code);
    int n = ds_digits_read(digits, sizeof digits, text);
    *why = why_of(n);
    if (*why == DS_CODE_FINE && ds_damm(digits, (size_t)n) != '0')
        *why = DS_CODE_CHECK;
    if (*why == DS_CODE_FINE) {
        size_t nameplate_len = (size_t)n - DS_CODE_SECRET_DIGITS - 1;
        memcpy(code->nameplate, digits, nameplate_len);
        memcpy(code->secret, digits + nameplate_len, DS_CODE_SECRET_DIGITS);
    }
    OPENSSL_cleanse(digits, sizeof digits);
    return *why == DS_CODE_FINE ? 0 : DS_ERR_INVALID;
}

bool
ds_nameplate_is_valid(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return text[n] == '\0' && n >= DS_NAMEPLATE_MIN_DIGITS && n <= DS_NAMEPLATE_MAX_DIGITS;
}

int
ds_code_make_secret(struct ds_code *code)
{
    uint8_t random[2 * DS_CODE_SECRET_DIGITS];
    size_t n = 0;
    memset(code->secret, 0, sizeof code->secret);
    while (n < DS_CODE_SECRET_DIGITS) {
        if (RAND_priv_bytes(random, sizeof random) != 1) {
            OPENSSL_cleanse(code->secret, sizeof code->secret);
            return DS_ERR_SYSTEM;
        }
        /* 250 and more are drawn again: modulo 10 would make 0 to 5 likelier than 6 to 9. */
        for (size_t i = 0; i < sizeof random && n < DS_CODE_SECRET_DIGITS; i++)
            if (random[i] < 250)
                code->secret[n++] = (char)('0' + random[i] % 10);
    }
    OPENSSL_cleanse(random, sizeof random);
    return 0;
}

int
ds_code_make(struct ds_code *code, const char *nameplate)
{
    memset(code, 0, sizeof *code);
    if (!ds_nameplate_is_valid(nameplate))
        return DS_ERR_INVALID;
    memcpy(code->nameplate, nameplate, strlen(nameplate));
    return ds_code_make_secret(code);
}

size_t
ds_code_password(const struct ds_code *code, char out[static DS_CODE_DIGITS_MAX + 1])
{
    size_t n = strnlen(code->nameplate, DS_NAMEPLATE_MAX_DIGITS);
    memcpy(out, code->nameplate, n);
    memcpy(out + n, code->secret, DS_CODE_SECRET_DIGITS);
    n += DS_CODE_SECRET_DIGITS;
    out[n] = '\0';
    return n;
}

const char *
ds_code_digits(const struct ds_code *code, char out[static DS_CODE_DIGITS_MAX + 1])
{
    size_t n = ds_code_password(code, out);
    out[n] = ds_damm(out, n);
    out[n + 1] = '\0';
    return out;
}

const char *
ds_code_format(const struct ds_code *code, char out[static DS_CODE_TEXT_MAX])
{
    char digits[DS_CODE_DIGITS_MAX + 1];
    size_t n = strlen(ds_code_digits(code, digits));
    size_t groups = (n + 3) / 4;
    size_t fours = n - 3 * groups; /* they come first; the others are threes */
    const char *from = digits;
    char *to = out;
    for (size_t i = 0; i < groups; i++) {
        size_t size = i < fours ? 4 : 3;
        if (i > 0)
            *to++ = ' ';
        memcpy(to, from, size);
        to += size;
        from += size;
    }
    *to = '\0';
    OPENSSL_cleanse(digits, sizeof digits);
    return out;
}

void
ds_code_wipe(struct ds_code *code)
{
    if (code != NULL)
        OPENSSL_cleanse(code, sizeof *code);
}
