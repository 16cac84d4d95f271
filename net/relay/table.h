/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_TABLE_H
#define DS_NET_RELAY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "net/base/err.h"

/*
 * A hash table of things that have a node in them, under keys of one fixed size. The hash has a
 * random seed (siphash.h). It grows and shrinks with what is in it. Relay thread.
 */
struct ds_relay_node {
    struct ds_relay_node *next;
    const uint8_t *key; /* borrowed: lies in the thing that the node is part of */
    uint64_t hash;
};

struct ds_relay_table {
    struct ds_relay_node **slots; /* owned; NULL before the first node */
    size_t slot_count;            /* a power of two, or 0 */
    size_t count;
    size_t key_bytes;
    uint8_t seed[16];
};

/** Begin with an empty table for keys of `key_bytes` bytes. Returns 0, or DS_ERR_SYSTEM where no
 * random seed is to be had. */
int ds_relay_table_init(struct ds_relay_table *table, size_t key_bytes) DS_MUST_CHECK;

/** Free the table, not what was in it. */
void ds_relay_table_finish(struct ds_relay_table *table);

/** Return the node under `key`, borrowed, or NULL. */
struct ds_relay_node *ds_relay_table_find(const struct ds_relay_table *table, const void *key);

/**
 * Add `node` under `key`, which is not in the table yet. Both are borrowed until the node is
 * removed. Returns 0 or DS_ERR_NOMEM.
 */
int ds_relay_table_add(
        struct ds_relay_table *table, struct ds_relay_node *node, const void *key) DS_MUST_CHECK;

/** Remove `node`, which is in the table. */
void ds_relay_table_remove(struct ds_relay_table *table, struct ds_relay_node *node);

/** Return a node of the table, whichever, or NULL when it is empty. */
struct ds_relay_node *ds_relay_table_any(const struct ds_relay_table *table);

/** Return the struct of `type` whose member `member` is `node`; NULL for NULL. */
#define DS_RELAY_NODE_OWNER(node, type, member)                                                    \
    ((node) == NULL ? NULL : (type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
