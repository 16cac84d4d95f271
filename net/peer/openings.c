/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/openings.h"

#include <sys/socket.h>

#include "net/base/log.h"
#include "net/dial/interfaces.h"
#include "net/punch/offer.h"

/* Of IPv6 the others' way is the same, mapped or not. */
static void
on_hole(void *arg, const struct ds_portmap_news *news)
{
    DS_DEBUG("punch", "a hole in IPv6: %s", ds_portmap_state_name(news->state));
}

/* Also where only the port is another one: a NAT on this very machine is asked by nobody. */
static bool
is_own(const struct ds_addr *addr, const struct ds_addr *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ds_addr_is_same_host(addr, &all[i]))
            return true;
    return false;
}

static bool
has_global_v6(const struct ds_addr *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].ss.ss_family == AF_INET6 && ds_offer_is_public(&all[i]))
            return true;
    return false;
}

static void
ask(struct ds_portmap **out, const struct ds_portmap_config *config, ds_portmap_fn fn, void *arg)
{
    int err = ds_portmap_new(out, config, fn, arg);
    if (err < 0)
        DS_DEBUG("punch", "the router is not asked: %s", ds_strerror(err));
}

void
ds_openings_ask(struct ds_openings *openings, struct event_base *base, uint32_t lease_s,
        const struct ds_foothold *foothold, uint16_t port, ds_portmap_fn fn, void *arg)
{
    const struct ds_addr *observed = &foothold->observed;
    struct ds_portmap_config config = {.base = base, .port = port, .lease_s = lease_s};
    struct ds_addr all[DS_INTERFACES_MAX];

    ds_openings_finish(openings);
    if (lease_s == 0 || foothold->via_proxy || !ds_offer_is_public(observed))
        return;
    size_t count = ds_interfaces_list(all, DS_INTERFACES_MAX);
    if (observed->ss.ss_family == AF_INET && !is_own(observed, all, count)) {
        config.family = AF_INET;
        config.observed = *observed;
        ask(&openings->v4, &config, fn, arg);
    }
    if (has_global_v6(all, count)) {
        config.family = AF_INET6;
        config.observed = (struct ds_addr){0};
        ask(&openings->v6, &config, on_hole, NULL);
    }
}

void
ds_openings_finish(struct ds_openings *openings)
{
    ds_portmap_free(openings->v4);
    ds_portmap_free(openings->v6);
    *openings = (struct ds_openings){0};
}
