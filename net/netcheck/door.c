/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/door.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/crypto.h>

/* Of those who say nothing yet; whoever comes next takes the place of the one who came first. */
enum { GUESTS_MAX = 4 };

struct guest {
    struct ds_door *door;
    struct event readable;
    int fd; /* -1: the place is free */
    uint8_t said[DS_DIAL_TOKEN_BYTES];
    size_t said_len;
};

struct ds_door {
    struct event_base *base;    /* borrowed */
    struct ds_local_port *port; /* a reference */
    struct event acceptable;
    int fd; /* -1: does not listen any more */
    uint8_t token[DS_DIAL_TOKEN_BYTES];
    struct guest guests[GUESTS_MAX];
    size_t next; /* the place of whoever comes next */
    ds_door_fn fn;
    void *arg;
};

static void
send_away(struct guest *guest)
{
    if (guest->fd < 0)
        return;
    event_del(&guest->readable);
    close(guest->fd);
    guest->fd = -1;
}

static void
shut(struct ds_door *door)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        send_away(&door->guests[i]);
    if (door->fd < 0)
        return;
    event_del(&door->acceptable);
    close(door->fd);
    door->fd = -1;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct guest *guest = arg;
    struct ds_door *door = guest->door;
    size_t left = sizeof guest->said - guest->said_len;
    ssize_t n = recv(fd, guest->said + guest->said_len, left, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    guest->said_len += n > 0 ? (size_t)n : 0;
    if (n > 0 && guest->said_len < sizeof guest->said)
        return;
    bool is_awaited = guest->said_len == sizeof guest->said &&
                      CRYPTO_memcmp(guest->said, door->token, sizeof guest->said) == 0;
    send_away(guest);
    if (!is_awaited)
        return;
    shut(door);
    door->fn(door->arg);
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
    struct ds_door *door = arg;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            event_del(&door->acceptable); /* no descriptors: it would be ready again at once */
        return;
    }
    struct guest *guest = &door->guests[door->next];
    door->next = (door->next + 1) % GUESTS_MAX;
    send_away(guest);
    *guest = (struct guest){.door = door, .fd = fd};
    event_assign(&guest->readable, door->base, fd, EV_READ | EV_PERSIST, on_readable, guest);
    if (event_add(&guest->readable, NULL) < 0)
        send_away(guest);
}

int
ds_door_new(struct ds_door **out, struct event_base *base, struct ds_local_port *port, int family,
        const uint8_t token[static DS_DIAL_TOKEN_BYTES], ds_door_fn fn, void *arg)
{
    struct ds_door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return DS_ERR_NOMEM;
    *door = (struct ds_door){.base = base, .fn = fn, .arg = arg};
    for (size_t i = 0; i < GUESTS_MAX; i++)
        door->guests[i].fd = -1;
    memcpy(door->token, token, sizeof door->token);
    door->fd = ds_local_port_listen(port, family);
    if (door->fd < 0) {
        free(door); /* keeps errno, as POSIX says since 2024 and glibc since 2.33 */
        return DS_ERR_SYSTEM;
    }
    door->port = ds_local_port_ref(port);
    event_assign(&door->acceptable, base, door->fd, EV_READ | EV_PERSIST, on_acceptable, door);
    if (event_add(&door->acceptable, NULL) < 0) {
        ds_door_free(door);
        return DS_ERR_NOMEM;
    }
    *out = door;
    return 0;
}

void
ds_door_free(struct ds_door *door)
{
    if (door == NULL)
        return;
    shut(door);
    ds_local_port_unref(door->port);
    free(door);
}
