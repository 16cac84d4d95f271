/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/subscriber.h"

#include <stdlib.h>

static struct ds_relay_subscriber *
find(const struct ds_relay_table *table, const struct ds_addr *addr)
{
    uint8_t key[16];
    ds_addr_subscriber(addr, key);
    return DS_RELAY_NODE_OWNER(ds_relay_table_find(table, key), struct ds_relay_subscriber, node);
}

size_t
ds_relay_subscriber_count(const struct ds_relay_table *table, const struct ds_addr *addr)
{
    const struct ds_relay_subscriber *who = find(table, addr);
    return who != NULL ? who->unpaired : 0;
}

struct ds_relay_subscriber *
ds_relay_subscriber_join(struct ds_relay_table *table, const struct ds_addr *addr)
{
    struct ds_relay_subscriber *who = find(table, addr);
    if (who == NULL) {
        who = calloc(1, sizeof *who);
        if (who == NULL)
            return NULL;
        ds_addr_subscriber(addr, who->key);
        if (ds_relay_table_add(table, &who->node, who->key) != 0) {
            free(who);
            return NULL;
        }
    }
    who->unpaired++;
    return who;
}

void
ds_relay_subscriber_leave(struct ds_relay_table *table, struct ds_relay_subscriber *who)
{
    if (who == NULL || --who->unpaired > 0)
        return;
    ds_relay_table_remove(table, &who->node);
    free(who);
}
