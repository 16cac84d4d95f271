/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/link/frame.h"

#include <stdbool.h>
#include <string.h>

#include "net/base/minmax.h"
#include "net/wire/reader.h"

/* Payload that each type may have. A type without a line is unknown: any length up to the limit. */
static const struct {
    size_t min, max;
} payload_sizes[DS_FRAME_TYPES] = {
        [0] = {0, DS_LINK_FRAME_MAX},
        [DS_FRAME_HELLO] = {DS_LINK_HELLO_BYTES - DS_FRAME_HEADER,
                DS_LINK_HELLO_BYTES - DS_FRAME_HEADER},
        [DS_FRAME_DATA] = {9, DS_LINK_FRAME_MAX},
        [DS_FRAME_ACK] = {8, 8},
        [DS_FRAME_PING] = {8, 8},
        [DS_FRAME_PONG] = {8, 8},
        [DS_FRAME_NOMINATE] = {8, 8},
        [DS_FRAME_CLOSE] = {9, 9},
        [DS_FRAME_CLOSE_ACK] = {0, 0},
};

static size_t
payload_size(const uint8_t header[static DS_FRAME_HEADER])
{
    return (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
}

static bool
header_is_valid(const uint8_t header[static DS_FRAME_HEADER])
{
    size_t known = header[0] < DS_FRAME_TYPES ? header[0] : 0;
    size_t size = payload_size(header);
    return size >= payload_sizes[known].min && size <= payload_sizes[known].max;
}

/* The bytes are whole and their sizes were judged. */
static void
decode(struct ds_frame *frame, const uint8_t *bytes, size_t len)
{
    struct ds_reader r;
    ds_reader_init(&r, bytes + DS_FRAME_HEADER, len - DS_FRAME_HEADER);
    *frame = (struct ds_frame){.type = bytes[0]};
    if (frame->type >= DS_FRAME_TYPES || ds_reader_left(&r) < 8)
        return;
    frame->value = ds_reader_u64(&r);
    if (frame->type == DS_FRAME_CLOSE)
        frame->reason = ds_reader_u8(&r);
    if (frame->type == DS_FRAME_DATA) {
        frame->len = ds_reader_left(&r);
        frame->data = ds_reader_bytes(&r, frame->len);
    }
}

/* Keep bytes until the reader has `want` of them; says whether it has. */
static bool
keep(struct ds_frame_reader *reader, size_t want, const uint8_t **data, size_t *len)
{
    size_t n = reader->len < want ? MIN(want - reader->len, *len) : 0;
    if (n > 0)
        memcpy(reader->buf + reader->len, *data, n);
    reader->len += n;
    *data += n;
    *len -= n;
    return reader->len >= want;
}

int
ds_frame_next(
        struct ds_frame_reader *reader, const uint8_t **data, size_t *len, struct ds_frame *frame)
{
    bool is_kept = reader->len > 0 || *len < DS_FRAME_HEADER;
    if (is_kept && !keep(reader, DS_FRAME_HEADER, data, len))
        return 0;
    const uint8_t *header = is_kept ? reader->buf : *data;
    size_t whole = DS_FRAME_HEADER + payload_size(header);
    if (!header_is_valid(header)) {
        *frame = (struct ds_frame){.type = header[0], .len = payload_size(header)};
        return DS_ERR_PROTOCOL;
    }
    if (is_kept || *len < whole) {
        if (!keep(reader, whole, data, len))
            return 0;
        decode(frame, reader->buf, whole);
        reader->len = 0;
    } else {
        decode(frame, *data, whole);
        *data += whole;
        *len -= whole;
    }
    return 1;
}

static void
put_head(struct ds_writer *w, enum ds_frame_type type, size_t payload)
{
    ds_writer_u8(w, (uint8_t)type);
    ds_writer_u24(w, (uint32_t)payload);
}

void
ds_frame_put_hello(struct ds_writer *w, uint64_t offset)
{
    put_head(w, DS_FRAME_HELLO, DS_LINK_HELLO_BYTES - DS_FRAME_HEADER);
    ds_writer_u64(w, offset);
    ds_writer_zero(w, DS_LINK_HELLO_BYTES - DS_FRAME_NUMBER_BYTES);
}

void
ds_frame_put_data_head(struct ds_writer *w, uint64_t offset, size_t len)
{
    put_head(w, DS_FRAME_DATA, 8 + len);
    ds_writer_u64(w, offset);
}

void
ds_frame_put_number(struct ds_writer *w, enum ds_frame_type type, uint64_t value)
{
    put_head(w, type, 8);
    ds_writer_u64(w, value);
}

void
ds_frame_put_close(struct ds_writer *w, uint64_t final, uint8_t reason)
{
    put_head(w, DS_FRAME_CLOSE, 9);
    ds_writer_u64(w, final);
    ds_writer_u8(w, reason);
}

void
ds_frame_put_close_ack(struct ds_writer *w)
{
    put_head(w, DS_FRAME_CLOSE_ACK, 0);
}
