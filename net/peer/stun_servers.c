/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/stun_servers.h"

#include <string.h>

enum { STUN_PORT = 3478 };

/* Read the list's next entry and step over it. Returns false at its end; len 0: no address. */
static bool
next_server(const char **list, struct ds_addr *addr)
{
    char text[DS_ADDR_TEXT_MAX];
    size_t len = strcspn(*list, ",");

    if (**list == '\0')
        return false;
    addr->len = 0;
    if (len < sizeof text) {
        memcpy(text, *list, len);
        text[len] = '\0';
        if (ds_addr_parse(addr, text, STUN_PORT) < 0)
            addr->len = 0;
    }
    *list += len;
    *list += **list == ',';
    return true;
}

static bool
may_name(const struct ds_foothold *foothold, const struct ds_addr *server)
{
    return !ds_addr_is_private(server) ||
           (foothold->relay.len > 0 && ds_addr_is_private(&foothold->relay));
}

size_t
ds_stun_servers(
        struct ds_addr *out, size_t cap, const struct ds_foothold *foothold, const char *setting)
{
    const char *list = setting != NULL ? setting : foothold->stun;
    struct ds_addr addr;
    size_t count = 0;

    while (count < cap && next_server(&list, &addr))
        if (addr.len > 0 && (setting != NULL || may_name(foothold, &addr)))
            out[count++] = addr;
    return count;
}
