/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_CARRIER_H
#define DS_NET_PATH_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"

/*
 * What carries the ciphertext of one path: the relay's leg (PIPE records) or a bare TCP connection.
 * A carrier calls its handler from the loop only, never from inside a call on it, and every
 * callback may free the carrier. Its handler is set before the loop runs again.
 */
struct ds_carrier;
struct evbuffer;
struct event_base;

struct ds_carrier_handler {
    /** Bytes came from the other side; to be moved out of `bytes` (borrowed): the rest is lost. */
    void (*on_bytes)(void *arg, struct evbuffer *bytes);
    /**
     * The answer to want_writable(), once: all that was sent has left for the kernel, and the
     * kernel's queue of unsent bytes is short. The next record may be made.
     */
    void (*on_writable)(void *arg);
    /**
     * The carrier is dead, called once: DS_ERR_CLOSED at EOF or RST, DS_ERR_TIMEOUT,
     * DS_ERR_UNREACHABLE or DS_ERR_SYSTEM as the kernel says, for a leg also DS_ERR_TLS and
     * DS_ERR_PROTOCOL.
     */
    void (*on_lost)(void *arg, int err);
};

struct ds_carrier_ops {
    /** Queue all bytes of `bytes`, moved out of it; sent in this turn of the loop or the next. */
    int (*send)(struct ds_carrier *carrier, struct evbuffer *bytes) DS_MUST_CHECK;
    /** Ask for one on_writable(). Cheap; asking again before it came changes nothing. */
    void (*want_writable)(struct ds_carrier *carrier);
    /** Get the addresses of the connection; `len` is 0 where there is none. */
    void (*addresses)(
            const struct ds_carrier *carrier, struct ds_addr *local, struct ds_addr *remote);
    /** Describe for a log what killed it ("relay: an oversized record"), or "". Borrowed. */
    const char *(*error_text)(const struct ds_carrier *carrier);
    /** Close and free it; what was sent goes to the kernel as far as it takes it at once. */
    void (*free)(struct ds_carrier *carrier);
};

/* The head of every carrier's own struct. */
struct ds_carrier {
    const struct ds_carrier_ops *ops;
    const struct ds_carrier_handler *handler; /* borrowed; written by the path that owns it */
    void *handler_arg;
};

/**
 * Make a carrier of a connected, non-blocking stream socket. Takes `fd`, also on failure. Returns 0
 * with `*out` (owned: ops->free) or DS_ERR_NOMEM. Net thread.
 */
int ds_carrier_from_fd(struct ds_carrier **out, struct event_base *base, int fd) DS_MUST_CHECK;

#endif
