/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_SPLICE_H
#define DS_NET_MUX_SPLICE_H

#include <stdint.h>

#include "net/base/err.h"
#include "net/mux/mux.h"

/*
 * Joins a channel with a stream socket: a TCP connection, or one end of a socketpair. Bytes go both
 * ways, each way bounded by the channel's credit; EOF goes through each way on its own.
 */
struct ds_splice;
struct event_base;

struct ds_splice_stats {
    uint64_t to_socket_bytes;
    uint64_t from_socket_bytes;
};

/**
 * Called once when both directions are over: `reason` is DS_REASON_NONE after two EOFs, else why
 * (the socket broke, the channel was reset). The splice is freed after the call.
 */
typedef void (*ds_splice_fn)(void *arg, struct ds_splice *splice, int reason);

/**
 * Join `channel` (its handler is set here) with `fd` (taken, also on failure: connected,
 * non-blocking stream socket). Net thread.
 */
int ds_splice_new(struct ds_splice **out, struct event_base *base, struct ds_channel *channel,
        int fd, ds_splice_fn fn, void *arg) DS_MUST_CHECK;

/** Reset the channel, close the socket, free; NULL is fine. No callback follows. */
void ds_splice_free(struct ds_splice *splice);

/** Read the counters. */
void ds_splice_get_stats(const struct ds_splice *splice, struct ds_splice_stats *stats);

#endif
