/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/event.h"
#include "net/relay/stun_answer.h"
#include "net/relay/subscriber.h"

/* What the kernel keeps of answers that a client does not read; it doubles the number. */
enum { SEND_BUFFER = 4096 };

struct ds_relay_stun_conn {
    TAILQ_ENTRY(ds_relay_stun_conn) link;
    struct ds_relay_stun_tcp *tcp; /* borrowed */
    struct ds_relay_subscriber *subscriber;
    struct ds_relay_stun_ends ends;
    struct event read_event, write_event, timer;
    int fd;                   /* owned */
    size_t in_len, out_len;   /* out_len > 0: the socket is full, and nothing is read */
    uint8_t in[DS_STUN_MAX];  /* the start of a question */
    uint8_t out[DS_STUN_MAX]; /* the rest of an answer */
};

static void
close_conn(struct ds_relay_stun_conn *conn)
{
    struct ds_relay_stun_tcp *tcp = conn->tcp;
    event_del(&conn->read_event);
    event_del(&conn->write_event);
    event_del(&conn->timer);
    close(conn->fd);
    ds_relay_subscriber_leave(&tcp->subscribers, conn->subscriber);
    TAILQ_REMOVE(&tcp->conns, conn, link);
    tcp->count--;
    free(conn);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    close_conn(arg);
}

static void
set_timer(struct ds_relay_stun_conn *conn, uint32_t ms)
{
    ds_event_add_ms(&conn->timer, ms);
}

/* Returns 0, DS_ERR_AGAIN when something is left, or DS_ERR_CLOSED. */
static int
send_answer(struct ds_relay_stun_conn *conn)
{
    ssize_t n = send(conn->fd, conn->out, conn->out_len, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return DS_ERR_CLOSED;
    size_t sent = n > 0 ? (size_t)n : 0;
    conn->out_len -= sent;
    memmove(conn->out, conn->out + sent, conn->out_len);
    return conn->out_len > 0 ? DS_ERR_AGAIN : 0;
}

/* Takes one question out of `in`. Returns 1, 0 where none is whole, DS_ERR_AGAIN or an error. */
static int
answer_one(struct ds_relay_stun_conn *conn)
{
    struct ds_stun request;
    int taken = ds_stun_parse(&request, conn->in, conn->in_len);
    if (taken <= 0)
        return taken;
    int n = ds_relay_stun_answer(&request, &conn->ends, conn->out);
    if (n < 0)
        return n;
    conn->in_len -= (size_t)taken;
    memmove(conn->in, conn->in + taken, conn->in_len);
    conn->out_len = (size_t)n;
    set_timer(conn, conn->tcp->idle_ms);
    n = n > 0 ? send_answer(conn) : 0;
    return n == 0 ? 1 : n;
}

/* Answers what is whole in `in`, as far as the socket takes the answers. May free `conn`. */
static void
serve(struct ds_relay_stun_conn *conn)
{
    int n;
    while ((n = answer_one(conn)) > 0)
        ;
    if (n == DS_ERR_AGAIN) {
        event_del(&conn->read_event);
        event_add(&conn->write_event, NULL);
    } else if (n < 0) {
        close_conn(conn);
    }
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_stun_conn *conn = arg;
    ssize_t n = recv(conn->fd, conn->in + conn->in_len, sizeof conn->in - conn->in_len, 0);
    if (n > 0) {
        conn->in_len += (size_t)n;
        serve(conn);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_conn(conn);
    }
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_stun_conn *conn = arg;
    int err = send_answer(conn);
    if (err == DS_ERR_CLOSED) {
        close_conn(conn);
    } else if (err == 0) {
        event_del(&conn->write_event);
        event_add(&conn->read_event, NULL);
        serve(conn);
    }
}

int
ds_relay_stun_tcp_init(struct ds_relay_stun_tcp *tcp)
{
    TAILQ_INIT(&tcp->conns);
    return ds_relay_table_init(&tcp->subscribers, sizeof((struct ds_relay_subscriber *)0)->key);
}

void
ds_relay_stun_tcp_finish(struct ds_relay_stun_tcp *tcp)
{
    struct ds_relay_stun_conn *conn;
    while ((conn = TAILQ_FIRST(&tcp->conns)) != NULL)
        close_conn(conn);
    ds_relay_table_finish(&tcp->subscribers);
}

static struct ds_addr
local_addr(int fd)
{
    struct sockaddr_storage ss;
    struct ds_addr addr = {.len = 0};
    socklen_t len = sizeof ss;
    if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
        (void)ds_addr_from_sockaddr(&addr, (const struct sockaddr *)&ss, len);
    return addr;
}

static void
start(struct ds_relay_stun_conn *conn)
{
    struct ds_relay_stun_tcp *tcp = conn->tcp;
    int size = SEND_BUFFER;
    setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    event_assign(&conn->read_event, tcp->base, conn->fd, EV_READ | EV_PERSIST, on_readable, conn);
    event_assign(&conn->write_event, tcp->base, conn->fd, EV_WRITE | EV_PERSIST, on_writable, conn);
    event_assign(&conn->timer, tcp->base, -1, 0, on_time, conn);
    event_add(&conn->read_event, NULL);
    set_timer(conn, tcp->first_ms);
    TAILQ_INSERT_TAIL(&tcp->conns, conn, link);
    tcp->count++;
}

void
ds_relay_stun_tcp_adopt(struct ds_relay_stun_tcp *tcp, int fd, const struct ds_addr *from,
        const struct ds_addr *other)
{
    struct ds_relay_stun_conn *conn = NULL;

    if (tcp->count < tcp->max &&
            ds_relay_subscriber_count(&tcp->subscribers, from) < tcp->per_subscriber_max)
        conn = calloc(1, sizeof *conn);
    if (conn != NULL)
        conn->subscriber = ds_relay_subscriber_join(&tcp->subscribers, from);
    if (conn == NULL || conn->subscriber == NULL) {
        free(conn);
        close(fd);
        return;
    }
    conn->tcp = tcp;
    conn->fd = fd;
    conn->ends.from = *from;
    conn->ends.origin = local_addr(fd);
    if (other != NULL)
        conn->ends.other = *other;
    start(conn);
}
