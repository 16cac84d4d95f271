/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/natpmp.h"

#include "net/wire/reader.h"
#include "net/wire/writer.h"

enum { VERSION = 0, RESPONSE = 0x80, REFUSAL_MIN = 8 };

size_t
ds_natpmp_write_address(uint8_t out[static DS_NATPMP_REQUEST_MAX])
{
    out[0] = VERSION;
    out[1] = DS_NATPMP_ADDRESS;
    return 2;
}

size_t
ds_natpmp_write_map(uint8_t out[static DS_NATPMP_REQUEST_MAX], uint16_t port, uint16_t outside,
        uint32_t lifetime_s)
{
    struct ds_writer w;

    ds_writer_init(&w, out, DS_NATPMP_REQUEST_MAX);
    ds_writer_u8(&w, VERSION);
    ds_writer_u8(&w, DS_NATPMP_MAP_TCP);
    ds_writer_zero(&w, 2);
    ds_writer_u16(&w, port);
    ds_writer_u16(&w, outside);
    ds_writer_u32(&w, lifetime_s);
    return w.len;
}

/* What follows the head, where the result is success. */
static int
read_grant(struct ds_natpmp_answer *answer, uint8_t opcode, uint16_t port, struct ds_reader *r)
{
    if (opcode == DS_NATPMP_ADDRESS) {
        ds_reader_copy(r, &answer->address, sizeof answer->address);
        return r->failed ? DS_ERR_PROTOCOL : 0;
    }
    uint16_t of = ds_reader_u16(r);
    answer->port = ds_reader_u16(r);
    answer->lifetime_s = ds_reader_u32(r);
    return r->failed || of != port ? DS_ERR_PROTOCOL : 0;
}

int
ds_natpmp_read(struct ds_natpmp_answer *answer, uint8_t opcode, uint16_t port, const uint8_t *data,
        size_t len)
{
    struct ds_reader r;

    *answer = (struct ds_natpmp_answer){0};
    ds_reader_init(&r, data, len);
    uint8_t version = ds_reader_u8(&r), of = ds_reader_u8(&r);
    answer->result = ds_reader_u16(&r);
    answer->epoch_s = ds_reader_u32(&r);
    if (len < REFUSAL_MIN || version != VERSION || of != (RESPONSE | opcode))
        return DS_ERR_PROTOCOL;
    return answer->result == 0 ? read_grant(answer, opcode, port, &r) : 0;
}
