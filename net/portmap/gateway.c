/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/gateway.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "net/dial/netlink.h"

/* The best default route so far. */
struct best {
    int family;
    bool is_there;
    uint32_t metric;
    int interface;
    bool has_gateway;
    uint8_t gateway[16]; /* 4 or 16 bytes */
};

static size_t
address_bytes(int family)
{
    return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static void
on_route(void *arg, const struct nlmsghdr *message)
{
    struct best *best = arg;
    const struct rtmsg *head = NLMSG_DATA(message);
    uint32_t metric = 0;

    if (head->rtm_family != best->family || head->rtm_dst_len != 0 ||
            head->rtm_type != RTN_UNICAST || head->rtm_table != RT_TABLE_MAIN)
        return;
    ds_netlink_attribute(message, sizeof *head, RTA_PRIORITY, &metric, sizeof metric);
    if (best->is_there && metric >= best->metric)
        return;
    best->is_there = true;
    best->metric = metric;
    ds_netlink_attribute(message, sizeof *head, RTA_OIF, &best->interface, sizeof best->interface);
    best->has_gateway = ds_netlink_attribute(
            message, sizeof *head, RTA_GATEWAY, best->gateway, address_bytes(best->family));
}

static void
write_address(const struct best *best, struct ds_addr *out)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    memcpy(&in4.sin_addr, best->gateway, sizeof in4.sin_addr);
    memcpy(&in6.sin6_addr, best->gateway, sizeof in6.sin6_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
        in6.sin6_scope_id = (uint32_t)best->interface;
    if (best->family == AF_INET)
        ds_addr_from_sockaddr(out, (const struct sockaddr *)&in4, sizeof in4);
    else
        ds_addr_from_sockaddr(out, (const struct sockaddr *)&in6, sizeof in6);
}

bool
ds_gateway_find(int family, struct ds_addr *out)
{
    struct best best = {.family = family};
    int fd = ds_netlink_open(0, 0);

    if (fd < 0)
        return false;
    int err = ds_netlink_dump(fd, RTM_GETROUTE, on_route, &best);
    close(fd);
    if (err < 0 || !best.has_gateway)
        return false;
    write_address(&best, out);
    return true;
}
