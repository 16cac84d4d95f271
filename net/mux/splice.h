/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_MUX_SPLICE_H
#define DS_NET_MUX_SPLICE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/mux/mux.h"

/*
 * Joins a channel with a stream socket: a TCP connection, or one end of a socketpair. Bytes go both
 * ways and are never changed; EOF goes through each way on its own, a broken socket resets the
 * channel, and a reset channel breaks the socket.
 *
 * Memory: from the socket it reads only what the channel takes at once, and of the channel it keeps
 * at most DS_MUX_WINDOW bytes, since it gives credit back when the socket has taken them.
 */
struct ds_splice;
struct event_base;

/**
 * Called once when both directions are over. `reason` is DS_REASON_NONE after EOF both ways; the
 * channel's when it was reset; else why the socket failed, as the other side is told too:
 * DS_REASON_NO_SERVER where it could not connect, DS_REASON_STOPPED where it was cut off,
 * DS_REASON_INTERNAL where memory ran out. The splice is freed after the call.
 */
typedef void (*ds_splice_fn)(void *arg, struct ds_splice *splice, int reason);

/**
 * Join `channel` (its handler is set here) with `fd`, a stream socket (taken, also on failure)
 * which is made non-blocking and may still be connecting, or -1: ds_splice_attach() brings it, and
 * what comes until then waits, within the credit. `arg` is borrowed. `fn` is never called from
 * here. Returns 0, DS_ERR_NOMEM or DS_ERR_SYSTEM (errno); on failure the channel is the caller's
 * still. Net thread, like all of these.
 */
int ds_splice_new(struct ds_splice **out, struct event_base *base, struct ds_channel *channel,
        int fd, ds_splice_fn fn, void *arg) DS_MUST_CHECK;

/** Bring the socket of a splice that was made without (taken, also on failure, which `fn` tells).
 */
void ds_splice_attach(struct ds_splice *splice, int fd);

/** Let nothing more of the channel reach the socket; it waits, within the credit. Or go on. */
void ds_splice_hold(struct ds_splice *splice, bool hold);

/** Return how many bytes of the channel the socket has taken. */
uint64_t ds_splice_carried(const struct ds_splice *splice);

/** Reset the channel with `reason`, break the socket, free; NULL is fine. No callback follows. */
void ds_splice_break(struct ds_splice *splice, enum ds_reason reason);

/** Do so with DS_REASON_STOPPED. */
void ds_splice_free(struct ds_splice *splice);

#endif
