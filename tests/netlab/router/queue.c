/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/queue.h"

#include <err.h>
#include <stdlib.h>

static bool
is_before(const struct nl_packet *a, const struct nl_packet *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void
swap(struct nl_queue *queue, size_t i, size_t j)
{
    struct nl_packet *packet = queue->heap[i];
    queue->heap[i] = queue->heap[j];
    queue->heap[j] = packet;
}

void
nl_queue_put(struct nl_queue *queue, struct nl_packet *packet)
{
    if (queue->count == queue->room) {
        queue->room = queue->room * 2 + 64;
        queue->heap = reallocarray(queue->heap, queue->room, sizeof(struct nl_packet *));
        if (queue->heap == NULL)
            err(EXIT_FAILURE, "memory");
    }
    packet->order = queue->order++;
    size_t at = queue->count++;
    queue->heap[at] = packet;
    for (; at > 0 && is_before(queue->heap[at], queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(queue, at, (at - 1) / 2);
}

static void
sift(struct nl_queue *queue)
{
    size_t at = 0, child;
    while ((child = 2 * at + 1) < queue->count) {
        if (child + 1 < queue->count && is_before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!is_before(queue->heap[child], queue->heap[at]))
            return;
        swap(queue, at, child);
        at = child;
    }
}

struct nl_packet *
nl_queue_take(struct nl_queue *queue, uint64_t now_us)
{
    if (nl_queue_due(queue) > now_us)
        return NULL;
    struct nl_packet *first = queue->heap[0];
    queue->heap[0] = queue->heap[--queue->count];
    sift(queue);
    return first;
}

uint64_t
nl_queue_due(const struct nl_queue *queue)
{
    return queue->count > 0 ? queue->heap[0]->due_us : UINT64_MAX;
}

void
nl_queue_finish(struct nl_queue *queue)
{
    while (queue->count > 0)
        free(queue->heap[--queue->count]);
    free(queue->heap);
}
