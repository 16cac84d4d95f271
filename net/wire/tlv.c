/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wire/tlv.h"

#include <string.h>

bool
ds_tlv_next(struct ds_reader *r, struct ds_tlv *tlv)
{
    if (r->failed || ds_reader_left(r) == 0)
        return false;
    tlv->tag = ds_reader_u16(r);
    tlv->len = ds_reader_u16(r);
    tlv->value = ds_reader_bytes(r, tlv->len);
    return !r->failed;
}

void
ds_tlv_put(struct ds_writer *w, uint16_t tag, const void *value, size_t len)
{
    if (len > UINT16_MAX) {
        w->failed = true;
        return;
    }
    ds_writer_u16(w, tag);
    ds_writer_u16(w, (uint16_t)len);
    ds_writer_bytes(w, value, len);
}

void
ds_tlv_put_text(struct ds_writer *w, uint16_t tag, const char *text)
{
    ds_tlv_put(w, tag, text, strlen(text));
}

void
ds_tlv_put_number(struct ds_writer *w, uint16_t tag, uint64_t value, size_t bytes)
{
    uint8_t raw[8];
    for (size_t i = 0; i < sizeof raw; i++)
        raw[7 - i] = (uint8_t)(value >> (8 * i));
    if (bytes > sizeof raw)
        w->failed = true;
    else
        ds_tlv_put(w, tag, raw + sizeof raw - bytes, bytes);
}

bool
ds_tlv_number(const struct ds_tlv *tlv, uint64_t *value)
{
    if (tlv->len == 0 || tlv->len > 8)
        return false;
    *value = 0;
    for (size_t i = 0; i < tlv->len; i++)
        *value = *value << 8 | tlv->value[i];
    return true;
}

bool
ds_tlv_text(const struct ds_tlv *tlv, char *out, size_t cap)
{
    size_t n = tlv->len < cap - 1 ? tlv->len : cap - 1;
    out[0] = '\0';
    if (n > 0 && memchr(tlv->value, '\0', n) != NULL)
        return false;
    if (n > 0)
        memcpy(out, tlv->value, n);
    out[n] = '\0';
    return true;
}
