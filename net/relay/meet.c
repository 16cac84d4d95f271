/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/meet.h"

#include <stdlib.h>
#include <string.h>

#include "net/relay/pair.h"
#include "net/relay/state.h"
#include "net/wire/tlv.h"

struct ds_relay_meeting {
    struct ds_relay_node node; /* in relay->meetings */
    uint8_t id[DS_MEETING_BYTES];
    struct ds_relay_conn *who[DS_ROLE_HELPER + 1]; /* by role; borrowed, NULL: not there */
};

struct meet_fields {
    const uint8_t *meeting, *cookie;
    uint64_t role;
};

static const uint8_t *
fixed_bytes(const struct ds_tlv *tlv, size_t len, bool *is_bad)
{
    *is_bad |= tlv->len != len;
    return tlv->value;
}

static int
parse_meet(struct meet_fields *fields, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    bool is_bad = false;
    *fields = (struct meet_fields){0};
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv)) {
        if (tlv.tag == DS_TAG_MEETING)
            fields->meeting = fixed_bytes(&tlv, DS_MEETING_BYTES, &is_bad);
        else if (tlv.tag == DS_TAG_COOKIE)
            fields->cookie = fixed_bytes(&tlv, DS_COOKIE_BYTES, &is_bad);
        else if (tlv.tag == DS_TAG_ROLE)
            is_bad |= !ds_tlv_number(&tlv, &fields->role);
    }
    is_bad |= fields->role != DS_ROLE_HELPEE && fields->role != DS_ROLE_HELPER;
    return is_bad || r.failed || fields->meeting == NULL ? DS_ERR_PROTOCOL : 0;
}

/* Returns the meeting under `id`, made where there is none, or NULL without memory. */
static struct ds_relay_meeting *
get_meeting(struct ds_relay *relay, const uint8_t *id)
{
    struct ds_relay_meeting *meeting = DS_RELAY_NODE_OWNER(
            ds_relay_table_find(&relay->meetings, id), struct ds_relay_meeting, node);
    if (meeting != NULL)
        return meeting;
    meeting = calloc(1, sizeof *meeting);
    if (meeting == NULL)
        return NULL;
    memcpy(meeting->id, id, sizeof meeting->id);
    if (ds_relay_table_add(&relay->meetings, &meeting->node, meeting->id) == 0)
        return meeting;
    free(meeting);
    return NULL;
}

void
ds_relay_meet_leave(struct ds_relay_conn *conn)
{
    struct ds_relay_meeting *meeting = conn->meeting;
    if (meeting == NULL)
        return;
    conn->meeting = NULL;
    meeting->who[conn->role] = NULL;
    if (meeting->who[DS_ROLE_HELPEE] != NULL || meeting->who[DS_ROLE_HELPER] != NULL)
        return;
    ds_relay_table_remove(&conn->relay->meetings, &meeting->node);
    free(meeting);
}

/* The same side came again: its older connection, paired or not, goes. */
static void
replace_older(struct ds_relay *relay, const struct meet_fields *fields)
{
    struct ds_relay_meeting *meeting = DS_RELAY_NODE_OWNER(
            ds_relay_table_find(&relay->meetings, fields->meeting), struct ds_relay_meeting, node);
    if (meeting != NULL && meeting->who[fields->role] != NULL)
        ds_relay_conn_refuse(meeting->who[fields->role], DS_REASON_REPLACED, 0);
}

int
ds_relay_on_meet(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct meet_fields fields;
    if (parse_meet(&fields, record) != 0)
        return DS_ERR_PROTOCOL;
    if (fields.role == DS_ROLE_HELPEE && !ds_relay_takes_helpee(conn->relay, &conn->addr)) {
        ds_relay_conn_refuse(conn, DS_REASON_RELAY_FULL, 0);
        return 0;
    }
    if (fields.cookie != NULL)
        ds_relay_pair_close_cookie(conn->relay, fields.cookie);
    replace_older(conn->relay, &fields);
    struct ds_relay_meeting *meeting = get_meeting(conn->relay, fields.meeting);
    if (meeting == NULL) {
        ds_relay_conn_refuse(conn, DS_REASON_RELAY_FULL, 0);
        return 0;
    }
    conn->role = (uint8_t)fields.role;
    conn->meeting = meeting;
    meeting->who[conn->role] = conn;
    ds_relay_conn_enter(conn, DS_RELAY_MEETING, conn->relay->config.times->idle_ms);
    if (meeting->who[DS_ROLE_HELPEE] != NULL && meeting->who[DS_ROLE_HELPER] != NULL)
        ds_relay_pair_join(meeting->who[DS_ROLE_HELPEE], meeting->who[DS_ROLE_HELPER], NULL);
    return 0;
}

void
ds_relay_on_meeting_gone(struct ds_relay_conn *conn, enum ds_reason reason)
{
    ds_relay_meet_leave(conn);
}
