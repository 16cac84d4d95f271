/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/base/limits.h"
#include "net/relay/input.h"
#include "net/relay/pair.h"
#include "net/relay/state.h"
#include "net/wire/stun.h"

/*
 * What one recv() takes. Before the pairing: a flight of the handshake, some records. Later: three
 * full records of TLS 1.3, for which an empty queue has room, so that no wake-up ends with a record
 * that waits. Tried: of 1, 2, 3, 4 and 8 records this costs the least.
 */
enum { UNPAIRED_RECV_MAX = 16 * 1024, PAIRED_RECV_MAX = 3 * (16384 + 22) };

void
ds_relay_loop_init(struct ds_relay_loop *loop, struct event_base *base)
{
    *loop = (struct ds_relay_loop){.base = base};
    TAILQ_INIT(&loop->dead);
    TAILQ_INIT(&loop->unflushed);
}

void
ds_relay_loop_finish(struct ds_relay_loop *loop)
{
    ds_relay_pool_finish(&loop->pool);
}

void
ds_relay_flow_mark(struct ds_relay_conn *conn)
{
    if (conn->is_unflushed || (conn->is_blocked && !conn->is_doomed))
        return;
    conn->is_unflushed = true;
    TAILQ_INSERT_TAIL(&conn->loop->unflushed, conn, unflushed);
}

void
ds_relay_flow_doom(struct ds_relay_conn *conn)
{
    conn->is_doomed = true;
    ds_relay_flow_mark(conn);
}

static void
unmark_unflushed(struct ds_relay_conn *conn)
{
    if (conn->is_unflushed)
        TAILQ_REMOVE(&conn->loop->unflushed, conn, unflushed);
    conn->is_unflushed = false;
}

static void
set_blocked(struct ds_relay_conn *conn, bool is_blocked)
{
    if (conn->is_blocked == is_blocked)
        return;
    conn->is_blocked = is_blocked;
    if (is_blocked)
        event_add(&conn->write_event, NULL);
    else
        event_del(&conn->write_event);
}

void
ds_relay_flow_pause(struct ds_relay_conn *conn, bool is_paused)
{
    if (conn->is_paused == is_paused)
        return;
    conn->is_paused = is_paused;
    if (is_paused) {
        event_del(&conn->read_event);
        return;
    }
    event_add(&conn->read_event, NULL);
    /* TLS may hold what the socket does not show any more. */
    event_active(&conn->read_event, EV_READ, 0);
}

/* All has left: tell the client so, and wait until it has read it and closes its side as well. A
 * plain close() would answer bytes that come now by a reset, which takes back what has just left.
 */
static void
finish_ending(struct ds_relay_conn *conn)
{
    if (conn->stream.is_eof) {
        ds_relay_conn_drop(conn, DS_REASON_NONE);
    } else if (!conn->is_shut) {
        conn->is_shut = true;
        shutdown(conn->stream.fd, SHUT_WR);
    }
}

static void
flush(struct ds_relay_conn *conn)
{
    int err = conn->is_doomed ? DS_ERR_CLOSED : ds_relay_stream_flush(&conn->stream);
    if (err == DS_ERR_CLOSED) {
        ds_relay_conn_drop(conn, conn->is_doomed ? DS_REASON_INTERNAL : DS_REASON_PEER_LEFT);
        return;
    }
    set_blocked(conn, err == DS_ERR_AGAIN);
    if (conn->state == DS_RELAY_ENDING && !conn->is_blocked)
        finish_ending(conn);
    else if (conn->state == DS_RELAY_PAIRED && ds_relay_conn_has_room(conn, DS_RELAY_BUFFER / 2))
        ds_relay_flow_pause(ds_relay_pair_partner(conn), false);
}

void
ds_relay_loop_settle(struct ds_relay_loop *loop)
{
    struct ds_relay_conn *conn;
    while ((conn = TAILQ_FIRST(&loop->unflushed)) != NULL) {
        unmark_unflushed(conn);
        flush(conn);
    }
    while ((conn = TAILQ_FIRST(&loop->dead)) != NULL) {
        TAILQ_REMOVE(&loop->dead, conn, link);
        free(conn->partial);
        free(conn);
    }
}

static bool
has_partner_room(const struct ds_relay_conn *conn)
{
    return conn->state != DS_RELAY_PAIRED ||
           ds_relay_conn_has_room(ds_relay_pair_partner(conn), sizeof conn->loop->plain);
}

static size_t
recv_max(const struct ds_relay_conn *conn)
{
    if (conn->state != DS_RELAY_PAIRED)
        return UNPAIRED_RECV_MAX;
    size_t room = ds_relay_stream_room(&ds_relay_pair_partner(conn)->stream);
    size_t max = room > DS_RELAY_RESERVE ? room - DS_RELAY_RESERVE : 0;
    return max < PAIRED_RECV_MAX ? max : PAIRED_RECV_MAX;
}

/* Keep the start of a record until the rest comes. */
static int
keep_partial(struct ds_relay_conn *conn, size_t len)
{
    if (len != conn->partial_len) {
        uint8_t *partial = NULL;
        if (len > 0 && (partial = malloc(len)) == NULL)
            return DS_ERR_NOMEM;
        free(conn->partial);
        conn->partial = partial;
        conn->partial_len = len;
    }
    if (len > 0)
        memcpy(conn->partial, conn->loop->plain, len);
    return 0;
}

/*
 * Read and handle what one recv() brings. Each turn handles what fills `plain`, or is all that
 * there is: so short records go on together, and whatever was read can be forwarded.
 */
static void
read_input(struct ds_relay_conn *conn)
{
    uint8_t *plain = conn->loop->plain;
    size_t len = conn->partial_len;
    int n = 1;

    if (len > 0)
        memcpy(plain, conn->partial, len);
    while (n > 0 && conn->state < DS_RELAY_ANSWERING) {
        if (!has_partner_room(conn)) {
            ds_relay_flow_pause(conn, true);
            break;
        }
        n = ds_relay_stream_read(&conn->stream, plain + len, sizeof conn->loop->plain - len);
        if (n > 0)
            len += (size_t)n;
        if (n <= 0 || len == sizeof conn->loop->plain)
            len = ds_relay_input_take(conn, plain, len);
    }
    if (conn->state >= DS_RELAY_ANSWERING)
        return;
    if (n < 0 && n != DS_ERR_AGAIN)
        ds_relay_conn_end(conn, n == DS_ERR_TLS ? DS_REASON_PROTOCOL : DS_REASON_PEER_LEFT,
                conn->relay->config.times->drain_ms);
    else if (keep_partial(conn, len) != 0)
        ds_relay_conn_drop(conn, DS_REASON_INTERNAL);
}

/* The first byte tells who wants the relay from who asks STUN at its port. */
static bool
asks_stun(const struct ds_relay_conn *conn)
{
    uint8_t byte;
    return conn->stream.ssl != NULL && conn->stream.received == 0 &&
           recv(conn->stream.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 &&
           ds_stun_is_first_byte(byte);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_conn *conn = arg;
    struct ds_relay_loop *loop = conn->loop;
    if (conn->state == DS_RELAY_ENDING) {
        if (ds_relay_stream_discard(&conn->stream) != 0) {
            event_del(&conn->read_event);
            ds_relay_flow_mark(conn);
        }
    } else if (asks_stun(conn)) {
        ds_relay_conn_give_to_stun(conn);
    } else {
        conn->heard_ms = ds_relay_now_ms();
        ds_relay_stream_begin(&conn->stream, recv_max(conn));
        read_input(conn);
        if (conn->state != DS_RELAY_DEAD && !ds_relay_stream_is_flushed(&conn->stream))
            ds_relay_flow_mark(conn);
    }
    ds_relay_loop_settle(loop);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_conn *conn = arg;
    struct ds_relay_loop *loop = conn->loop;
    flush(conn);
    ds_relay_loop_settle(loop);
}

int
ds_relay_flow_start(struct ds_relay_conn *conn)
{
    struct event_base *base = conn->loop->base;
    event_assign(&conn->read_event, base, conn->stream.fd, EV_READ | EV_PERSIST, on_readable, conn);
    event_assign(
            &conn->write_event, base, conn->stream.fd, EV_WRITE | EV_PERSIST, on_writable, conn);
    return event_add(&conn->read_event, NULL) == 0 ? 0 : DS_ERR_NOMEM;
}

void
ds_relay_flow_stop(struct ds_relay_conn *conn)
{
    unmark_unflushed(conn);
    event_del(&conn->read_event);
    set_blocked(conn, false);
}
