/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/control.h"

#include <string.h>

#include "net/base/limits.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"

enum { TAG_NAME = 1, TAG_PROGRAM = 2, TAG_WANTS = 3, TAG_LEVEL = 4, TAG_PICTURE = 5 };

static uint16_t
level_tag(enum ds_control_type type)
{
    return type == DS_CONTROL_INTRO ? TAG_WANTS : TAG_LEVEL;
}

int
ds_control_write(const struct ds_control_message *message, uint8_t out[static DS_CONTROL_BYTES])
{
    struct ds_writer w;
    ds_writer_init(&w, out + DS_RECORD_HEADER, DS_CONTROL_BYTES - DS_RECORD_HEADER);
    if (message->type == DS_CONTROL_INTRO) {
        ds_tlv_put_text(&w, TAG_NAME, message->name);
        ds_tlv_put_text(&w, TAG_PROGRAM, message->program);
    }
    ds_tlv_put_number(&w, level_tag(message->type), message->level, 1);
    if (message->type == DS_CONTROL_INTRO && message->picture != DS_PICTURE_NONE)
        ds_tlv_put_number(&w, TAG_PICTURE, message->picture, 1);
    if (w.failed)
        return DS_ERR_TOO_BIG;
    ds_record_header(out, (uint8_t)message->type, w.len);
    return (int)(DS_RECORD_HEADER + w.len);
}

static int
read_level(struct ds_control_message *message, const struct ds_tlv *tlv)
{
    uint64_t number;
    if (!ds_tlv_number(tlv, &number) || number < DS_LEVEL_VIEW || number > DS_LEVEL_CONTROL)
        return DS_ERR_PROTOCOL;
    message->level = (enum ds_level)number;
    return 0;
}

/* What a later version may know beyond ours it has to do without. */
static void
read_picture(struct ds_control_message *message, const struct ds_tlv *tlv)
{
    uint64_t number;
    if (!ds_tlv_number(tlv, &number))
        number = DS_PICTURE_NONE;
    message->picture = number < DS_PICTURE_JPEG ? (enum ds_picture)number : DS_PICTURE_JPEG;
}

static int
read_field(struct ds_control_message *message, const struct ds_tlv *tlv)
{
    switch (tlv->tag) {
    case TAG_NAME:
        ds_name_clean(message->name, tlv->value, tlv->len);
        return 0;
    case TAG_PROGRAM:
        ds_name_clean(message->program, tlv->value, tlv->len);
        return 0;
    case TAG_WANTS:
    case TAG_LEVEL:
        return tlv->tag == level_tag(message->type) ? read_level(message, tlv) : 0;
    case TAG_PICTURE:
        if (message->type == DS_CONTROL_INTRO)
            read_picture(message, tlv);
        return 0;
    default:
        return 0;
    }
}

int
ds_control_parse(struct ds_control_message *message, const uint8_t *data, size_t len)
{
    struct ds_record record;
    struct ds_reader r;
    struct ds_tlv tlv;

    int n = ds_record_parse(&record, data, len, DS_CONTROL_MESSAGE_MAX);
    if (n <= 0)
        return n;
    memset(message, 0, sizeof *message);
    if (record.type != DS_CONTROL_INTRO && record.type != DS_CONTROL_GRANT)
        return n;
    message->type = (enum ds_control_type)record.type;
    ds_reader_init(&r, record.payload, record.len);
    while (ds_tlv_next(&r, &tlv))
        if (read_field(message, &tlv) < 0)
            return DS_ERR_PROTOCOL;
    if (r.failed || message->level == DS_LEVEL_NONE)
        return DS_ERR_PROTOCOL;
    return n;
}
