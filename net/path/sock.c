/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/path/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"

enum { WRITE_PIECES = 16 };

struct ds_sock {
    unsigned refs; /* the owner's, and one while a callback runs */
    int fd;        /* -1 once freed */
    bool is_lost;
    bool wants_drained;
    int write_err; /* writing failed with this; what came before that is still read */
    const struct ds_sock_handler *handler; /* borrowed */
    void *arg;
    struct event *read_event;
    struct event *write_event; /* added only while there is something to do */
    struct evbuffer *in;       /* empty but for on_input() */
    struct evbuffer *out;
};

static void
unref(struct ds_sock *s)
{
    if (--s->refs > 0)
        return;
    ds_event_free(s->read_event);
    ds_event_free(s->write_event);
    if (s->in != NULL)
        evbuffer_free(s->in);
    if (s->out != NULL)
        evbuffer_free(s->out);
    free(s);
}

static int
error_of_errno(int error)
{
    switch (error) {
    case ECONNRESET:
    case EPIPE:
        return DS_ERR_CLOSED;
    case ETIMEDOUT:
        return DS_ERR_TIMEOUT;
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
        return DS_ERR_UNREACHABLE;
    default:
        return DS_ERR_SYSTEM;
    }
}

static bool
is_transient(int error)
{
    return error == EAGAIN || error == EINTR;
}

static void
lose(struct ds_sock *s, int err)
{
    s->is_lost = true;
    event_del(s->read_event);
    event_del(s->write_event);
    s->handler->on_lost(s->arg, err);
}

/* Read into `s->in`, so that nobody has to copy it from there. Returns 1, 0 for nothing, an error.
 */
static int
read_in(struct ds_sock *s)
{
    struct evbuffer_iovec room;
    if (evbuffer_reserve_space(s->in, DS_SOCK_READ_MAX, &room, 1) != 1)
        return DS_ERR_NOMEM;
    ssize_t n = recv(s->fd, room.iov_base, DS_SOCK_READ_MAX, 0);
    if (n < 0)
        return is_transient(errno) ? 0 : error_of_errno(errno);
    room.iov_len = (size_t)n;
    if (n == 0 || evbuffer_commit_space(s->in, &room, 1) < 0)
        return n == 0 ? DS_ERR_CLOSED : DS_ERR_NOMEM;
    return 1;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_sock *s = arg;
    s->refs++;
    int got = read_in(s);
    if (got > 0) {
        s->handler->on_input(s->arg, s->in);
        evbuffer_drain(s->in, evbuffer_get_length(s->in));
        if (s->fd >= 0 && s->write_err != 0)
            event_active(s->read_event, EV_READ, 0); /* go on to the end */
    } else if (got < 0) {
        lose(s, got);
    } else if (s->write_err != 0) {
        lose(s, s->write_err);
    }
    unref(s);
}

/*
 * With sendmsg(), since evbuffer_write() would raise SIGPIPE. Returns 0 also where the kernel takes
 * nothing now, or an error.
 */
static int
write_out(struct ds_sock *s)
{
    struct evbuffer_iovec pieces[WRITE_PIECES];
    int n = evbuffer_peek(s->out, -1, NULL, pieces, WRITE_PIECES);
    if (n <= 0)
        return 0;
    struct msghdr msg = {
            .msg_iov = pieces, .msg_iovlen = (size_t)(n < WRITE_PIECES ? n : WRITE_PIECES)};
    ssize_t sent = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
    if (sent < 0)
        return is_transient(errno) ? 0 : error_of_errno(errno);
    evbuffer_drain(s->out, (size_t)sent);
    return 0;
}

/* There may be a last word to read (REFUSED, then RST): the reading side reports the loss. */
static void
stop_writing(struct ds_sock *s, int err)
{
    s->write_err = err;
    evbuffer_drain(s->out, evbuffer_get_length(s->out));
    event_del(s->write_event);
    event_active(s->read_event, EV_READ, 0);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_sock *s = arg;
    s->refs++;
    int err = write_out(s);
    if (err == 0 && s->wants_drained && evbuffer_get_length(s->out) == 0) {
        s->wants_drained = false;
        s->handler->on_drained(s->arg);
        if (s->fd >= 0)
            err = write_out(s); /* there is room now: why wait for the next turn */
    }
    if (s->fd >= 0 && err < 0)
        stop_writing(s, err);
    else if (s->fd >= 0 && !s->wants_drained && evbuffer_get_length(s->out) == 0)
        event_del(s->write_event);
    unref(s);
}

/* Neither exists on the socketpairs of tests, and nothing depends on them but speed. */
static void
set_options(int fd)
{
    int one = 1;
    int lowat = DS_NOTSENT_LOWAT;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
}

int
ds_sock_new(struct ds_sock **out, struct event_base *base, int fd,
        const struct ds_sock_handler *handler, void *arg)
{
    struct ds_sock *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) {
        close(fd);
        return DS_ERR_NOMEM;
    }
    *s = (struct ds_sock){.refs = 1, .fd = fd, .handler = handler, .arg = arg};
    s->in = evbuffer_new();
    s->out = evbuffer_new();
    s->read_event = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, s);
    s->write_event = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, s);
    if (s->in == NULL || s->out == NULL || s->read_event == NULL || s->write_event == NULL ||
            event_add(s->read_event, NULL) < 0) {
        ds_sock_free(s);
        return DS_ERR_NOMEM;
    }
    set_options(fd);
    *out = s;
    return 0;
}

void
ds_sock_free(struct ds_sock *s)
{
    if (s == NULL)
        return;
    if (s->out != NULL && !s->is_lost && s->write_err == 0)
        (void)write_out(s);
    if (s->read_event != NULL)
        event_del(s->read_event);
    if (s->write_event != NULL)
        event_del(s->write_event);
    /* Closing with bytes unread sends RST, which would destroy on its way what was just sent. */
    (void)recv(s->fd, NULL, DS_SOCK_READ_MAX, MSG_DONTWAIT | MSG_TRUNC);
    close(s->fd);
    s->fd = -1;
    unref(s);
}

struct evbuffer *
ds_sock_out(struct ds_sock *s)
{
    return s->out;
}

/* Level-triggered: the event comes in the next turn, and one write takes what this turn queued. */
static void
arm_writing(struct ds_sock *s)
{
    if (s->is_lost || s->write_err != 0 || event_pending(s->write_event, EV_WRITE, NULL))
        return;
    if (event_add(s->write_event, NULL) < 0)
        stop_writing(s, DS_ERR_NOMEM);
}

void
ds_sock_flush(struct ds_sock *s)
{
    if (evbuffer_get_length(s->out) > 0)
        arm_writing(s);
}

void
ds_sock_want_drained(struct ds_sock *s)
{
    s->wants_drained = true;
    arm_writing(s);
}

void
ds_sock_addresses(const struct ds_sock *s, struct ds_addr *local, struct ds_addr *remote)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    *local = *remote = (struct ds_addr){.len = 0};
    if (getsockname(s->fd, (struct sockaddr *)&ss, &len) == 0)
        (void)ds_addr_from_sockaddr(local, (struct sockaddr *)&ss, len);
    len = sizeof ss;
    if (getpeername(s->fd, (struct sockaddr *)&ss, &len) == 0)
        (void)ds_addr_from_sockaddr(remote, (struct sockaddr *)&ss, len);
}
