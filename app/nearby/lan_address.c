/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/nearby/lan_address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Of a line in the kernel's tables of routes. */
enum { LINE_MAX_BYTES = 256 };

/* ---- the choice ---- */

static gboolean
is_ipv6(const struct ds_lan_interface *interface)
{
    return interface->addr.ss.ss_family == AF_INET6;
}

static gboolean
can_be_shown(const struct ds_lan_interface *interface)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&interface->addr.ss;
    if (!interface->is_running || ds_addr_is_loopback(&interface->addr))
        return FALSE;
    return !is_ipv6(interface) || !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

static gboolean
is_better(const struct ds_lan_interface *a, const struct ds_lan_interface *b)
{
    if (is_ipv6(a) != is_ipv6(b))
        return !is_ipv6(a);
    if (a->is_point_to_point != b->is_point_to_point)
        return !a->is_point_to_point;
    if (a->has_default_route != b->has_default_route)
        return a->has_default_route;
    return a->has_default_route && a->metric < b->metric;
}

int
ds_lan_choose(const struct ds_lan_interface *list, gsize count)
{
    int best = -1;
    for (gsize i = 0; i < count; i++)
        if (can_be_shown(&list[i]) && (best < 0 || is_better(&list[i], &list[best])))
            best = (int)i;
    return best;
}

/* ---- what the kernel knows ---- */

/* A default route: by which interface, how dear. */
struct route {
    char name[IF_NAMESIZE];
    int family;
    guint32 metric;
};

/* Columns: interface, destination, gateway, flags, refcount, use, metric, mask; all but three hex.
 */
static gboolean
read_ipv4(const char *line, struct route *route)
{
    unsigned destination, flags, metric, mask;
    route->family = AF_INET;
    if (sscanf(line, "%15s %x %*x %x %*d %*d %u %x", route->name, &destination, &flags, &metric,
                &mask) != 5)
        return FALSE; /* the heading, too */
    route->metric = metric;
    return destination == 0 && mask == 0 && (flags & RTF_UP) != 0 && (flags & RTF_REJECT) == 0;
}

/* Columns: destination, its length, source, its length, next hop, metric, refcount, use, flags,
 * interface; all hex. */
static gboolean
read_ipv6(const char *line, struct route *route)
{
    unsigned length, metric, flags;
    route->family = AF_INET6;
    if (sscanf(line, "%*32s %x %*32s %*x %*32s %x %*x %*x %x %15s", &length, &metric, &flags,
                route->name) != 4)
        return FALSE;
    route->metric = metric;
    return length == 0 && (flags & RTF_UP) != 0 && (flags & RTF_REJECT) == 0;
}

static void
read_routes(GArray *routes, const char *path, gboolean (*read)(const char *, struct route *))
{
    char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return; /* a kernel without that family */
    while (fgets(line, sizeof line, file) != NULL) {
        struct route route;
        if (read(line, &route))
            g_array_append_val(routes, route);
    }
    fclose(file);
}

static void
add_route(struct ds_lan_interface *interface, const char *name, const GArray *routes)
{
    for (guint i = 0; i < routes->len; i++) {
        const struct route *route = &g_array_index(routes, struct route, i);
        if (route->family != interface->addr.ss.ss_family || strcmp(route->name, name) != 0)
            continue;
        if (!interface->has_default_route || route->metric < interface->metric)
            interface->metric = route->metric;
        interface->has_default_route = TRUE;
    }
}

static void
add_interface(GArray *list, const struct ifaddrs *from, const GArray *routes)
{
    const unsigned running = IFF_UP | IFF_RUNNING;
    struct ds_lan_interface interface = {
            .is_running = (from->ifa_flags & running) == running,
            .is_point_to_point = (from->ifa_flags & IFF_POINTOPOINT) != 0,
    };
    if (from->ifa_addr == NULL)
        return;
    gboolean is_v6 = from->ifa_addr->sa_family == AF_INET6;
    socklen_t len = is_v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (ds_addr_from_sockaddr(&interface.addr, from->ifa_addr, len) < 0)
        return;
    add_route(&interface, from->ifa_name, routes);
    g_array_append_val(list, interface);
}

gboolean
ds_lan_address(struct ds_addr *addr)
{
    g_autoptr(GArray) routes = g_array_new(FALSE, FALSE, sizeof(struct route));
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct ds_lan_interface));
    struct ifaddrs *all = NULL;

    read_routes(routes, "/proc/net/route", read_ipv4);
    read_routes(routes, "/proc/net/ipv6_route", read_ipv6);
    if (getifaddrs(&all) == 0)
        for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
            add_interface(list, one, routes);
    freeifaddrs(all);
    const struct ds_lan_interface *found = (const void *)list->data;
    int best = ds_lan_choose(found, list->len);
    if (best >= 0)
        *addr = found[best].addr;
    return best >= 0;
}
