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
            [DS_RECORD_LEAVE] = true,
            [DS_RECORD_PIPE] = true,
            [DS_RECORD_NOTE] = true,
            [DS_RECORD_PING] = true,
            [DS_RECORD_PONG] = true,
            [DS_RECORD_CHECK] = true,
            [DS_RECORD_CHECKED] = true,
            [DS_RECORD_DIAL] = true,
            [DS_RECORD_DIALLED] = true,
    };
    if (record->type >= DS_RELAY_RECORD_TYPES || !is_known[record->type])
        return conn->state == DS_RELAY_HELLO ? DS_ERR_PROTOCOL : 0;
    if (ds_relay_rules[conn->state].on_record[record->type] == NULL)
        return DS_ERR_PROTOCOL;
    return ds_relay_rules[conn->state].on_record[record->type](conn, record);
}

/*
 * PIPE records go on together, as they are: in one TLS record where the client sent many short
 * ones, which it could mix with others so that each would cost more than it brings. They are
 * gathered at the start of `data`, which costs nothing where only PIPE comes.
 */
struct gathered {
    size_t len, payload;
};

static void
gather(struct gathered *pipes, uint8_t *data, size_t at, size_t len)
{
    if (pipes->len != at)
        memmove(data + pipes->len, data + at, len);
    pipes->len += len;
    pipes->payload += len - DS_RECORD_HEADER;
}

size_t
ds_relay_input_take(struct ds_relay_conn *conn, uint8_t *data, size_t len)
{
    struct ds_record record;
    struct gathered pipes = {0};
    size_t done = 0;
    int n = 0;

    while (conn->state < DS_RELAY_ANSWERING && done < len) {
        n = ds_record_parse(&record, data + done, len - done, payload_max(conn, data[done]));
        if (n <= 0)
            break;
        if (conn->state == DS_RELAY_PAIRED && record.type == DS_RECORD_PIPE)
            gather(&pipes, data, done, (size_t)n);
        else if (handle(conn, &record) != 0)
            n = DS_ERR_PROTOCOL;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    if (pipes.len > 0)
        ds_relay_pair_forward(conn, data, pipes.len, pipes.payload);
    if (n < 0)
        ds_relay_conn_refuse(conn, DS_REASON_PROTOCOL, 0);
    if (done > 0 && done < len)
        memmove(data, data + done, len - done);
    return len - done;
}
