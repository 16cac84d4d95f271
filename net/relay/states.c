/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/base/limits.h"
#include "net/relay/check.h"
#include "net/relay/conn.h"
#include "net/relay/hello.h"
#include "net/relay/knock.h"
#include "net/relay/meet.h"
#include "net/relay/pair.h"
#include "net/wire/tlv.h"

static int
on_ping(struct ds_relay_conn *conn, const struct ds_record *record)
{
    if (record->len > DS_PING_MAX)
        return DS_ERR_PROTOCOL;
    /* Who has that much to read yet hears enough from us; and a flood of PINGs ends here. */
    if (ds_relay_conn_has_room(conn, record->len))
        ds_relay_conn_send(conn, DS_RECORD_PONG, record->payload, record->len);
    return 0;
}

static int
on_pong(struct ds_relay_conn *conn, const struct ds_record *record)
{
    return record->len > DS_PING_MAX ? DS_ERR_PROTOCOL : 0;
}

/* Of what a client may note this version knows REVEAL; others are skipped, as unknown records are.
 */
static int
on_note(struct ds_relay_conn *conn, const struct ds_record *record)
{
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t note = 0;
    ds_reader_init(&r, record->payload, record->len);
    while (ds_tlv_next(&r, &tlv))
        if (tlv.tag == DS_TAG_NOTE && (tlv.len != 1 || !ds_tlv_number(&tlv, &note)))
            return DS_ERR_PROTOCOL;
    if (r.failed)
        return DS_ERR_PROTOCOL;
    if (note == DS_NOTE_REVEAL)
        ds_relay_pair_reveal(conn);
    return 0;
}

static void
on_prepair_time(struct ds_relay_conn *conn)
{
    ds_relay_conn_drop(conn, DS_REASON_IDLE);
}

static void
on_answer_time(struct ds_relay_conn *conn)
{
    ds_relay_conn_refuse(conn, conn->answer, 0);
}

static void
on_ending_time(struct ds_relay_conn *conn)
{
    ds_relay_conn_drop(conn, DS_REASON_NONE);
}

const struct ds_relay_state_rules ds_relay_rules[DS_RELAY_STATES] = {
        [DS_RELAY_HELLO] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_HELLO] = ds_relay_on_hello,
                                },
                        .on_time = on_prepair_time,
                },
        [DS_RELAY_CHOICE] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_WAIT] = ds_relay_on_wait,
                                        [DS_RECORD_KNOCK] = ds_relay_on_knock,
                                        [DS_RECORD_MEET] = ds_relay_on_meet,
                                        [DS_RECORD_CHECK] = ds_relay_on_check,
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_time = on_prepair_time,
                },
        [DS_RELAY_WAITING] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_SAY] = ds_relay_on_helpee_say,
                                        [DS_RECORD_ACCEPT] = ds_relay_on_accept,
                                        [DS_RECORD_REJECT] = ds_relay_on_reject,
                                        [DS_RECORD_LEAVE] = ds_relay_on_leave,
                                        [DS_RECORD_PIPE] = ds_relay_on_overtaken_pipe,
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_gone = ds_relay_on_waiting_gone,
                },
        [DS_RELAY_KNOCKING] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_SAY] = ds_relay_on_helper_say,
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_gone = ds_relay_on_knocking_gone,
                        .on_time = ds_relay_on_knocking_time,
                },
        [DS_RELAY_MEETING] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_gone = ds_relay_on_meeting_gone,
                },
        [DS_RELAY_PAIRED] =
                {
                        /* PIPE is not here: records that follow one another go on together. */
                        .on_record =
                                {
                                        [DS_RECORD_NOTE] = on_note,
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_gone = ds_relay_on_paired_gone,
                },
        [DS_RELAY_CHECKING] =
                {
                        .on_record =
                                {
                                        [DS_RECORD_DIAL] = ds_relay_on_dial,
                                        [DS_RECORD_PING] = on_ping,
                                        [DS_RECORD_PONG] = on_pong,
                                },
                        .on_gone = ds_relay_on_checking_gone,
                        .on_time = on_prepair_time,
                },
        [DS_RELAY_ANSWERING] = {.on_time = on_answer_time},
        [DS_RELAY_ENDING] = {.on_time = on_ending_time},
};
