/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PATH_CARRIER_H
#define DS_NET_PATH_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"

/*
 * What carries the ciphertext of one path: the relay's leg (PIPE records) or a bare TCP connection.
 * A carrier never calls its handler from inside a call on it, except on_bytes' caller may free it.
 */
struct ds_carrier;

struct ds_carrier_handler {
    /** `len` bytes came from the other side (borrowed during the call). May free the carrier. */
    void (*on_bytes)(void *arg, const uint8_t *data, size_t len);
    /** All that was sent has left for the kernel: the next record may be made. */
    void (*on_writable)(void *arg);
    /** The carrier is dead: `err` is DS_ERR_CLOSED at EOF or RST, else what happened. Called once.
     */
    void (*on_lost)(void *arg, int err);
};

struct ds_carrier_ops {
    int (*send)(struct ds_carrier *carrier, const uint8_t *data, size_t len);
    bool (*is_writable)(struct ds_carrier *carrier);
    void (*addresses)(struct ds_carrier *carrier, struct ds_addr *local, struct ds_addr *remote);
    void (*free)(struct ds_carrier *carrier);
};

struct event_base;

/* The head of every carrier's own struct. */
struct ds_carrier {
    const struct ds_carrier_ops *ops;
    const struct ds_carrier_handler *handler; /* NULL: what comes is kept, or thrown away */
    void *handler_arg;
};

/** Make a carrier of a connected, non-blocking stream socket. Takes `fd`, also on failure. */
int ds_carrier_from_fd(struct ds_carrier **out, struct event_base *base, int fd);

#endif
