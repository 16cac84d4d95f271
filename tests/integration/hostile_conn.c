/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/hostile_conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <event2/buffer.h>

#include "net/base/limits.h"
#include "net/wire/writer.h"
#include "tests/integration/relay_double.h"

/* --- sending --- */

static void
flush(struct hostile_conn *conn)
{
    g_assert_cmpint(ds_tls_take(conn->tls, ds_sock_out(conn->sock)), ==, 0);
    ds_sock_flush(conn->sock);
}

void
hostile_conn_send_raw(struct hostile_conn *conn, const void *data, size_t len)
{
    if (conn == NULL || conn->is_closed)
        return;
    g_assert_cmpint(ds_tls_write(conn->tls, data, len), ==, 0);
    flush(conn);
}

void
hostile_conn_send(struct hostile_conn *conn, uint8_t type, const void *payload, size_t len)
{
    uint8_t record[DS_RECORD_HEADER + DS_RECORD_MAX];
    g_assert_cmpuint(len, <=, DS_RECORD_MAX);
    ds_record_header(record, type, len);
    if (len > 0)
        memcpy(record + DS_RECORD_HEADER, payload, len);
    hostile_conn_send_raw(conn, record, DS_RECORD_HEADER + len);
}

void
hostile_conn_send_id(
        struct hostile_conn *conn, uint8_t type, uint32_t id, const void *bytes, size_t len)
{
    uint8_t buf[DS_RECORD_MAX];
    struct ds_writer w;
    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u32(&w, id);
    ds_writer_bytes(&w, bytes, len);
    g_assert_false(w.failed);
    hostile_conn_send(conn, type, buf, w.len);
}

/* --- what comes --- */

static void
read_records(struct hostile_conn *conn)
{
    struct ds_record record;
    int taken = 1;
    while (!conn->is_closed &&
            (taken = ds_record_parse(&record, conn->in->data, conn->in->len, DS_RECORD_MAX)) > 0) {
        conn->crowd->handler->on_record(conn, &record);
        g_byte_array_remove_range(conn->in, 0, (guint)taken);
    }
    g_assert_cmpint(taken, >=, 0);
}

static void
on_input(void *arg, struct evbuffer *data)
{
    struct hostile_conn *conn = arg;
    uint8_t plain[DS_TLS_WRITE_MAX];
    int n = 0;
    g_assert_cmpint(ds_tls_put_buffer(conn->tls, data), ==, 0);
    int done = ds_tls_handshake(conn->tls);
    flush(conn);
    while (done == 1 && !conn->is_closed && (n = ds_tls_read(conn->tls, plain, sizeof plain)) > 0) {
        g_byte_array_append(conn->in, plain, (guint)n);
        read_records(conn);
    }
    if (!conn->is_closed && (done < 0 || n < 0))
        conn->crowd->handler->on_lost(conn);
}

static void
on_drained(void *arg)
{
}

static void
on_lost(void *arg, int err)
{
    struct hostile_conn *conn = arg;
    conn->crowd->handler->on_lost(conn);
}

static const struct ds_sock_handler sock_handler = {on_input, on_drained, on_lost};

/* --- life --- */

struct hostile_conn *
hostile_conn_new(struct hostile_crowd *crowd, int fd)
{
    struct hostile_conn *conn = g_new0(struct hostile_conn, 1);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    conn->crowd = crowd;
    conn->in = g_byte_array_new();
    g_assert_cmpint(ds_tls_new(&conn->tls, crowd->ctx, true), ==, 0);
    g_assert_cmpint(ds_sock_new(&conn->sock, crowd->base, fd, &sock_handler, conn), ==, 0);
    g_ptr_array_add(crowd->conns, conn);
    return conn;
}

void
hostile_conn_close(struct hostile_conn *conn)
{
    struct hostile_crowd *crowd = conn->crowd;
    guint at;
    conn->is_closed = true;
    ds_tls_close(conn->tls);
    g_assert_cmpint(ds_tls_take(conn->tls, ds_sock_out(conn->sock)), ==, 0);
    ds_sock_free(conn->sock); /* what was sent still goes out */
    conn->sock = NULL;
    g_assert_true(g_ptr_array_find(crowd->conns, conn, &at));
    g_ptr_array_add(crowd->dead, g_ptr_array_steal_index_fast(crowd->conns, at));
    event_active(crowd->bury, EV_TIMEOUT, 0);
}

static void
free_conn(void *arg)
{
    struct hostile_conn *conn = arg;
    ds_sock_free(conn->sock);
    ds_tls_free(conn->tls);
    g_byte_array_unref(conn->in);
    g_free(conn);
}

static void
on_bury(evutil_socket_t fd, short what, void *arg)
{
    struct hostile_crowd *crowd = arg;
    g_ptr_array_set_size(crowd->dead, 0);
}

void
hostile_crowd_init(struct hostile_crowd *crowd, struct event_base *base,
        const struct hostile_conn_handler *handler)
{
    *crowd = (struct hostile_crowd){
            .base = base,
            .handler = handler,
            .ctx = relay_double_ctx(true),
            .conns = g_ptr_array_new_with_free_func(free_conn),
            .dead = g_ptr_array_new_with_free_func(free_conn),
            .bury = event_new(base, -1, 0, on_bury, crowd),
    };
}

void
hostile_crowd_finish(struct hostile_crowd *crowd)
{
    g_ptr_array_unref(crowd->conns);
    g_ptr_array_unref(crowd->dead);
    event_free(crowd->bury);
    SSL_CTX_free(crowd->ctx);
}
