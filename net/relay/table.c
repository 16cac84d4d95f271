/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/table.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "net/relay/siphash.h"

enum { SLOTS_MIN = 16, SHRINK_BELOW = 8 };

int
ds_relay_table_init(struct ds_relay_table *table, size_t key_bytes)
{
    *table = (struct ds_relay_table){.key_bytes = key_bytes};
    return RAND_bytes(table->seed, sizeof table->seed) == 1 ? 0 : DS_ERR_SYSTEM;
}

void
ds_relay_table_finish(struct ds_relay_table *table)
{
    free(table->slots);
    table->slots = NULL;
    table->slot_count = table->count = 0;
}

static struct ds_relay_node **
slot_of(const struct ds_relay_table *table, uint64_t hash)
{
    return &table->slots[hash & (table->slot_count - 1)];
}

static int
resize(struct ds_relay_table *table, size_t slot_count)
{
    struct ds_relay_table old = *table;
    struct ds_relay_node **slots = calloc(slot_count, sizeof(struct ds_relay_node *));
    if (slots == NULL)
        return DS_ERR_NOMEM;
    table->slots = slots;
    table->slot_count = slot_count;
    for (size_t i = 0; i < old.slot_count; i++)
        for (struct ds_relay_node *node = old.slots[i], *next; node != NULL; node = next) {
            struct ds_relay_node **slot = slot_of(table, node->hash);
            next = node->next;
            node->next = *slot;
            *slot = node;
        }
    free(old.slots);
    return 0;
}

struct ds_relay_node *
ds_relay_table_find(const struct ds_relay_table *table, const void *key)
{
    if (table->count == 0)
        return NULL;
    uint64_t hash = ds_relay_siphash(table->seed, key, table->key_bytes);
    for (struct ds_relay_node *node = *slot_of(table, hash); node != NULL; node = node->next)
        if (node->hash == hash && memcmp(node->key, key, table->key_bytes) == 0)
            return node;
    return NULL;
}

int
ds_relay_table_add(struct ds_relay_table *table, struct ds_relay_node *node, const void *key)
{
    if (table->count >= table->slot_count &&
            resize(table, table->slot_count == 0 ? SLOTS_MIN : table->slot_count * 2) != 0)
        return DS_ERR_NOMEM;
    node->key = key;
    node->hash = ds_relay_siphash(table->seed, key, table->key_bytes);
    struct ds_relay_node **slot = slot_of(table, node->hash);
    node->next = *slot;
    *slot = node;
    table->count++;
    return 0;
}

void
ds_relay_table_remove(struct ds_relay_table *table, struct ds_relay_node *node)
{
    struct ds_relay_node **p = slot_of(table, node->hash);
    while (*p != node)
        p = &(*p)->next;
    *p = node->next;
    table->count--;
    /* Where there is no memory to shrink, the large table goes on. */
    if (table->slot_count > SLOTS_MIN && table->count < table->slot_count / SHRINK_BELOW)
        (void)resize(table, table->slot_count / 2);
}

struct ds_relay_node *
ds_relay_table_any(const struct ds_relay_table *table)
{
    for (size_t i = 0; table->count > 0 && i < table->slot_count; i++)
        if (table->slots[i] != NULL)
            return table->slots[i];
    return NULL;
}
