/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_QUEUE_H
#define DS_NET_RELAY_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"
#include "net/base/limits.h"

/*
 * Blocks of DS_RELAY_BUFFER bytes for what comes from sockets and goes to them. Nobody holds one
 * for longer than it has bytes in it: a few blocks, still warm from the last use, serve all
 * connections of a loop. One thread.
 */
struct ds_relay_pool {
    void *free_blocks;
    unsigned free_count;
};

/* Bytes on their way to one socket: a ring in a block, which goes back when all has left. */
struct ds_relay_queue {
    uint8_t *block; /* owned; NULL while the queue is empty */
    size_t head;
    size_t used;
};

/** Free the blocks that the pool keeps. No queue may still hold one of them. */
void ds_relay_pool_finish(struct ds_relay_pool *pool);

/** Return a block of DS_RELAY_BUFFER bytes, owned, or NULL. */
void *ds_relay_pool_take(struct ds_relay_pool *pool);

/** Take a block back, of this pool or another. */
void ds_relay_pool_give(struct ds_relay_pool *pool, void *block);

/** Append `len` bytes, copied. Returns 0, or DS_ERR_TOO_BIG or DS_ERR_NOMEM with nothing taken. */
int ds_relay_queue_put(struct ds_relay_queue *queue, struct ds_relay_pool *pool, const void *data,
        size_t len) DS_MUST_CHECK;

/**
 * Send what the socket takes, in one system call. Returns 0 when the queue is empty, DS_ERR_AGAIN
 * when bytes are left, DS_ERR_CLOSED when the socket takes none any more.
 */
int ds_relay_queue_send(
        struct ds_relay_queue *queue, struct ds_relay_pool *pool, int fd) DS_MUST_CHECK;

/** Throw away what is in the queue. */
void ds_relay_queue_clear(struct ds_relay_queue *queue, struct ds_relay_pool *pool);

/** Return how many bytes still fit. */
size_t ds_relay_queue_room(const struct ds_relay_queue *queue);

#endif
