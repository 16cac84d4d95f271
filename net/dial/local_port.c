/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/local_port.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/base/limits.h"

static const int families[] = {AF_INET, AF_INET6};

enum { FAMILIES = sizeof families / sizeof families[0] };

struct ds_local_port {
    unsigned refs;
    uint16_t number;
    int claims[FAMILIES]; /* bound, never listening; -1: the machine does not have this family */
};

/* ---- sockets ---- */

/* Close, and keep the errno that says why. */
static void
close_quietly(int fd)
{
    int os_error = errno;
    if (fd >= 0)
        close(fd);
    errno = os_error;
}

static int
switch_on(int fd, int level, int option)
{
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) < 0 ? DS_ERR_SYSTEM : 0;
}

/*
 * SO_REUSEPORT alone: sockets of this user that set it too may join, connected or listening. With
 * SO_REUSEADDR as well any server of any user could bind to the port while nobody listens on it.
 */
static int
let_share(int fd)
{
    return switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
}

static int
bind_any(int fd, int family, uint16_t number)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(number)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(number)};
    int failed;

    if (family == AF_INET)
        failed = bind(fd, (const struct sockaddr *)&in4, sizeof in4);
    else if (switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) < 0)
        return DS_ERR_SYSTEM;
    else
        failed = bind(fd, (const struct sockaddr *)&in6, sizeof in6);
    return failed < 0 ? DS_ERR_SYSTEM : 0;
}

/* ---- the claim ---- */

/* Returns the bound socket, or -1 with errno. */
static int
claim_family(int family, uint16_t number)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return -1;
    /* First without sharing, so that nobody else's port is joined; then nobody else claims it. */
    if (bind_any(fd, family, number) < 0 || let_share(fd) < 0) {
        close_quietly(fd);
        return -1;
    }
    return fd;
}

static void
let_go(struct ds_local_port *port)
{
    for (size_t i = 0; i < FAMILIES; i++)
        close_quietly(port->claims[i]);
}

/* Returns 0 with all the families that there are, or DS_ERR_SYSTEM with none. */
static int
claim_number(struct ds_local_port *port, uint16_t number)
{
    bool has_any = false;

    port->number = number;
    for (size_t i = 0; i < FAMILIES; i++)
        port->claims[i] = -1;
    for (size_t i = 0; i < FAMILIES; i++) {
        port->claims[i] = claim_family(families[i], number);
        has_any |= port->claims[i] >= 0;
        if (port->claims[i] < 0 && errno != EAFNOSUPPORT) {
            let_go(port);
            return DS_ERR_SYSTEM;
        }
    }
    return has_any ? 0 : DS_ERR_SYSTEM;
}

static int
claim_any(struct ds_local_port *port, uint16_t least, uint16_t most)
{
    unsigned count = (unsigned)most - least + 1;
    uint32_t first;

    if (getrandom(&first, sizeof first, 0) != sizeof first)
        return DS_ERR_SYSTEM;
    for (unsigned i = 0; i < count; i++)
        if (claim_number(port, (uint16_t)(least + (first % count + i) % count)) == 0)
            return 0;
        else if (errno != EADDRINUSE)
            return DS_ERR_SYSTEM;
    return DS_ERR_SYSTEM;
}

int
ds_local_port_claim_between(struct ds_local_port **out, uint16_t least, uint16_t most)
{
    assert(least > 0 && least <= most);
    struct ds_local_port *port = calloc(1, sizeof *port);
    if (port == NULL)
        return DS_ERR_NOMEM;
    if (claim_any(port, least, most) < 0) {
        free(port); /* keeps errno, as POSIX says since 2024 and glibc since 2.33 */
        return DS_ERR_SYSTEM;
    }
    port->refs = 1;
    *out = port;
    return 0;
}

int
ds_local_port_claim(struct ds_local_port **out)
{
    return ds_local_port_claim_between(out, DS_PUNCH_PORT_MIN, DS_PUNCH_PORT_MAX);
}

struct ds_local_port *
ds_local_port_ref(struct ds_local_port *port)
{
    port->refs++;
    return port;
}

void
ds_local_port_unref(struct ds_local_port *port)
{
    if (port == NULL || --port->refs > 0)
        return;
    let_go(port);
    free(port);
}

uint16_t
ds_local_port_number(const struct ds_local_port *port)
{
    return port->number;
}

/* ---- its use ---- */

int
ds_local_port_bind(int fd, int family, void *arg)
{
    const struct ds_local_port *port = arg;
    int err = let_share(fd);
    return err < 0 ? err : bind_any(fd, family, port->number);
}

int
ds_local_port_listen(struct ds_local_port *port, int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return DS_ERR_SYSTEM;
    if (ds_local_port_bind(fd, family, port) < 0 || listen(fd, DS_PUNCH_PENDING_MAX) < 0) {
        close_quietly(fd);
        return DS_ERR_SYSTEM;
    }
    return fd;
}
