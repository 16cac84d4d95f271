/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wire/writer.h"

#include <string.h>

void
ds_writer_init(struct ds_writer *w, void *data, size_t cap)
{
    *w = (struct ds_writer){.data = data, .cap = cap};
}

static uint8_t *
reserve(struct ds_writer *w, size_t n)
{
    if (w->failed || n > w->cap - w->len) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->data + w->len;
    w->len += n;
    return p;
}

static void
write_number(struct ds_writer *w, uint64_t value, size_t n)
{
    uint8_t *p = reserve(w, n);
    if (p == NULL)
        return;
    for (size_t i = n; i > 0; i--) {
        p[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void
ds_writer_u8(struct ds_writer *w, uint8_t value)
{
    write_number(w, value, 1);
}

void
ds_writer_u16(struct ds_writer *w, uint16_t value)
{
    write_number(w, value, 2);
}

void
ds_writer_u24(struct ds_writer *w, uint32_t value)
{
    if (value > 0xffffff)
        w->failed = true;
    write_number(w, value, 3);
}

void
ds_writer_u32(struct ds_writer *w, uint32_t value)
{
    write_number(w, value, 4);
}

void
ds_writer_u64(struct ds_writer *w, uint64_t value)
{
    write_number(w, value, 8);
}

void
ds_writer_bytes(struct ds_writer *w, const void *data, size_t n)
{
    uint8_t *p = reserve(w, n);
    if (p != NULL && n > 0)
        memcpy(p, data, n);
}

void
ds_writer_zero(struct ds_writer *w, size_t n)
{
    uint8_t *p = reserve(w, n);
    if (p != NULL && n > 0)
        memset(p, 0, n);
}
