/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/interfaces.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/dial/netlink.h"

enum {
    READ_BYTES = 4096, /* what does not fit is cut off: that it came is enough */
    READS_MAX = 64,    /* in one turn of the loop */
};

struct ds_interfaces_watch {
    int fd;
    struct event *ready, *settled;
    ds_interfaces_fn fn;
    void *arg;
    size_t count; /* as it was told last */
    struct ds_interface known[DS_INTERFACES_MAX];
};

static bool
is_same(const struct ds_interface *a, const struct ds_interface *b)
{
    return ds_addr_equal(&a->addr, &b->addr) && a->prefix_bits == b->prefix_bits &&
           a->is_temporary == b->is_temporary && a->is_point_to_point == b->is_point_to_point &&
           a->has_default_route == b->has_default_route && a->metric == b->metric;
}

static bool
are_alike(const struct ds_interface *a, const struct ds_interface *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_same(&a[i], &b[i]))
            return false;
    return true;
}

static bool
has_moved(const struct ds_interfaces_watch *watch, const struct ds_interface *now, size_t count)
{
    struct ds_addr before[DS_INTERFACES_MAX], after[DS_INTERFACES_MAX];
    size_t before_count =
            ds_interfaces_addresses(watch->known, watch->count, before, DS_INTERFACES_MAX);
    size_t after_count = ds_interfaces_addresses(now, count, after, DS_INTERFACES_MAX);

    if (before_count != after_count)
        return true;
    for (size_t i = 0; i < after_count; i++)
        if (!ds_addr_equal(&before[i], &after[i]))
            return true;
    return false;
}

/* Routers and DHCP servers confirm again and again what is known: that is no change. */
static void
on_settled(evutil_socket_t fd, short what, void *arg)
{
    struct ds_interfaces_watch *watch = arg;
    struct ds_interface now[DS_INTERFACES_MAX];
    size_t count = ds_interfaces_read(now, DS_INTERFACES_MAX);

    if (count == watch->count && are_alike(now, watch->known, count))
        return;
    bool moved = has_moved(watch, now, count);
    memcpy(watch->known, now, count * sizeof now[0]);
    watch->count = count;
    watch->fn(watch->arg, moved); /* may free the watch */
}

/* What has come is not looked at, nor that some was lost (ENOBUFS): all is read anew. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct ds_interfaces_watch *watch = arg;
    char unread[READ_BYTES];

    for (unsigned i = 0; i < READS_MAX; i++)
        if (recv(fd, unread, sizeof unread, MSG_DONTWAIT) < 0)
            break;
    if (!evtimer_pending(watch->settled, NULL))
        ds_event_add_ms(watch->settled, DS_INTERFACES_SETTLE_MS);
}

int
ds_interfaces_watch_new(
        struct ds_interfaces_watch **out, struct event_base *base, ds_interfaces_fn fn, void *arg)
{
    const uint32_t groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |
                            RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
    int fd = ds_netlink_open(groups, SOCK_NONBLOCK);
    if (fd < 0)
        return fd;
    struct ds_interfaces_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        close(fd);
        return DS_ERR_NOMEM;
    }
    watch->fd = fd;
    watch->fn = fn;
    watch->arg = arg;
    watch->ready = event_new(base, fd, EV_READ | EV_PERSIST, on_ready, watch);
    watch->settled = evtimer_new(base, on_settled, watch);
    if (watch->ready == NULL || watch->settled == NULL || event_add(watch->ready, NULL) < 0) {
        ds_interfaces_watch_free(watch);
        return DS_ERR_NOMEM;
    }
    watch->count = ds_interfaces_read(watch->known, DS_INTERFACES_MAX);
    *out = watch;
    return 0;
}

size_t
ds_interfaces_watch_read(
        const struct ds_interfaces_watch *watch, struct ds_interface *out, size_t cap)
{
    if (watch == NULL)
        return ds_interfaces_read(out, cap);
    size_t count = watch->count < cap ? watch->count : cap;
    memcpy(out, watch->known, count * sizeof *out);
    return count;
}

void
ds_interfaces_watch_free(struct ds_interfaces_watch *watch)
{
    if (watch == NULL)
        return;
    ds_event_free(watch->ready);
    ds_event_free(watch->settled);
    close(watch->fd);
    free(watch);
}
