/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_NETLAB_ROUTER_QUEUE_H
#define DS_TESTS_NETLAB_ROUTER_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/netlab/router/packet.h"

/* Packets that wait for their time (due_us); those of one time leave as they came. */
struct nl_queue {
    struct nl_packet **heap;
    size_t count, room;
    uint64_t order;
};

/** Put a packet in, which the queue owns from now on. */
void nl_queue_put(struct nl_queue *queue, struct nl_packet *packet);

/** Return the first packet, owned, if its time has come; or NULL. */
struct nl_packet *nl_queue_take(struct nl_queue *queue, uint64_t now_us);

/** Return when the first packet is due; UINT64_MAX if there is none. */
uint64_t nl_queue_due(const struct nl_queue *queue);

/** Free all that waits. */
void nl_queue_finish(struct nl_queue *queue);

#endif
