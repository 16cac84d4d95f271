/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/errand.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/dial/interfaces.h"

/* ---- sockets ---- */

/*
 * Towards a router whose address is link-local the kernel would choose our own link-local address,
 * and that is what would be mapped: take the one that others are told.
 */
static int
bind_global(int fd)
{
    struct ds_interface all[DS_INTERFACES_MAX];
    size_t count = ds_interfaces_read(all, DS_INTERFACES_MAX);

    for (size_t i = 0; i < count; i++)
        if (all[i].addr.ss.ss_family == AF_INET6 && !ds_addr_is_private(&all[i].addr))
            return bind(fd, (const struct sockaddr *)&all[i].addr.ss, all[i].addr.len);
    errno = EADDRNOTAVAIL;
    return -1;
}

/* Keeps the port that is to be mapped. */
static int
find_client(struct ds_errand *errand)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    uint16_t port = ds_addr_port(&errand->client);

    if (getsockname(errand->udp, (struct sockaddr *)&ss, &len) < 0 ||
            ds_addr_from_sockaddr(&errand->client, (const struct sockaddr *)&ss, len) < 0)
        return DS_ERR_SYSTEM;
    ds_addr_set_port(&errand->client, port);
    return 0;
}

int
ds_errand_open(struct ds_errand *errand)
{
    struct ds_addr server = errand->gateway;
    int family = server.ss.ss_family;

    ds_addr_set_port(&server, DS_PCP_PORT);
    errand->udp = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (errand->udp < 0 || (family == AF_INET6 && bind_global(errand->udp) < 0) ||
            connect(errand->udp, (const struct sockaddr *)&server.ss, server.len) < 0 ||
            getrandom(errand->nonce, sizeof errand->nonce, 0) != sizeof errand->nonce)
        return DS_ERR_SYSTEM;
    return find_client(errand);
}

void
ds_errand_close(struct ds_errand *errand)
{
    if (errand->udp >= 0)
        close(errand->udp);
    errand->udp = -1;
}

/* ---- waiting ---- */

uint64_t
ds_errand_deadline(unsigned ms)
{
    return ds_clock_us() + (uint64_t)ms * 1000;
}

int
ds_errand_wait(const struct ds_errand *errand, int fd, short events, uint64_t deadline_us)
{
    struct pollfd fds[] = {{.fd = errand->stop_fd, .events = POLLIN}, {.fd = fd, .events = events}};
    uint64_t left_us;
    int ready;

    do {
        uint64_t now_us = ds_clock_us();
        left_us = deadline_us > now_us ? deadline_us - now_us : 0;
        ready = poll(fds, 2, (int)((left_us + 999) / 1000));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return DS_ERR_SYSTEM;
    if (fds[0].revents != 0)
        return DS_ERR_CLOSED;
    /* Late is late: who sends without end could hold the worker for ever. */
    return fds[1].revents != 0 && left_us > 0 ? 0 : DS_ERR_TIMEOUT;
}

/* ---- questions by datagrams ---- */

static int
err_of(int os_error)
{
    return os_error == ECONNREFUSED || os_error == EHOSTUNREACH || os_error == ENETUNREACH
                   ? DS_ERR_UNREACHABLE
                   : DS_ERR_SYSTEM;
}

/* Until the answer comes, or the deadline. */
static int
hear(const struct ds_errand *errand, uint64_t deadline_us, ds_errand_take_fn take, void *arg)
{
    uint8_t data[DS_PCP_MESSAGE_MAX + 1]; /* what is longer is seen to be so */

    for (;;) {
        int err = ds_errand_wait(errand, errand->udp, POLLIN, deadline_us);
        if (err < 0)
            return err;
        ssize_t len = recv(errand->udp, data, sizeof data, 0);
        if (len < 0 && errno != EAGAIN)
            return err_of(errno);
        if (len >= 0 && take(arg, data, (size_t)len) > 0)
            return 0;
    }
}

int
ds_errand_ask(const struct ds_errand *errand, const void *request, size_t len,
        ds_errand_take_fn take, void *arg)
{
    static const unsigned waits_ms[] = {
            DS_PORTMAP_REPEAT_MS, DS_PORTMAP_ASK_MS - DS_PORTMAP_REPEAT_MS};
    int err = DS_ERR_TIMEOUT;

    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0] && err == DS_ERR_TIMEOUT; i++) {
        if (send(errand->udp, request, len, MSG_NOSIGNAL) < 0)
            return err_of(errno);
        err = hear(errand, ds_errand_deadline(waits_ms[i]), take, arg);
    }
    return err;
}

/* ---- what is believed ---- */

bool
ds_errand_is_outside(const struct ds_errand *errand, const struct ds_addr *external)
{
    const struct ds_addr *seen = errand->observed.len != 0 ? &errand->observed : &errand->client;
    return external->len != 0 && ds_addr_is_same_host(external, seen);
}

bool
ds_errand_is_between(const struct ds_errand *errand, const struct ds_addr *external)
{
    bool is_v4 = external->len != 0 && external->ss.ss_family == AF_INET;
    bool is_own = is_v4 && ds_addr_is_same_host(external, &errand->client);
    return is_v4 && errand->observed.len != 0 && !is_own && !ds_addr_is_loopback(external) &&
           ds_addr_is_inside(external);
}
