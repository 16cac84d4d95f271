/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/relay/flow.h"
#include "net/relay/state.h"
#include "net/relay/subscriber.h"
#include "net/wire/tlv.h"

/* What a record costs at the most beside its payload: its header, and twice TLS' 29 bytes. */
enum { RECORD_COST = DS_RECORD_HEADER + 2 * 29 };

/* Let the timer end at `deadline_ms`, or at once where that is over. */
static void
set_deadline(struct ds_relay_conn *conn, uint64_t deadline_ms)
{
    uint64_t now_ms = ds_relay_now_ms();
    conn->deadline_ms = deadline_ms;
    ds_event_add_ms(&conn->timer, deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

/* The timer is not moved with every byte: when it ends, it looks when the last one came. */
static void
check_idle(struct ds_relay_conn *conn)
{
    uint64_t now_ms = ds_relay_now_ms(), idle_ms = conn->relay->config.times->idle_ms;
    if (conn->is_paused)
        conn->heard_ms = now_ms; /* its silence is our doing */
    if (now_ms - conn->heard_ms >= idle_ms)
        ds_relay_conn_drop(conn, DS_REASON_IDLE);
    else
        set_deadline(conn, conn->heard_ms + idle_ms);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_conn *conn = arg;
    struct ds_relay_loop *loop = conn->loop;
    if (ds_relay_rules[conn->state].on_time != NULL)
        ds_relay_rules[conn->state].on_time(conn);
    else
        check_idle(conn);
    ds_relay_loop_settle(loop);
}

int
ds_relay_conn_attach(struct ds_relay_conn *conn, struct ds_relay_loop *loop)
{
    conn->loop = loop;
    conn->stream.pool = &loop->pool;
    event_assign(&conn->timer, loop->base, -1, 0, on_timer, conn);
    if (ds_relay_flow_start(conn) != 0)
        return DS_ERR_NOMEM;
    set_deadline(conn, conn->deadline_ms);
    return 0;
}

void
ds_relay_conn_detach(struct ds_relay_conn *conn)
{
    ds_relay_flow_stop(conn);
    event_del(&conn->timer);
}

int
ds_relay_conn_new(struct ds_relay *relay, struct ds_relay_loop *loop, int fd,
        const struct ds_addr *addr, SSL_CTX *ctx, enum ds_reason answer)
{
    struct ds_relay_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        close(fd);
        return DS_ERR_NOMEM;
    }
    *conn = (struct ds_relay_conn){.relay = relay, .addr = *addr, .answer = answer};
    conn->heard_ms = ds_relay_now_ms();
    conn->deadline_ms = conn->heard_ms + relay->config.times->prepair_ms;
    if (ds_relay_stream_init(&conn->stream, &loop->pool, fd, ctx) != 0)
        goto fail;
    conn->subscriber = ds_relay_subscriber_join(&relay->subscribers, addr);
    if (conn->subscriber == NULL || ds_relay_conn_attach(conn, loop) != 0)
        goto fail;
    TAILQ_INSERT_TAIL(&relay->conns, conn, link);
    ds_relay_connection_new(relay);
    return 0;
fail:
    ds_relay_subscriber_leave(&relay->subscribers, conn->subscriber);
    ds_relay_stream_finish(&conn->stream);
    free(conn);
    return DS_ERR_NOMEM;
}

void
ds_relay_conn_enter(struct ds_relay_conn *conn, enum ds_relay_state state, uint32_t ms)
{
    conn->state = state;
    set_deadline(conn, ds_relay_now_ms() + ms);
    if (state == DS_RELAY_PAIRED) {
        ds_relay_subscriber_leave(&conn->relay->subscribers, conn->subscriber);
        conn->subscriber = NULL;
    }
}

bool
ds_relay_conn_has_room(const struct ds_relay_conn *conn, size_t len)
{
    return ds_relay_stream_room(&conn->stream) >= len + RECORD_COST + DS_RELAY_RESERVE;
}

void
ds_relay_conn_forward(struct ds_relay_conn *conn, const uint8_t *records, size_t len)
{
    if (conn->state >= DS_RELAY_ENDING || conn->is_doomed)
        return;
    if (ds_relay_stream_write(&conn->stream, records, len) == 0)
        ds_relay_flow_mark(conn);
    else
        ds_relay_flow_doom(conn);
}

void
ds_relay_conn_send(struct ds_relay_conn *conn, uint8_t type, const void *payload, size_t len)
{
    uint8_t record[DS_RECORD_HEADER + 4 + DS_SAY_MAX];
    assert(len <= sizeof record - DS_RECORD_HEADER);
    ds_record_header(record, type, len);
    if (len > 0)
        memcpy(record + DS_RECORD_HEADER, payload, len);
    ds_relay_conn_forward(conn, record, DS_RECORD_HEADER + len);
}

/* Undo what the state of `conn` has tied it to. */
static void
leave(struct ds_relay_conn *conn, enum ds_reason reason)
{
    const struct ds_relay_state_rules *rules = &ds_relay_rules[conn->state];
    conn->state = DS_RELAY_ENDING;
    if (rules->on_gone != NULL)
        rules->on_gone(conn, reason);
    free(conn->partial);
    conn->partial = NULL;
    conn->partial_len = 0;
}

void
ds_relay_conn_end(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t ms)
{
    if (conn->state >= DS_RELAY_ENDING)
        return;
    leave(conn, reason);
    ds_relay_stream_close_notify(&conn->stream);
    ds_relay_flow_pause(conn, conn->stream.is_eof);
    ds_relay_conn_enter(conn, DS_RELAY_ENDING, ms);
    ds_relay_flow_mark(conn);
}

void
ds_relay_conn_drop(struct ds_relay_conn *conn, enum ds_reason reason)
{
    if (conn->state == DS_RELAY_DEAD)
        return;
    if (conn->state != DS_RELAY_ENDING)
        leave(conn, reason);
    ds_relay_conn_detach(conn);
    ds_relay_stream_finish(&conn->stream);
    ds_relay_subscriber_leave(&conn->relay->subscribers, conn->subscriber);
    conn->subscriber = NULL;
    conn->state = DS_RELAY_DEAD;
    TAILQ_REMOVE(&conn->relay->conns, conn, link);
    TAILQ_INSERT_TAIL(&conn->loop->dead, conn, link);
    ds_relay_connection_gone(conn->relay);
}

void
ds_relay_conn_give_to_stun(struct ds_relay_conn *conn)
{
    struct ds_relay_stun *stun = conn->relay->stun;
    struct ds_addr addr = conn->addr;
    int fd = conn->stream.fd;
    conn->stream.fd = -1;
    ds_relay_conn_drop(conn, DS_REASON_NONE);
    ds_relay_stun_adopt(stun, fd, &addr);
}

void
ds_relay_conn_refuse_with(
        struct ds_relay_conn *conn, enum ds_reason reason, const struct ds_writer *fields)
{
    char text[DS_ADDR_TEXT_MAX];
    if (conn->state >= DS_RELAY_ENDING)
        return;
    ds_log_limited(&conn->relay->refusals, DS_LOG_INFO, "relay", "refused %s: %s",
            ds_addr_format(&conn->addr, text), ds_reason_name(reason));
    ds_relay_conn_send(conn, DS_RECORD_REFUSED, fields->data, fields->len);
    ds_relay_conn_end(conn, reason, conn->relay->config.times->linger_ms);
}

void
ds_relay_conn_refuse(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t retry_ms)
{
    uint8_t data[32];
    struct ds_writer fields;
    ds_writer_init(&fields, data, sizeof data);
    ds_tlv_put_number(&fields, DS_TAG_REASON, reason, 1);
    if (retry_ms > 0)
        ds_tlv_put_number(&fields, DS_TAG_RETRY_MS, retry_ms, 4);
    ds_relay_conn_refuse_with(conn, reason, &fields);
}

void
ds_relay_conn_refuse_later(struct ds_relay_conn *conn, enum ds_reason reason, uint32_t ms)
{
    conn->answer = reason;
    ds_relay_flow_pause(conn, true);
    ds_relay_conn_enter(conn, DS_RELAY_ANSWERING, ms);
}
