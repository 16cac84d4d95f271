/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wire/reader.h"

#include <string.h>

void
ds_reader_init(struct ds_reader *r, const void *data, size_t len)
{
    *r = (struct ds_reader){.data = data, .len = len};
}

const uint8_t *
ds_reader_bytes(struct ds_reader *r, size_t n)
{
    if (r->failed || n > r->len - r->pos) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->data + r->pos;
    r->pos += n;
    return p;
}

static uint64_t
read_number(struct ds_reader *r, size_t n)
{
    const uint8_t *p = ds_reader_bytes(r, n);
    uint64_t value = 0;
    for (size_t i = 0; p != NULL && i < n; i++)
        value = value << 8 | p[i];
    return value;
}

uint8_t
ds_reader_u8(struct ds_reader *r)
{
    return (uint8_t)read_number(r, 1);
}

uint16_t
ds_reader_u16(struct ds_reader *r)
{
    return (uint16_t)read_number(r, 2);
}

uint32_t
ds_reader_u24(struct ds_reader *r)
{
    return (uint32_t)read_number(r, 3);
}

uint32_t
ds_reader_u32(struct ds_reader *r)
{
    return (uint32_t)read_number(r, 4);
}

uint64_t
ds_reader_u64(struct ds_reader *r)
{
    return read_number(r, 8);
}

void
ds_reader_copy(struct ds_reader *r, void *out, size_t n)
{
    const uint8_t *p = ds_reader_bytes(r, n);
    if (n == 0)
        return;
    if (p != NULL)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

size_t
ds_reader_left(const struct ds_reader *r)
{
    return r->len - r->pos;
}

bool
ds_reader_is_done(const struct ds_reader *r)
{
    return !r->failed && r->pos == r->len;
}
