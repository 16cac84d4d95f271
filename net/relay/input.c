/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/input.h"

#include <string.h>

#include "net/base/limits.h"
#include "net/relay/knock.h"
#include "net/relay/pair.h"

/* How much payload the next record may have. It is looked up before the payload is kept. */
static size_t
payload_max(const struct ds_relay_conn *conn, uint8_t type)
{
    if (conn->state == DS_RELAY_PAIRED || ds_relay_waiting_has_overtaken(conn))
        return DS_RECORD_MAX;
    if (type == DS_RECORD_KNOCK)
        return 1 + DS_NAMEPLATE_MAX_DIGITS + DS_SAY_MAX;
    if (type == DS_RECORD_SAY)
        return 4 + DS_SAY_MAX;
    return DS_HELLO_MAX;
}

/* Types that this version does not know are skipped, but not before HELLO: that is no client. */
static int
handle(struct ds_relay_conn *conn, const struct ds_record *record)
{
    static const bool is_known[DS_RELAY_RECORD_TYPES] = {
            [DS_RECORD_HELLO] = true,
            [DS_RECORD_WELCOME] = true,
            [DS_RECORD_REFUSED] = true,
            [DS_RECORD_WAIT] = true,
            [DS_RECORD_WAITING] = true,
            [DS_RECORD_KNOCK] = true,
            [DS_RECORD_KNOCKED] = true,
            [DS_RECORD_SAY] = true,
            [DS_RECORD_GONE] = true,
            [DS_RECORD_ACCEPT] = true,
            [DS_RECORD_REJECT] = true,
            [DS_RECORD_PAIRED] = true,
            [DS_RECORD_MEET] = true,
            [DS_RECORD_PIPE] = true,
            [DS_RECORD_NOTE] = true,
            [DS_RECORD_PING] = true,
            [DS_RECORD_PONG] = true,
    };
    if (record->type >= DS_RELAY_RECORD_TYPES || !is_known[record->type])
        return conn->state == DS_RELAY_HELLO ? DS_ERR_PROTOCOL : 0;
    if (ds_relay_rules[conn->state].on_record[record->type] == NULL)
        return DS_ERR_PROTOCOL;
    return ds_relay_rules[conn->state].on_record[record->type](conn, record);
}

/* PIPE records that follow one another go on together, as they are. */
struct run {
    const uint8_t *start;
    size_t len, payload;
};

static void
forward_run(struct ds_relay_conn *conn, struct run *run)
{
    if (run->len > 0)
        ds_relay_pair_forward(conn, run->start, run->len, run->payload);
    *run = (struct run){0};
}

size_t
ds_relay_input_take(struct ds_relay_conn *conn, uint8_t *data, size_t len)
{
    struct ds_record record;
    struct run run = {0};
    size_t done = 0;
    int n = 0;

    while (conn->state < DS_RELAY_ANSWERING && done < len) {
        n = ds_record_parse(&record, data + done, len - done, payload_max(conn, data[done]));
        if (n <= 0)
            break;
        if (conn->state == DS_RELAY_PAIRED && record.type == DS_RECORD_PIPE) {
            if (run.len == 0)
                run.start = data + done;
            run.len += (size_t)n;
            run.payload += record.len;
        } else {
            forward_run(conn, &run);
            if (conn->state < DS_RELAY_ANSWERING && handle(conn, &record) != 0)
                n = DS_ERR_PROTOCOL;
        }
        if (n < 0)
            break;
        done += (size_t)n;
    }
    forward_run(conn, &run);
    if (n < 0)
        ds_relay_conn_refuse(conn, DS_REASON_PROTOCOL, 0);
    memmove(data, data + done, len - done);
    return len - done;
}
