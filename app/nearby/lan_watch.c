/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/nearby/lan_watch.h"

#include <errno.h>
#include <glib.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "net/base/clock.h"
#include "net/base/log.h"

/* An address, its routes and the interface change one after the other. */
enum { SETTLE_MS = 300, READ_BYTES = 8192 };

struct ds_lan_watch {
    int fd;
    struct event read_event, timer;
    void (*fn)(void *arg);
    void *arg;
};

static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
    struct ds_lan_watch *watch = arg;
    watch->fn(watch->arg);
}

/* That something changed is all that counts; an overflow (ENOBUFS) says so too. */
static void
on_change(evutil_socket_t fd, short what, void *arg)
{
    struct ds_lan_watch *watch = arg;
    struct timeval settle = ds_clock_timeval(SETTLE_MS);
    char unread[READ_BYTES];

    while (recv(fd, unread, sizeof unread, MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
        ;
    evtimer_add(&watch->timer, &settle);
}

static int
open_socket(void)
{
    struct sockaddr_nl groups = {
            .nl_family = AF_NETLINK,
            .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                         RTMGRP_IPV6_ROUTE,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&groups, sizeof groups) == 0)
        return fd;
    DS_WARN("nearby", "changes of the network go unnoticed: %s", g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

struct ds_lan_watch *
ds_lan_watch_new(struct event_base *base, void (*fn)(void *arg), void *arg)
{
    int fd = open_socket();
    if (fd < 0)
        return NULL;
    struct ds_lan_watch *watch = g_new0(struct ds_lan_watch, 1);
    watch->fd = fd;
    watch->fn = fn;
    watch->arg = arg;
    event_assign(&watch->read_event, base, fd, EV_READ | EV_PERSIST, on_change, watch);
    event_assign(&watch->timer, base, -1, 0, on_settled, watch);
    event_add(&watch->read_event, NULL);
    return watch;
}

void
ds_lan_watch_free(struct ds_lan_watch *watch)
{
    if (watch == NULL)
        return;
    event_del(&watch->read_event);
    event_del(&watch->timer);
    close(watch->fd);
    g_free(watch);
}
