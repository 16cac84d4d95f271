/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Free blocks that a pool keeps: enough that a busy loop seldom calls malloc(), 1 MiB at the most.
 */
enum { POOL_KEEPS = 16 };

void *
ds_relay_pool_take(struct ds_relay_pool *pool)
{
    void *block = pool->free_blocks;
    if (block == NULL)
        return malloc(DS_RELAY_BUFFER);
    memcpy(&pool->free_blocks, block, sizeof pool->free_blocks);
    pool->free_count--;
    return block;
}

void
ds_relay_pool_give(struct ds_relay_pool *pool, void *block)
{
    if (pool->free_count == POOL_KEEPS) {
        free(block);
        return;
    }
    memcpy(block, &pool->free_blocks, sizeof pool->free_blocks);
    pool->free_blocks = block;
    pool->free_count++;
}

void
ds_relay_pool_finish(struct ds_relay_pool *pool)
{
    while (pool->free_blocks != NULL)
        free(ds_relay_pool_take(pool));
}

int
ds_relay_queue_put(
        struct ds_relay_queue *queue, struct ds_relay_pool *pool, const void *data, size_t len)
{
    if (len > ds_relay_queue_room(queue))
        return DS_ERR_TOO_BIG;
    if (len == 0)
        return 0;
    if (queue->block == NULL)
        queue->block = ds_relay_pool_take(pool);
    if (queue->block == NULL)
        return DS_ERR_NOMEM;
    size_t tail = (queue->head + queue->used) % DS_RELAY_BUFFER;
    size_t first = DS_RELAY_BUFFER - tail < len ? DS_RELAY_BUFFER - tail : len;
    memcpy(queue->block + tail, data, first);
    memcpy(queue->block, (const uint8_t *)data + first, len - first);
    queue->used += len;
    return 0;
}

int
ds_relay_queue_send(struct ds_relay_queue *queue, struct ds_relay_pool *pool, int fd)
{
    if (queue->used == 0)
        return 0;
    size_t straight = DS_RELAY_BUFFER - queue->head;
    size_t first = straight < queue->used ? straight : queue->used;
    struct iovec parts[2] = {
            {.iov_base = queue->block + queue->head, .iov_len = first},
            {.iov_base = queue->block, .iov_len = queue->used - first},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = first < queue->used ? 2 : 1};
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? DS_ERR_AGAIN : DS_ERR_CLOSED;
    queue->head = (queue->head + (size_t)n) % DS_RELAY_BUFFER;
    queue->used -= (size_t)n;
    if (queue->used > 0)
        return DS_ERR_AGAIN;
    ds_relay_queue_clear(queue, pool);
    return 0;
}

void
ds_relay_queue_clear(struct ds_relay_queue *queue, struct ds_relay_pool *pool)
{
    if (queue->block != NULL)
        ds_relay_pool_give(pool, queue->block);
    *queue = (struct ds_relay_queue){0};
}

size_t
ds_relay_queue_room(const struct ds_relay_queue *queue)
{
    return DS_RELAY_BUFFER - queue->used;
}
