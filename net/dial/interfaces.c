/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/interfaces.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_addr.h>

#include "net/base/log.h"
#include "net/dial/netlink.h"

enum { ROUTES_MAX = 32 }; /* default routes; more would only change the order */

/* A default route. */
struct route {
    int family, interface;
    uint32_t metric;
};

struct table {
    int fd; /* to the kernel */
    struct route routes[ROUTES_MAX];
    size_t route_count;
    struct ds_interface *out;
    size_t count, cap;
};

/* ---- default routes ---- */

/* By which interface; of several at once the first. 0: none. */
static int
interface_of(const struct nlmsghdr *message)
{
    const size_t head = sizeof(struct rtmsg);
    struct rtnexthop hop = {0};
    int interface = 0;

    if (ds_netlink_attribute(message, head, RTA_OIF, &interface, sizeof interface))
        return interface;
    ds_netlink_attribute(message, head, RTA_MULTIPATH, &hop, sizeof hop);
    return hop.rtnh_ifindex;
}

static void
on_route(void *arg, const struct nlmsghdr *message)
{
    struct table *table = arg;
    const struct rtmsg *head = NLMSG_DATA(message);
    struct route route = {.family = head->rtm_family, .interface = interface_of(message)};

    if (head->rtm_dst_len != 0 || head->rtm_type != RTN_UNICAST ||
            head->rtm_table != RT_TABLE_MAIN || table->route_count == ROUTES_MAX)
        return;
    ds_netlink_attribute(message, sizeof *head, RTA_PRIORITY, &route.metric, sizeof route.metric);
    table->routes[table->route_count++] = route;
}

static void
find_route(const struct table *table, int index, struct ds_interface *interface)
{
    for (size_t i = 0; i < table->route_count; i++) {
        const struct route *route = &table->routes[i];
        if (route->family != interface->addr.ss.ss_family || route->interface != index)
            continue;
        if (!interface->has_default_route || route->metric < interface->metric)
            interface->metric = route->metric;
        interface->has_default_route = true;
    }
}

/* ---- addresses ---- */

static bool
is_link_local(const struct ds_addr *addr)
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&addr->ss;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&addr->ss;
    if (addr->ss.ss_family == AF_INET)
        return ntohl(in4->sin_addr.s_addr) >> 16 == 0xa9fe;
    return IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

/* IFF_... of an interface; 0 where it is gone. */
static unsigned
flags_of(int fd, unsigned index)
{
    struct ifreq request = {.ifr_ifindex = (int)index};
    if (ioctl(fd, SIOCGIFNAME, &request) < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return 0;
    return (unsigned short)request.ifr_flags;
}

/* IFA_ADDRESS of IPv4 is the other end of a tunnel; IPv6 has no IFA_LOCAL but there. */
static bool
read_address(struct ds_addr *addr, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *head = NLMSG_DATA(message);
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    void *bytes = &in6.sin6_addr;

    if (head->ifa_family == AF_INET) {
        if (!ds_netlink_attribute(
                    message, sizeof *head, IFA_LOCAL, &in4.sin_addr, sizeof in4.sin_addr))
            return false;
        return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in4, sizeof in4) == 0;
    }
    if (head->ifa_family != AF_INET6 ||
            (!ds_netlink_attribute(message, sizeof *head, IFA_LOCAL, bytes, sizeof in6.sin6_addr) &&
                    !ds_netlink_attribute(
                            message, sizeof *head, IFA_ADDRESS, bytes, sizeof in6.sin6_addr)))
        return false;
    return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in6, sizeof in6) == 0;
}

static bool
is_before(const struct ds_interface *a, const struct ds_interface *b)
{
    if (a->has_default_route != b->has_default_route)
        return a->has_default_route;
    if (a->metric != b->metric)
        return a->metric < b->metric;
    return a->is_temporary && !b->is_temporary;
}

/* To its place; behind those of the same rank, and the last one goes where all are taken. */
static void
insert(struct table *table, const struct ds_interface *interface)
{
    size_t at = table->count;
    while (at > 0 && is_before(interface, &table->out[at - 1]))
        at--;
    if (at == table->cap)
        return;
    size_t behind = table->count - at;
    if (table->count == table->cap)
        behind--;
    else
        table->count++;
    memmove(&table->out[at + 1], &table->out[at], behind * sizeof *table->out);
    table->out[at] = *interface;
}

static void
on_address(void *arg, const struct nlmsghdr *message)
{
    const unsigned unusable = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
    const unsigned running = IFF_UP | IFF_RUNNING;
    struct table *table = arg;
    const struct ifaddrmsg *head = NLMSG_DATA(message);
    struct ds_interface interface = {0};
    uint32_t flags = head->ifa_flags;

    if (!read_address(&interface.addr, message))
        return;
    bool is_v6 = head->ifa_family == AF_INET6;
    ds_netlink_attribute(message, sizeof *head, IFA_FLAGS, &flags, sizeof flags);
    unsigned of_interface = flags_of(table->fd, head->ifa_index);
    if ((of_interface & running) != running || ds_addr_is_loopback(&interface.addr) ||
            (is_v6 && ((flags & unusable) != 0 || is_link_local(&interface.addr))))
        return;
    interface.prefix_bits = head->ifa_prefixlen;
    interface.is_temporary = is_v6 && (flags & IFA_F_TEMPORARY) != 0; /* IPv4: a second one */
    interface.is_point_to_point = (of_interface & IFF_POINTOPOINT) != 0;
    find_route(table, (int)head->ifa_index, &interface);
    insert(table, &interface);
}

/* ---- all of it ---- */

size_t
ds_interfaces_read(struct ds_interface *out, size_t cap)
{
    struct table table = {.fd = ds_netlink_open(0, 0), .out = out, .cap = cap};

    if (table.fd < 0 || ds_netlink_dump(table.fd, RTM_GETROUTE, on_route, &table) < 0 ||
            ds_netlink_dump(table.fd, RTM_GETADDR, on_address, &table) < 0)
        DS_WARN("dial", "cannot read this machine's addresses: %s", strerror(errno));
    if (table.fd >= 0)
        close(table.fd);
    return table.count;
}

size_t
ds_interfaces_addresses(
        const struct ds_interface *all, size_t all_count, struct ds_addr *out, size_t cap)
{
    size_t count = 0;

    for (size_t i = 0; i < all_count && count < cap; i++)
        if (!is_link_local(&all[i].addr))
            out[count++] = all[i].addr;
    return count;
}

size_t
ds_interfaces_list(struct ds_addr *out, size_t cap)
{
    struct ds_interface all[DS_INTERFACES_MAX];

    return ds_interfaces_addresses(all, ds_interfaces_read(all, DS_INTERFACES_MAX), out, cap);
}
