/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mux/frame.h"

#include "net/base/limits.h"
#include "net/wire/reader.h"

static const struct {
    const char *name;
    uint32_t len_min, len_max;
} types[] = {
        [DS_MUX_OPEN] = {"OPEN", 5, 5},
        [DS_MUX_DATA] = {"DATA", 1, DS_MUX_DATA_MAX},
        [DS_MUX_CREDIT] = {"CREDIT", 4, 4},
        [DS_MUX_EOF] = {"EOF", 0, 0},
        [DS_MUX_RESET] = {"RESET", 1, 1},
        [DS_MUX_BLOCKED] = {"BLOCKED", 0, 0},
};

static bool
type_is_known(uint8_t type)
{
    return type < sizeof types / sizeof types[0] && types[type].name != NULL;
}

void
ds_mux_frame_read(struct ds_mux_frame *frame, const uint8_t header[static DS_MUX_HEADER_BYTES])
{
    struct ds_reader r;
    ds_reader_init(&r, header, DS_MUX_HEADER_BYTES);
    frame->type = ds_reader_u8(&r);
    frame->len = ds_reader_u24(&r);
    frame->channel = ds_reader_u32(&r);
}

bool
ds_mux_frame_is_sound(const struct ds_mux_frame *frame)
{
    if (!ds_mux_frame_is_known(frame))
        return frame->len <= DS_MUX_DATA_MAX;
    return frame->len >= types[frame->type].len_min && frame->len <= types[frame->type].len_max;
}

bool
ds_mux_frame_is_known(const struct ds_mux_frame *frame)
{
    return type_is_known(frame->type);
}

const char *
ds_mux_frame_name(uint8_t type)
{
    return type_is_known(type) ? types[type].name : "a frame of an unknown type";
}

void
ds_mux_frame_put_header(struct ds_writer *w, enum ds_mux_type type, uint32_t channel, size_t len)
{
    ds_writer_u8(w, (uint8_t)type);
    ds_writer_u24(w, (uint32_t)len);
    ds_writer_u32(w, channel);
}

void
ds_mux_frame_put_open(struct ds_writer *w, uint32_t channel, uint8_t kind, uint32_t credit)
{
    ds_mux_frame_put_header(w, DS_MUX_OPEN, channel, 5);
    ds_writer_u8(w, kind);
    ds_writer_u32(w, credit);
}

void
ds_mux_frame_put_credit(struct ds_writer *w, uint32_t channel, uint32_t credit)
{
    ds_mux_frame_put_header(w, DS_MUX_CREDIT, channel, 4);
    ds_writer_u32(w, credit);
}

void
ds_mux_frame_put_reset(struct ds_writer *w, uint32_t channel, uint8_t reason)
{
    ds_mux_frame_put_header(w, DS_MUX_RESET, channel, 1);
    ds_writer_u8(w, reason);
}
