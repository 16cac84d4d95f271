/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/mapping.h"

static bool
is_one_of(const struct ds_addr *addr, const struct ds_addr *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ds_addr_equal(addr, &list[i]))
            return true;
    return false;
}

/*
 * Nothing translates ports in IPv6, and that a port is seen there as it is says nothing of how it
 * is seen in IPv4: that counts where this machine has such an address, or is seen under one.
 */
static bool
has_v4(const struct ds_sighting *sightings, size_t count, const struct ds_addr *own,
        size_t own_count)
{
    for (size_t i = 0; i < own_count; i++)
        if (own[i].ss.ss_family == AF_INET)
            return true;
    for (size_t i = 0; i < count; i++)
        if (sightings[i].seen.ss.ss_family == AF_INET)
            return true;
    return false;
}

/* How two destinations see the port; DS_MAPPING_UNKNOWN where they cannot be compared. */
static enum ds_mapping
compare(const struct ds_sighting *a, const struct ds_sighting *b)
{
    if (a->server.ss.ss_family != b->server.ss.ss_family || ds_addr_equal(&a->server, &b->server))
        return DS_MAPPING_UNKNOWN;
    if (ds_addr_equal(&a->seen, &b->seen))
        return DS_MAPPING_INDEPENDENT;
    return ds_addr_is_same_host(&a->server, &b->server) ? DS_MAPPING_ADDRESS_AND_PORT
                                                        : DS_MAPPING_ADDRESS;
}

enum ds_mapping
ds_mapping_of(const struct ds_sighting *sightings, size_t count, const struct ds_addr *own,
        size_t own_count)
{
    enum ds_mapping worst = DS_MAPPING_UNKNOWN;
    bool is_same_by_port = false; /* two ports of one address see the same */
    int family = has_v4(sightings, count, own, own_count) ? AF_INET : AF_INET6;

    for (size_t i = 0; i < count; i++) {
        if (sightings[i].seen.ss.ss_family != family)
            continue;
        if (is_one_of(&sightings[i].seen, own, own_count))
            return DS_MAPPING_NO_NAT;
        for (size_t j = 0; j < i; j++) {
            if (sightings[j].seen.ss.ss_family != family)
                continue;
            enum ds_mapping pair = compare(&sightings[i], &sightings[j]);
            if (pair > worst)
                worst = pair;
            is_same_by_port |= pair == DS_MAPPING_INDEPENDENT &&
                               ds_addr_is_same_host(&sightings[i].server, &sightings[j].server);
        }
    }
    if (worst == DS_MAPPING_ADDRESS && !is_same_by_port)
        return DS_MAPPING_ADDRESS_AND_PORT;
    return worst;
}
