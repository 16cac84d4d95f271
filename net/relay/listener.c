/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"

/* How many connections are accepted before others are served, and the pause when none can be. */
enum { BACKLOG = 1024, ACCEPTS_PER_TURN = 32, PAUSE_MS = 200 };

struct ds_relay_listener {
    int fd;
    struct event accept_event, pause_timer;
    ds_relay_accept_fn on_accept;
    void *arg;
    struct ds_log_limit pauses;
};

static void
set_options(int fd)
{
    int one = 1, lowat = DS_NOTSENT_LOWAT;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
}

/*
 * accept() fails in ways that stay (no descriptors, no memory: the listener would be readable again
 * at once, and the loop spin) and in ways that belong to one connection (it is gone already).
 */
static void
on_accept_failed(struct ds_relay_listener *listener)
{
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
        return;
    ds_log_limited(&listener->pauses, DS_LOG_WARN, "relay", "cannot accept connections: %s",
            strerror(errno));
    event_del(&listener->accept_event);
    ds_event_add_ms(&listener->pause_timer, PAUSE_MS);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct ds_relay_listener *listener = arg;
    event_add(&listener->accept_event, NULL);
}

static void
on_acceptable(evutil_socket_t listener_fd, short what, void *arg)
{
    struct ds_relay_listener *listener = arg;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct ds_addr addr = {.len = sizeof addr.ss};
        int fd = accept4(
                listener_fd, (struct sockaddr *)&addr.ss, &addr.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            on_accept_failed(listener);
            return;
        }
        set_options(fd);
        listener->on_accept(listener->arg, fd, &addr);
    }
}

/* Returns the socket, or -1 with errno set. */
static int
open_socket(const struct ds_addr *addr, struct ds_addr *bound)
{
    int one = 1, zero = 0, saved;
    int fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (addr->ss.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    *bound = (struct ds_addr){.len = sizeof bound->ss};
    if (bind(fd, (const struct sockaddr *)&addr->ss, addr->len) == 0 && listen(fd, BACKLOG) == 0 &&
            getsockname(fd, (struct sockaddr *)&bound->ss, &bound->len) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int
ds_relay_listener_new(struct ds_relay_listener **out, struct event_base *base,
        const struct ds_addr *addr, struct ds_addr *bound, ds_relay_accept_fn on_accept, void *arg)
{
    struct ds_relay_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL)
        return DS_ERR_NOMEM;
    listener->fd = open_socket(addr, bound);
    if (listener->fd < 0) {
        free(listener);
        return DS_ERR_SYSTEM;
    }
    listener->on_accept = on_accept;
    listener->arg = arg;
    event_assign(&listener->accept_event, base, listener->fd, EV_READ | EV_PERSIST, on_acceptable,
            listener);
    event_assign(&listener->pause_timer, base, -1, 0, on_pause_over, listener);
    event_add(&listener->accept_event, NULL);
    *out = listener;
    return 0;
}

void
ds_relay_listener_free(struct ds_relay_listener *listener)
{
    if (listener == NULL)
        return;
    event_del(&listener->accept_event);
    event_del(&listener->pause_timer);
    close(listener->fd);
    free(listener);
}
