/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/stun_servers.h"

#include <string.h>

#include "net/punch/offer.h"

enum {
    STUN_PORT = 3478,
    NAMED_MAX = 2,     /* by a relay: more than a server has (RFC 5780) are of no use */
    LEAST_PORT = 1024, /* ... below are services */
};

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

/* A relay is not trusted: what it names is where its clients go to with a question. */
static bool
may_name(const struct ds_foothold *foothold, const struct ds_addr *server)
{
    const struct ds_addr *relay = &foothold->relay;

    if (ds_addr_port(server) < LEAST_PORT)
        return false;
    if (ds_addr_is_unspecified(server) || (relay->len > 0 && ds_addr_is_same_host(server, relay)))
        return true;
    if (!ds_addr_is_private(server))
        return ds_offer_is_public(server);
    return relay->len > 0 && ds_addr_is_private(relay) && !ds_addr_is_loopback(server);
}

size_t
ds_stun_servers(
        struct ds_addr *out, size_t cap, const struct ds_foothold *foothold, const char *setting)
{
    const char *list = setting != NULL ? setting : foothold->stun;
    struct ds_addr addr;
    size_t count = 0;

    if (setting == NULL && cap > NAMED_MAX)
        cap = NAMED_MAX;
    while (count < cap && next_server(&list, &addr))
        if (addr.len > 0 && (setting != NULL || may_name(foothold, &addr)))
            out[count++] = addr;
    return count;
}
