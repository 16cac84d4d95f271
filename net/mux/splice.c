/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mux/splice.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/util.h>

#include "net/base/event.h"
#include "net/base/limits.h"

enum {
    READ_PIECE_BYTES = 16 * 1024,
    READS_PER_TURN = 4, /* then others on the loop have their turn */
    WRITE_PIECES = 8,
};

struct ds_splice {
    struct event_base *base;
    struct ds_channel *channel; /* borrowed; NULL when it is gone */
    int fd;                     /* -1: not yet, or no more */
    struct event *read_event;   /* added while the socket may be read and the channel has room */
    struct event *write_event;  /* added while bytes wait, or the socket's EOF */
    struct evbuffer *to_socket;
    uint64_t carried; /* bytes that the socket has taken */
    bool channel_eof;
    bool is_held; /* what comes waits */
    ds_splice_fn fn;
    void *arg;
    bool is_over; /* freed when the outermost call returns */
    unsigned depth;
};

static void
enter(struct ds_splice *splice)
{
    splice->depth++;
}

static void
leave(struct ds_splice *splice)
{
    if (--splice->depth == 0 && splice->is_over)
        free(splice);
}

/*
 * Close the socket. After anything but EOF both ways the program at its other end must see an error
 * and no end of file, which TCP says by RST: close() with a linger time of 0.
 */
static void
close_socket(struct ds_splice *splice, bool is_clean)
{
    static const struct linger abort_linger = {.l_onoff = 1, .l_linger = 0};
    ds_event_free(splice->read_event);
    ds_event_free(splice->write_event);
    if (splice->to_socket != NULL)
        evbuffer_free(splice->to_socket);
    if (splice->fd >= 0 && !is_clean)
        setsockopt(splice->fd, SOL_SOCKET, SO_LINGER, &abort_linger, sizeof abort_linger);
    if (splice->fd >= 0)
        evutil_closesocket(splice->fd);
    splice->read_event = splice->write_event = NULL;
    splice->to_socket = NULL;
    splice->fd = -1;
}

/* The end, whoever brought it. What it calls may free the splice: then nobody is told. */
static void
finish(struct ds_splice *splice, enum ds_reason reset_reason, int reason)
{
    struct ds_channel *channel = splice->channel;
    if (splice->is_over)
        return;
    splice->is_over = true;
    splice->channel = NULL;
    close_socket(splice, reason == DS_REASON_NONE);
    if (reset_reason != DS_REASON_NONE)
        ds_channel_reset(channel, reset_reason);
    if (splice->fn != NULL)
        splice->fn(splice->arg, splice, reason);
}

/* The socket broke, or memory ran out. */
static void
fail(struct ds_splice *splice, enum ds_reason reason)
{
    finish(splice, reason, reason);
}

static enum ds_reason
reason_of_errno(int err)
{
    switch (err) {
    case ECONNREFUSED:
    case ENOENT:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return DS_REASON_NO_SERVER;
    case ENOMEM:
    case ENOBUFS:
        return DS_REASON_INTERNAL;
    default: /* ECONNRESET, EPIPE */
        return DS_REASON_STOPPED;
    }
}

static bool
errno_is_transient(int err)
{
    return err == EAGAIN || err == EINTR;
}

/* Bytes, or the EOF behind them, wait for the socket. */
static void
want_write(struct ds_splice *splice)
{
    if (splice->write_event != NULL && !splice->is_held)
        event_add(splice->write_event, NULL);
}

/* Read what the channel takes. Returns false when there is no more for now. */
static bool
read_piece(struct ds_splice *splice)
{
    uint8_t piece[READ_PIECE_BYTES];
    size_t room = ds_channel_room(splice->channel);
    if (room == 0) {
        event_del(splice->read_event); /* until on_writable */
        return false;
    }
    ssize_t n = recv(splice->fd, piece, room < sizeof piece ? room : sizeof piece, 0);
    if (n < 0) {
        if (!errno_is_transient(errno))
            fail(splice, reason_of_errno(errno));
        return false;
    }
    if (n == 0) {
        event_del(splice->read_event);
        ds_channel_eof(splice->channel);
        return false;
    }
    size_t taken = ds_channel_write(splice->channel, piece, (size_t)n);
    if (taken < (size_t)n && !splice->is_over) { /* it had room: memory ran out */
        fail(splice, DS_REASON_INTERNAL);
        return false;
    }
    return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_splice *splice = arg;
    enter(splice);
    for (int i = 0; i < READS_PER_TURN && !splice->is_over; i++)
        if (!read_piece(splice))
            break;
    leave(splice);
}

/* writev() without the SIGPIPE. */
static ssize_t
send_pieces(int fd, struct evbuffer_iovec *pieces, int count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Say that the socket took `n` bytes, or why it did not. Returns false when the splice is over. */
static bool
count_sent(struct ds_splice *splice, ssize_t n, int err)
{
    if (n < 0 && !errno_is_transient(err)) {
        fail(splice, reason_of_errno(err));
        return false;
    }
    if (n > 0) {
        splice->carried += (size_t)n;
        ds_channel_consumed(splice->channel, (size_t)n);
    }
    return !splice->is_over;
}

static void
on_socket_writable(evutil_socket_t fd, short what, void *arg)
{
    struct ds_splice *splice = arg;
    struct evbuffer_iovec pieces[WRITE_PIECES];
    enter(splice);
    int count = evbuffer_peek(splice->to_socket, -1, NULL, pieces, WRITE_PIECES);
    if (count > 0) {
        ssize_t n = send_pieces(splice->fd, pieces, count < WRITE_PIECES ? count : WRITE_PIECES);
        int err = errno;
        if (n > 0)
            evbuffer_drain(splice->to_socket, (size_t)n);
        if (!count_sent(splice, n, err))
            goto out;
    }
    if (evbuffer_get_length(splice->to_socket) == 0) {
        event_del(splice->write_event);
        if (splice->channel_eof)
            shutdown(splice->fd, SHUT_WR);
    }
out:
    leave(splice);
}

static void
on_data(void *arg, struct ds_channel *channel, const uint8_t *data, size_t len)
{
    struct ds_splice *splice = arg;
    ssize_t n = 0;
    enter(splice);
    if (splice->fd >= 0 && !splice->is_held && evbuffer_get_length(splice->to_socket) == 0) {
        struct evbuffer_iovec piece = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
        n = send_pieces(splice->fd, &piece, 1);
        if (!count_sent(splice, n, errno))
            goto out;
        n = n < 0 ? 0 : n;
    }
    if ((size_t)n < len) {
        if (evbuffer_add(splice->to_socket, data + n, len - (size_t)n) < 0)
            fail(splice, DS_REASON_INTERNAL);
        else
            want_write(splice);
    }
out:
    leave(splice);
}

static void
on_writable(void *arg, struct ds_channel *channel)
{
    struct ds_splice *splice = arg;
    if (splice->read_event != NULL)
        event_add(splice->read_event, NULL);
}

/* A socket that is still connecting must not be shut down: wait until it is writable. */
static void
on_eof(void *arg, struct ds_channel *channel)
{
    struct ds_splice *splice = arg;
    splice->channel_eof = true;
    want_write(splice);
}

static void
on_gone(void *arg, struct ds_channel *channel, int reason)
{
    struct ds_splice *splice = arg;
    enter(splice);
    finish(splice, DS_REASON_NONE, reason);
    leave(splice);
}

static const struct ds_channel_handler channel_handler = {
        .on_data = on_data,
        .on_writable = on_writable,
        .on_eof = on_eof,
        .on_gone = on_gone,
};

static int
set_socket(struct ds_splice *splice, int fd)
{
    splice->fd = fd;
    splice->read_event = event_new(splice->base, fd, EV_READ | EV_PERSIST, on_readable, splice);
    splice->write_event =
            event_new(splice->base, fd, EV_WRITE | EV_PERSIST, on_socket_writable, splice);
    if (splice->read_event == NULL || splice->write_event == NULL)
        return DS_ERR_NOMEM;
    if (evutil_make_socket_nonblocking(fd) < 0 || event_add(splice->read_event, NULL) < 0)
        return DS_ERR_SYSTEM;
    /* Keys and small updates are worth a packet of their own. Fails on AF_UNIX, which has none. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return 0;
}

int
ds_splice_new(struct ds_splice **out, struct event_base *base, struct ds_channel *channel, int fd,
        ds_splice_fn fn, void *arg)
{
    struct ds_splice *splice = calloc(1, sizeof *splice);
    int err = DS_ERR_NOMEM;

    *out = NULL;
    if (splice == NULL) {
        if (fd >= 0)
            evutil_closesocket(fd);
        return err;
    }
    splice->base = base;
    splice->fd = fd;
    splice->to_socket = evbuffer_new();
    if (splice->to_socket != NULL)
        err = fd >= 0 ? set_socket(splice, fd) : 0;
    if (err < 0) {
        close_socket(splice, false);
        free(splice);
        return err;
    }
    splice->channel = channel;
    splice->fn = fn;
    splice->arg = arg;
    ds_channel_set_handler(channel, &channel_handler, splice);
    *out = splice;
    return 0;
}

void
ds_splice_attach(struct ds_splice *splice, int fd)
{
    enter(splice);
    if (set_socket(splice, fd) < 0)
        fail(splice, DS_REASON_INTERNAL);
    else if (splice->channel_eof || evbuffer_get_length(splice->to_socket) > 0)
        want_write(splice);
    leave(splice);
}

uint64_t
ds_splice_carried(const struct ds_splice *splice)
{
    return splice->carried;
}

void
ds_splice_hold(struct ds_splice *splice, bool hold)
{
    splice->is_held = hold;
    if (splice->write_event == NULL)
        return;
    if (hold)
        event_del(splice->write_event);
    else if (splice->channel_eof || evbuffer_get_length(splice->to_socket) > 0)
        want_write(splice);
}

void
ds_splice_break(struct ds_splice *splice, enum ds_reason reason)
{
    if (splice == NULL)
        return;
    enter(splice);
    splice->fn = NULL;
    finish(splice, reason, reason);
    leave(splice);
}

void
ds_splice_free(struct ds_splice *splice)
{
    ds_splice_break(splice, DS_REASON_STOPPED);
}
