/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/control.h"

#include <string.h>

#include "net/base/limits.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"

enum {
    TAG_NAME = 1,
    TAG_PROGRAM = 2,
    TAG_WANTS = 3,
    TAG_LEVEL = 4,
    TAG_PICTURE = 5,
    TAG_DIRECT = 6,
    TAG_GENERATION = 7, /* in AGAIN; 7 to 12 in OFFER and GO are net/punch/offer.c's */
};

/* INTRO's DIRECT. */
enum { DIRECT_AUTO = 1, DIRECT_ONLY = 2 };

static uint16_t
level_tag(enum ds_control_type type)
{
    return type == DS_CONTROL_INTRO ? TAG_WANTS : TAG_LEVEL;
}

static void
write_intro(const struct ds_control_message *message, struct ds_writer *w)
{
    ds_tlv_put_text(w, TAG_NAME, message->name);
    ds_tlv_put_text(w, TAG_PROGRAM, message->program);
    ds_tlv_put_number(w, TAG_WANTS, message->level, 1);
    if (message->picture != DS_PICTURE_NONE)
        ds_tlv_put_number(w, TAG_PICTURE, message->picture, 1);
    if (message->direct != DS_DIRECT_NEVER)
        ds_tlv_put_number(
                w, TAG_DIRECT, message->direct == DS_DIRECT_ONLY ? DIRECT_ONLY : DIRECT_AUTO, 1);
}

static void
write_fields(const struct ds_control_message *message, struct ds_writer *w)
{
    switch (message->type) {
    case DS_CONTROL_INTRO:
        write_intro(message, w);
        break;
    case DS_CONTROL_GRANT:
        ds_tlv_put_number(w, TAG_LEVEL, message->level, 1);
        break;
    case DS_CONTROL_OFFER:
    case DS_CONTROL_GO:
        ds_offer_write(&message->offer, w);
        break;
    case DS_CONTROL_AGAIN:
        ds_tlv_put_number(w, TAG_GENERATION, message->offer.generation, 4);
        break;
    }
}

int
ds_control_write(const struct ds_control_message *message, uint8_t out[static DS_CONTROL_BYTES])
{
    struct ds_writer w;
    ds_writer_init(&w, out + DS_RECORD_HEADER, DS_CONTROL_BYTES - DS_RECORD_HEADER);
    write_fields(message, &w);
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

/* What a later version may want beyond ours is some direct path. */
static void
read_direct(struct ds_control_message *message, const struct ds_tlv *tlv)
{
    uint64_t number;
    if (!ds_tlv_number(tlv, &number) || number == 0)
        return;
    message->direct = number == DIRECT_ONLY ? DS_DIRECT_ONLY : DS_DIRECT_AUTO;
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
    case TAG_DIRECT:
        if (message->type == DS_CONTROL_INTRO)
            read_direct(message, tlv);
        return 0;
    default:
        return 0;
    }
}

static int
read_words(struct ds_control_message *message, struct ds_reader *r)
{
    struct ds_tlv tlv;

    while (ds_tlv_next(r, &tlv))
        if (read_field(message, &tlv) < 0)
            return DS_ERR_PROTOCOL;
    return r->failed || message->level == DS_LEVEL_NONE ? DS_ERR_PROTOCOL : 0;
}

/* AGAIN is an offer of which one field counts. */
static int
read_offer(struct ds_control_message *message, struct ds_reader *r)
{
    int err = ds_offer_read(&message->offer, r);
    if (message->type == DS_CONTROL_AGAIN)
        message->offer = (struct ds_offer){.generation = message->offer.generation};
    return err;
}

int
ds_control_parse(struct ds_control_message *message, const uint8_t *data, size_t len)
{
    struct ds_record record;
    struct ds_reader r;

    int n = ds_record_parse(&record, data, len, DS_CONTROL_MESSAGE_MAX);
    if (n <= 0)
        return n;
    memset(message, 0, sizeof *message);
    message->direct = DS_DIRECT_NEVER;
    if (record.type < DS_CONTROL_INTRO || record.type > DS_CONTROL_AGAIN)
        return n;
    message->type = (enum ds_control_type)record.type;
    ds_reader_init(&r, record.payload, record.len);
    int err = record.type <= DS_CONTROL_GRANT ? read_words(message, &r) : read_offer(message, &r);
    return err < 0 ? err : n;
}
