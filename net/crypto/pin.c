/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/pin.h"

int
ds_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
ds_pin_parse(uint8_t pin[static DS_PIN_BYTES], const char *text, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < DS_PIN_BYTES; i++) {
        if (i > 0 && at < len && text[at] == ':')
            at++;
        if (len - at < 2)
            return DS_ERR_INVALID;
        int high = ds_hex_value(text[at]), low = ds_hex_value(text[at + 1]);
        if (high < 0 || low < 0)
            return DS_ERR_INVALID;
        pin[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return at == len ? 0 : DS_ERR_INVALID;
}

const char *
ds_pin_format(const uint8_t pin[static DS_PIN_BYTES], char out[static DS_PIN_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DS_PIN_BYTES; i++) {
        out[2 * i] = digits[pin[i] >> 4];
        out[2 * i + 1] = digits[pin[i] & 15];
    }
    out[DS_PIN_TEXT_MAX - 1] = '\0';
    return out;
}
