/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/nearby/lan_address.h"

/* The lower the better. Who could read an IPv6 address out? And who is near is not at the other end
 * of a tunnel. */
static int
rank(const struct ds_interface *interface)
{
    int family = interface->addr.ss.ss_family == AF_INET6 ? 2 : 0;
    return family + (interface->is_point_to_point ? 1 : 0);
}

int
ds_lan_choose(const struct ds_interface *list, gsize count)
{
    int best = -1;
    for (gsize i = 0; i < count; i++)
        if (best < 0 || rank(&list[i]) < rank(&list[best]))
            best = (int)i;
    return best;
}

gboolean
ds_lan_address(struct ds_addr *addr)
{
    struct ds_interface all[DS_INTERFACES_MAX];
    int best = ds_lan_choose(all, ds_interfaces_read(all, G_N_ELEMENTS(all)));
    if (best >= 0)
        *addr = all[best].addr;
    return best >= 0;
}
