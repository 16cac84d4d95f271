/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_wire.h"

#include "net/wire/reader.h"

enum { BYTES_PER_PIXEL = 4 };

bool
ds_decoder_size_is_allowed(unsigned width, unsigned height)
{
    return width > 0 && width <= DS_SCREEN_SIDE_MAX && height > 0 && height <= DS_SCREEN_SIDE_MAX &&
           (uint64_t)width * height * BYTES_PER_PIXEL <= DS_SCREEN_BYTES_MAX;
}

static bool
cursor_is_allowed(const struct ds_decoder_message *m)
{
    return m->width <= DS_CURSOR_SIDE_MAX && m->height <= DS_CURSOR_SIDE_MAX &&
           m->hot_x < m->width && m->hot_y < m->height;
}

static bool
read_size(struct ds_reader *r, struct ds_decoder_message *m)
{
    m->width = ds_reader_u16(r);
    m->height = ds_reader_u16(r);
    return ds_decoder_size_is_allowed(m->width, m->height);
}

static bool
read_rects(struct ds_reader *r, struct ds_decoder_message *m)
{
    m->count = ds_reader_u16(r);
    if (m->count == 0 || m->count > DS_DECODER_RECTS_MAX)
        return false;
    for (size_t i = 0; i < m->count; i++) {
        m->rects[i].x = ds_reader_u16(r);
        m->rects[i].y = ds_reader_u16(r);
        m->rects[i].width = ds_reader_u16(r);
        m->rects[i].height = ds_reader_u16(r);
    }
    return true;
}

static bool
read_cursor(struct ds_reader *r, struct ds_decoder_message *m)
{
    m->hot_x = ds_reader_u16(r);
    m->hot_y = ds_reader_u16(r);
    m->width = ds_reader_u16(r);
    m->height = ds_reader_u16(r);
    if (!cursor_is_allowed(m))
        return false;
    m->bytes = ds_reader_bytes(r, (size_t)m->width * m->height * BYTES_PER_PIXEL);
    return true;
}

static bool
read_key(struct ds_reader *r, struct ds_hand_event *key)
{
    uint32_t keysym = ds_reader_u32(r);
    uint8_t pressed = ds_reader_u8(r);

    *key = (struct ds_hand_event){.is_key = true, .keysym = keysym, .pressed = pressed == 1};
    return pressed <= 1;
}

static bool
read_pointer(struct ds_reader *r, struct ds_hand_event *pointer)
{
    *pointer = (struct ds_hand_event){.x = ds_reader_u16(r)};
    pointer->y = ds_reader_u16(r);
    pointer->buttons = ds_reader_u8(r);
    return true;
}

static bool
read_quality(struct ds_reader *r, enum ds_quality *quality)
{
    uint8_t byte = ds_reader_u8(r);

    *quality = (enum ds_quality)byte;
    return byte > 0 && byte <= DS_QUALITY_MAX;
}

static bool
read_start(struct ds_reader *r, struct ds_decoder_message *m)
{
    bool ok = read_quality(r, &m->quality);
    uint8_t byte = ds_reader_u8(r);

    m->opened = byte == 1;
    return ok && byte <= 1;
}

static bool
read_figures(struct ds_reader *r, struct ds_decoded *figures)
{
    figures->updates = ds_reader_u64(r);
    figures->cpu_us = ds_reader_u64(r);
    figures->exact = ds_reader_u64(r);
    figures->photo = ds_reader_u64(r);
    figures->moved = ds_reader_u64(r);
    return true;
}

static bool
read_fields(struct ds_reader *r, struct ds_decoder_message *m)
{
    uint8_t byte;

    switch (m->type) {
    case DS_DECODER_START:
        return read_start(r, m);
    case DS_DECODER_QUALITY:
        return read_quality(r, &m->quality);
    case DS_DECODER_PASSWORD:
        m->count = ds_reader_left(r);
        m->bytes = ds_reader_bytes(r, m->count);
        return m->count <= DS_DECODER_PASSWORD_MAX;
    case DS_DECODER_SURFACE:
    case DS_DECODER_SIZE:
        return read_size(r, m);
    case DS_DECODER_KEY:
        return read_key(r, &m->hand);
    case DS_DECODER_POINTER:
        return read_pointer(r, &m->hand);
    case DS_DECODER_UPDATE:
        return read_rects(r, m);
    case DS_DECODER_FIGURES:
        return read_figures(r, &m->figures);
    case DS_DECODER_CURSOR:
        return read_cursor(r, m);
    case DS_DECODER_FAILED:
        byte = ds_reader_u8(r);
        m->failure = (enum ds_decoder_failure)byte;
        return byte > 0 && byte <= DS_DECODER_FAILURE_SAID_BY_CHILD_MAX;
    case DS_DECODER_SHOWN:
    case DS_DECODER_ASK_FIGURES:
    case DS_DECODER_ASK_PASSWORD:
    case DS_DECODER_FRAME:
        return true;
    }
    return false;
}

int
ds_decoder_wire_parse(struct ds_decoder_message *m, const void *data, size_t len)
{
    struct ds_reader r;

    ds_reader_init(&r, data, len);
    m->type = (enum ds_decoder_message_type)ds_reader_u8(&r);
    return read_fields(&r, m) && ds_reader_is_done(&r) ? DS_OK : DS_ERR_PROTOCOL;
}

static void
write_rects(struct ds_writer *w, const struct ds_decoder_message *m)
{
    if (m->count == 0 || m->count > DS_DECODER_RECTS_MAX) {
        w->failed = true;
        return;
    }
    ds_writer_u16(w, (uint16_t)m->count);
    for (size_t i = 0; i < m->count; i++) {
        ds_writer_u16(w, m->rects[i].x);
        ds_writer_u16(w, m->rects[i].y);
        ds_writer_u16(w, m->rects[i].width);
        ds_writer_u16(w, m->rects[i].height);
    }
}

static void
write_cursor(struct ds_writer *w, const struct ds_decoder_message *m)
{
    if (!cursor_is_allowed(m)) {
        w->failed = true;
        return;
    }
    ds_writer_u16(w, m->hot_x);
    ds_writer_u16(w, m->hot_y);
    ds_writer_u16(w, m->width);
    ds_writer_u16(w, m->height);
    ds_writer_bytes(w, m->bytes, (size_t)m->width * m->height * BYTES_PER_PIXEL);
}

static void
write_figures(struct ds_writer *w, const struct ds_decoded *figures)
{
    ds_writer_u64(w, figures->updates);
    ds_writer_u64(w, figures->cpu_us);
    ds_writer_u64(w, figures->exact);
    ds_writer_u64(w, figures->photo);
    ds_writer_u64(w, figures->moved);
}

void
ds_decoder_wire_write(struct ds_writer *w, const struct ds_decoder_message *m)
{
    ds_writer_u8(w, (uint8_t)m->type);
    switch (m->type) {
    case DS_DECODER_START:
        ds_writer_u8(w, (uint8_t)m->quality);
        ds_writer_u8(w, m->opened);
        break;
    case DS_DECODER_QUALITY:
        ds_writer_u8(w, (uint8_t)m->quality);
        break;
    case DS_DECODER_PASSWORD:
        if (m->count > DS_DECODER_PASSWORD_MAX)
            w->failed = true;
        ds_writer_bytes(w, m->bytes, m->count);
        break;
    case DS_DECODER_SURFACE:
    case DS_DECODER_SIZE:
        ds_writer_u16(w, m->width);
        ds_writer_u16(w, m->height);
        break;
    case DS_DECODER_KEY:
        ds_writer_u32(w, m->hand.keysym);
        ds_writer_u8(w, m->hand.pressed);
        break;
    case DS_DECODER_POINTER:
        ds_writer_u16(w, m->hand.x);
        ds_writer_u16(w, m->hand.y);
        ds_writer_u8(w, m->hand.buttons);
        break;
    case DS_DECODER_UPDATE:
        write_rects(w, m);
        break;
    case DS_DECODER_FIGURES:
        write_figures(w, &m->figures);
        break;
    case DS_DECODER_CURSOR:
        write_cursor(w, m);
        break;
    case DS_DECODER_FAILED:
        ds_writer_u8(w, (uint8_t)m->failure);
        break;
    case DS_DECODER_SHOWN:
    case DS_DECODER_ASK_FIGURES:
    case DS_DECODER_ASK_PASSWORD:
    case DS_DECODER_FRAME:
        break;
    }
}
