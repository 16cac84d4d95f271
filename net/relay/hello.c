/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/hello.h"

#include "net/base/limits.h"
#include "net/relay/state.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

#define PROGRAM "deskside-relay/" DS_VERSION

/* What a client that is too old is told to ask for: the first release with our oldest version. */
#define OLDEST_CLIENT "Deskside 0.1 or newer"

/* How long a client that found no room should stay away. */
enum { FULL_RETRY_MS = 10000 };

struct hello_fields {
    uint64_t version_min, version_max;
};

static int
parse_hello(struct hello_fields *fields, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    bool has_min = false, has_max = false;
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_VERSION_MIN)
            has_min = tlv.len == 2 && ds_tlv_number(&tlv, &fields->version_min);
        else if (tlv.tag == DS_TAG_VERSION_MAX)
            has_max = tlv.len == 2 && ds_tlv_number(&tlv, &fields->version_max);
    }
    if (r.failed || !has_min || !has_max || fields->version_min > fields->version_max)
        return DS_ERR_PROTOCOL;
    return 0;
}

static void
send_welcome(struct ds_relay_conn *conn, uint64_t version)
{
    const char *stun = ds_relay_stun_names(conn->relay->stun);
    uint8_t data[384];
    char observed[DS_ADDR_TEXT_MAX];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_VERSION, version, 2);
    ds_tlv_put_number(&w, DS_TAG_CAPS, 0, 8);
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, PROGRAM);
    ds_tlv_put_text(&w, DS_TAG_OBSERVED, ds_addr_format(&conn->addr, observed));
    if (*stun != '\0')
        ds_tlv_put_text(&w, DS_TAG_STUN, stun);
    ds_relay_conn_send(conn, DS_RECORD_WELCOME, w.data, w.len);
}

static void
refuse_old(struct ds_relay_conn *conn)
{
    uint8_t data[128];
    struct ds_writer w;
    ds_writer_init(&w, data, sizeof data);
    ds_tlv_put_number(&w, DS_TAG_REASON, DS_REASON_TOO_OLD, 1);
    ds_tlv_put_number(&w, DS_TAG_VERSION_MIN, DS_PROTOCOL_VERSION_MIN, 2);
    ds_tlv_put_text(&w, DS_TAG_PROGRAM, OLDEST_CLIENT);
    ds_relay_conn_refuse_with(conn, DS_REASON_TOO_OLD, &w);
}

int
ds_relay_on_hello(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct hello_fields fields = {0};
    if (parse_hello(&fields, record) != 0)
        return DS_ERR_PROTOCOL;
    if (fields.version_max < DS_PROTOCOL_VERSION_MIN) {
        refuse_old(conn);
    } else if (fields.version_min > DS_PROTOCOL_VERSION_MAX) {
        ds_relay_conn_refuse(conn, DS_REASON_RELAY_TOO_OLD, 0);
    } else if (conn->answer != DS_REASON_NONE) {
        ds_relay_conn_refuse(conn, conn->answer, FULL_RETRY_MS);
    } else {
        conn->state = DS_RELAY_CHOICE; /* in the time that is left */
        send_welcome(conn, fields.version_max < DS_PROTOCOL_VERSION_MAX ? fields.version_max
                                                                        : DS_PROTOCOL_VERSION_MAX);
    }
    return 0;
}
