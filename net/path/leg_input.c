/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/path/leg_input.h"

#include <string.h>

#include "net/base/reason.h"
#include "net/wire/tlv.h"

enum when {
    UNKNOWN = 0, /* skipped */
    NEVER,       /* only clients say it */
    FIRST,       /* before WELCOME only */
    ALWAYS,
    AFTER_WELCOME,
    WHEN_PAIRED,
};

static const struct rule {
    enum when when;
    size_t min;
    size_t max;
} rules[] = {
        [DS_RECORD_HELLO] = {NEVER},
        [DS_RECORD_WELCOME] = {FIRST, 0, DS_HELLO_MAX},
        [DS_RECORD_REFUSED] = {ALWAYS, 0, DS_HELLO_MAX},
        [DS_RECORD_WAIT] = {NEVER},
        [DS_RECORD_WAITING] = {AFTER_WELCOME, 0, DS_HELLO_MAX},
        [DS_RECORD_KNOCK] = {NEVER},
        [DS_RECORD_KNOCKED] = {AFTER_WELCOME, 4, 4 + DS_SAY_MAX},
        [DS_RECORD_SAY] = {AFTER_WELCOME, 4, 4 + DS_SAY_MAX},
        [DS_RECORD_GONE] = {AFTER_WELCOME, 4, 4},
        [DS_RECORD_ACCEPT] = {NEVER},
        [DS_RECORD_REJECT] = {NEVER},
        [DS_RECORD_PAIRED] = {AFTER_WELCOME, DS_COOKIE_BYTES, DS_COOKIE_BYTES},
        [DS_RECORD_MEET] = {NEVER},
        [DS_RECORD_LEAVE] = {NEVER},
        [DS_RECORD_PIPE] = {WHEN_PAIRED, 0, DS_PIPE_MAX},
        [DS_RECORD_NOTE] = {AFTER_WELCOME, 0, DS_HELLO_MAX},
        [DS_RECORD_PING] = {AFTER_WELCOME, 0, DS_PING_MAX},
        [DS_RECORD_PONG] = {AFTER_WELCOME, 0, DS_PING_MAX},
        [DS_RECORD_CHECK] = {NEVER},
        [DS_RECORD_CHECKED] = {AFTER_WELCOME, 0, DS_HELLO_MAX},
        [DS_RECORD_DIAL] = {NEVER},
        [DS_RECORD_DIALLED] = {AFTER_WELCOME, 3, 3},
};

uint8_t *
ds_leg_input_room(struct ds_leg_input *in, size_t *cap)
{
    memmove(in->buf, in->buf + in->pos, in->len - in->pos);
    in->len -= in->pos;
    in->pos = 0;
    *cap = sizeof in->buf - in->len;
    return in->buf + in->len;
}

void
ds_leg_input_added(struct ds_leg_input *in, size_t n)
{
    in->len += n;
}

static const char *
check(const struct ds_leg_input *in, const struct ds_record *record, const struct rule *rule)
{
    if (rule->when == NEVER)
        return "a record that only clients send";
    if (rule->when == FIRST && in->is_welcomed)
        return "a second WELCOME";
    if (rule->when >= AFTER_WELCOME && !in->is_welcomed)
        return "a record before WELCOME";
    if (rule->when == WHEN_PAIRED && !in->is_paired)
        return "PIPE before the pairing";
    if (record->len < rule->min || record->len > rule->max)
        return "a record of a wrong length";
    return NULL;
}

static int
fail(struct ds_leg_input *in, const char *text)
{
    in->error_text = text;
    return DS_ERR_PROTOCOL;
}

int
ds_leg_input_next(struct ds_leg_input *in, struct ds_record *record)
{
    static const struct rule unknown = {UNKNOWN};
    for (;;) {
        int n = ds_record_parse(record, in->buf + in->pos, in->len - in->pos, DS_RECORD_MAX);
        if (n < 0)
            return fail(in, "an oversized record");
        if (n == 0)
            return 0;
        in->pos += (size_t)n;
        const struct rule *rule =
                record->type < sizeof rules / sizeof rules[0] ? &rules[record->type] : &unknown;
        if (rule->when == UNKNOWN)
            continue;
        const char *wrong = check(in, record, rule);
        if (wrong != NULL)
            return fail(in, wrong);
        if (record->type == DS_RECORD_WELCOME)
            in->is_welcomed = true;
        return 1;
    }
}

/* A relay's words end up in a sentence on a screen. */
static void
read_text(const struct ds_tlv *tlv, char *out, size_t cap)
{
    if (!ds_tlv_text(tlv, out, cap))
        return;
    for (char *c = out; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
}

static void
read_address(const struct ds_tlv *tlv, char out[static DS_ADDR_TEXT_MAX])
{
    struct ds_addr addr;
    read_text(tlv, out, DS_ADDR_TEXT_MAX);
    if (ds_addr_parse(&addr, out, 0) < 0)
        out[0] = '\0';
}

int
ds_leg_welcome_parse(struct ds_leg_welcome *welcome, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t version = 0;
    memset(welcome, 0, sizeof *welcome);
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_VERSION && !ds_tlv_number(&tlv, &version))
            return DS_ERR_PROTOCOL;
        if (tlv.tag == DS_TAG_OBSERVED)
            read_address(&tlv, welcome->observed);
        if (tlv.tag == DS_TAG_PROGRAM)
            read_text(&tlv, welcome->program, sizeof welcome->program);
        if (tlv.tag == DS_TAG_STUN)
            read_text(&tlv, welcome->stun, sizeof welcome->stun);
    }
    bool is_spoken = version >= DS_PROTOCOL_VERSION_MIN && version <= DS_PROTOCOL_VERSION_MAX;
    return !r.failed && is_spoken ? 0 : DS_ERR_PROTOCOL;
}

bool
ds_leg_revealed_parse(struct ds_addr *addr, const uint8_t *payload, size_t len)
{
    char observed[DS_ADDR_TEXT_MAX] = "";
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t note = 0;
    ds_reader_init(&r, payload, len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_NOTE && (tlv.len != 1 || !ds_tlv_number(&tlv, &note)))
            return false;
        if (tlv.tag == DS_TAG_OBSERVED)
            read_address(&tlv, observed);
    }
    return !r.failed && note == DS_NOTE_REVEAL && ds_addr_parse(addr, observed, 0) == 0;
}

int
ds_leg_refused_parse(struct ds_leg_refused *refused, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t reason = DS_REASON_NONE;
    uint64_t retry_ms = 0;
    memset(refused, 0, sizeof *refused);
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_REASON && (tlv.len != 1 || !ds_tlv_number(&tlv, &reason)))
            return DS_ERR_PROTOCOL;
        if (tlv.tag == DS_TAG_RETRY_MS && (tlv.len != 4 || !ds_tlv_number(&tlv, &retry_ms)))
            return DS_ERR_PROTOCOL;
        if (tlv.tag == DS_TAG_PROGRAM)
            read_text(&tlv, refused->program, sizeof refused->program);
    }
    refused->reason = (int)reason;
    refused->retry_ms = (uint32_t)retry_ms;
    return !r.failed && reason != DS_REASON_NONE ? 0 : DS_ERR_PROTOCOL;
}
