/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_SUBSCRIBER_H
#define DS_NET_RELAY_SUBSCRIBER_H

#include <stdint.h>

#include "net/base/addr.h"
#include "net/relay/table.h"

/*
 * How much each subscriber (an IPv4 address, or the /64 of an IPv6 one) has of what is counted.
 * Relay thread.
 */
struct ds_relay_subscriber {
    struct ds_relay_node node;
    uint8_t key[16]; /* ds_addr_subscriber() */
    size_t unpaired; /* connections that are not paired */
};

/**
 * Count one more unpaired connection of the subscriber who has `addr`. Returns its entry, to be
 * given back by ds_relay_subscriber_leave(), or NULL when there is no memory.
 */
struct ds_relay_subscriber *ds_relay_subscriber_join(
        struct ds_relay_table *table, const struct ds_addr *addr);

/** Return how many unpaired connections the subscriber who has `addr` has. */
size_t ds_relay_subscriber_count(const struct ds_relay_table *table, const struct ds_addr *addr);

/** Count one unpaired connection less; the last one frees the entry. NULL is fine. */
void ds_relay_subscriber_leave(struct ds_relay_table *table, struct ds_relay_subscriber *who);

#endif
