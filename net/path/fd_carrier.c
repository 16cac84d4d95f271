/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A path's ciphertext on a bare TCP connection. */
#include "net/path/carrier.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "net/path/sock.h"

struct fd_carrier {
    struct ds_carrier carrier; /* first: one is cast to the other */
    struct ds_sock *sock;
};

static void
on_input(void *arg, struct evbuffer *bytes)
{
    struct fd_carrier *c = arg;
    c->carrier.handler->on_bytes(c->carrier.handler_arg, bytes);
}

static void
on_drained(void *arg)
{
    struct fd_carrier *c = arg;
    c->carrier.handler->on_writable(c->carrier.handler_arg);
}

static void
on_lost(void *arg, int err)
{
    struct fd_carrier *c = arg;
    c->carrier.handler->on_lost(c->carrier.handler_arg, err);
}

static const struct ds_sock_handler sock_handler = {on_input, on_drained, on_lost};

static int
fd_send(struct ds_carrier *carrier, struct evbuffer *bytes)
{
    struct fd_carrier *c = (struct fd_carrier *)carrier;
    if (evbuffer_add_buffer(ds_sock_out(c->sock), bytes) < 0)
        return DS_ERR_NOMEM;
    ds_sock_flush(c->sock);
    return 0;
}

static void
fd_want_writable(struct ds_carrier *carrier)
{
    ds_sock_want_drained(((struct fd_carrier *)carrier)->sock);
}

static void
fd_addresses(const struct ds_carrier *carrier, struct ds_addr *local, struct ds_addr *remote)
{
    ds_sock_addresses(((const struct fd_carrier *)carrier)->sock, local, remote);
}

/* The kernel's word is the error itself. */
static const char *
fd_error_text(const struct ds_carrier *carrier)
{
    return "";
}

static void
fd_free(struct ds_carrier *carrier)
{
    struct fd_carrier *c = (struct fd_carrier *)carrier;
    ds_sock_free(c->sock);
    free(c);
}

static const struct ds_carrier_ops fd_ops = {
        fd_send, fd_want_writable, fd_addresses, fd_error_text, fd_free};

int
ds_carrier_from_fd(struct ds_carrier **out, struct event_base *base, int fd)
{
    struct fd_carrier *c = calloc(1, sizeof *c);
    struct ds_sock *sock = NULL;
    *out = NULL;
    int err = ds_sock_new(&sock, base, fd, &sock_handler, c);
    if (err < 0 || c == NULL) {
        ds_sock_free(sock);
        free(c);
        return DS_ERR_NOMEM;
    }
    *c = (struct fd_carrier){.carrier.ops = &fd_ops, .sock = sock};
    *out = &c->carrier;
    return 0;
}
