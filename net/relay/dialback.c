/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/dialback.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/limits.h"

struct ds_relay_dialback {
    struct event ready, timer;
    int fd;       /* owned; -1: none */
    int os_error; /* of what could not begin, or 0 */
    uint64_t began_us;
    uint8_t token[DS_DIAL_TOKEN_BYTES];
    ds_relay_dialback_fn fn;
    void *arg;
};

/* What ICMP says besides a dead end comes as one of many; what is our own lack is no answer. */
enum ds_dialled
ds_relay_dialback_result(int os_error)
{
    switch (os_error) {
    case 0:
        return DS_DIALLED_CONNECTED;
    case ECONNREFUSED:
    case ECONNRESET:
        return DS_DIALLED_REFUSED;
    case ETIMEDOUT:
        return DS_DIALLED_SILENT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
        return DS_DIALLED_NOT_OFFERED;
    default:
        return DS_DIALLED_UNREACHABLE;
    }
}

static void
stop(struct ds_relay_dialback *dialback)
{
    event_del(&dialback->ready);
    event_del(&dialback->timer);
    if (dialback->fd >= 0)
        close(dialback->fd);
    dialback->fd = -1;
}

/* Nothing may follow a call to this. */
static void
tell(struct ds_relay_dialback *dialback, int os_error)
{
    uint64_t took_ms = (ds_clock_us() - dialback->began_us) / 1000;
    stop(dialback);
    dialback->fn(dialback->arg, ds_relay_dialback_result(os_error), (unsigned)took_ms);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
    tell(arg, ETIMEDOUT);
}

/* ip(7): what ICMP says is kept in the socket's error queue. The other family's option fails. */
static void
hear_icmp(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

/* To the kernel a port that ICMP calls unreachable is one that refuses. */
static bool
is_by_icmp(int fd)
{
    char byte;
    return recv(fd, &byte, sizeof byte, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0;
}

/* A connection that has just come up takes so few bytes at once, or it is gone again. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_dialback *dialback = arg;
    int os_error = dialback->os_error;
    socklen_t len = sizeof os_error;
    if (os_error == 0 && getsockopt(dialback->fd, SOL_SOCKET, SO_ERROR, &os_error, &len) < 0)
        os_error = errno;
    if (os_error == ECONNREFUSED && is_by_icmp(dialback->fd))
        os_error = EHOSTUNREACH;
    if (os_error == 0 &&
            send(dialback->fd, dialback->token, sizeof dialback->token, MSG_NOSIGNAL) < 0)
        os_error = errno;
    tell(dialback, os_error);
}

/* Returns 0 when it is under way, or an errno. */
static int
begin(struct ds_relay_dialback *dialback, const struct ds_addr *from, const struct ds_addr *to)
{
    int again = 1; /* SYN more, after a second; newer kernels add a few at that pace */
    dialback->fd =
            socket(to->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (dialback->fd < 0)
        return errno;
    setsockopt(dialback->fd, IPPROTO_TCP, TCP_SYNCNT, &again, sizeof again);
    hear_icmp(dialback->fd);
    if (bind(dialback->fd, (const struct sockaddr *)&from->ss, from->len) < 0)
        return errno;
    if (connect(dialback->fd, (const struct sockaddr *)&to->ss, to->len) < 0 &&
            errno != EINPROGRESS)
        return errno;
    return 0;
}

int
ds_relay_dialback_new(struct ds_relay_dialback **out, struct event_base *base,
        const struct ds_addr *from, const struct ds_addr *to,
        const uint8_t token[static DS_DIAL_TOKEN_BYTES], ds_relay_dialback_fn fn, void *arg)
{
    struct ds_relay_dialback *dialback = calloc(1, sizeof *dialback);
    if (dialback == NULL)
        return DS_ERR_NOMEM;
    dialback->fn = fn;
    dialback->arg = arg;
    memcpy(dialback->token, token, sizeof dialback->token);
    dialback->began_us = ds_clock_us();
    dialback->os_error = begin(dialback, from, to);
    event_assign(&dialback->ready, base, dialback->fd, EV_WRITE, on_ready, dialback);
    event_assign(&dialback->timer, base, -1, 0, on_time, dialback);
    if (dialback->os_error != 0)
        event_active(&dialback->ready, EV_WRITE, 0);
    else if (event_add(&dialback->ready, NULL) < 0 ||
             ds_event_add_ms(&dialback->timer, DS_CHECK_DIAL_MS) < 0) {
        ds_relay_dialback_free(dialback);
        return DS_ERR_NOMEM;
    }
    *out = dialback;
    return 0;
}

void
ds_relay_dialback_free(struct ds_relay_dialback *dialback)
{
    if (dialback == NULL)
        return;
    stop(dialback);
    free(dialback);
}
