/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_SOCK_H
#define DS_NET_PATH_SOCK_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * A connected stream socket on the loop, below a leg or a path: reads in fair portions, writes what
 * was queued in one call a turn. Its kernel queue of unsent bytes is kept short
 * (TCP_NOTSENT_LOWAT), so that "writable" means that the next byte will leave soon. All on the
 * loop's thread.
 */
struct ds_sock;
struct evbuffer;
struct event_base;

/* Callbacks come from the loop only, never from inside a call on the socket; each may free it. */
struct ds_sock_handler {
    /**
     * Bytes came, at most DS_SOCK_READ_MAX in a turn; to be moved out of `bytes` (borrowed): the
     * rest is lost.
     */
    void (*on_input)(void *arg, struct evbuffer *bytes);
    /** The answer to ds_sock_want_drained(): nothing is queued and the kernel's queue is short. */
    void (*on_drained)(void *arg);
    /**
     * The connection is gone, called once, after all input: DS_ERR_CLOSED at EOF or RST,
     * DS_ERR_TIMEOUT, DS_ERR_UNREACHABLE, DS_ERR_SYSTEM, DS_ERR_NOMEM.
     */
    void (*on_lost)(void *arg, int err);
};

/**
 * Take over `fd` (also on failure), which is connected and non-blocking; `handler` and `arg` are
 * borrowed. Returns 0 with `*out` (owned) or DS_ERR_NOMEM.
 */
int ds_sock_new(struct ds_sock **out, struct event_base *base, int fd,
        const struct ds_sock_handler *handler, void *arg) DS_MUST_CHECK;

/** Give the kernel what it still takes, close and free. NULL is fine. No callback follows. */
void ds_sock_free(struct ds_sock *sock);

/** Return the queue of bytes to send, to append to; then call ds_sock_flush(). Borrowed. */
struct evbuffer *ds_sock_out(struct ds_sock *sock);

/** Have what is queued sent in the loop's next turn, as soon as the kernel has room. */
void ds_sock_flush(struct ds_sock *sock);

/** Ask for one on_drained(). Asking again before it came changes nothing. */
void ds_sock_want_drained(struct ds_sock *sock);

/** Get both ends' addresses; `len` is 0 where the socket has none that we know. */
void ds_sock_addresses(const struct ds_sock *sock, struct ds_addr *local, struct ds_addr *remote);

#endif
