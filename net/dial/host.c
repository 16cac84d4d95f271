/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/host.h"

#include <string.h>

bool
ds_host_to_addr(const char *host, uint16_t port, struct ds_addr *addr)
{
    /* ds_addr_parse() would also read brackets and "192.0.2.1:80". */
    const char *colon = strchr(host, ':');
    if (host[0] == '[' || (colon != NULL && strchr(colon + 1, ':') == NULL))
        return false;
    return ds_addr_parse(addr, host, port) == 0;
}

bool
ds_host_is_valid(const char *host)
{
    size_t len = strlen(host);
    struct ds_addr addr;

    if (len == 0 || len >= DS_HOST_MAX)
        return false;
    for (const char *p = host; *p != '\0'; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("/\\@?#[]<>\"'`{}|^,;", *p) != NULL)
            return false;
    if (strchr(host, ':') == NULL)
        return true;
    /* "fe80::1%eth0": the zone is left to the resolver. */
    char bare[DS_HOST_MAX];
    memcpy(bare, host, len + 1);
    bare[strcspn(bare, "%")] = '\0';
    return ds_host_to_addr(bare, 1, &addr);
}
