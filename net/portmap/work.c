/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/portmap/work.h"

#include <errno.h>
#include <string.h>

#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/base/minmax.h"
#include "net/portmap/gateway.h"

/* In the order in which they are tried. */
static const struct ds_portmap_way *const ways[] = {
        &ds_portmap_pcp, &ds_portmap_natpmp, &ds_portmap_upnp};

enum { WAYS = sizeof ways / sizeof ways[0] };

static bool
is_stopped(const struct ds_errand *errand)
{
    return ds_errand_wait(errand, -1, 0, 0) == DS_ERR_CLOSED;
}

static void
take_back(struct ds_errand *errand, const struct ds_portmap_way *way)
{
    struct ds_errand goodbye = *errand;

    goodbye.stop_fd = -1;
    way->unmap(&goodbye);
}

/* ---- the first answer ---- */

/* What was granted and is of no use does not stay. A wrong port is no other NAT's doing. */
static enum ds_portmap_state
judge(struct ds_errand *errand, const struct ds_portmap_way *way)
{
    bool is_outside = ds_errand_is_outside(errand, &errand->external);
    bool has_port = ds_addr_port(&errand->external) >= DS_PORTMAP_PORT_MIN;
    char text[DS_ADDR_TEXT_MAX];

    if (has_port && is_outside)
        return DS_PORTMAP_MAPPED;
    if (has_port && ds_errand_is_between(errand, &errand->external))
        return DS_PORTMAP_BEHIND;
    ds_addr_format(&errand->external, text);
    if (is_outside)
        DS_INFO("portmap", "the router has opened %s, and no port below %u is ever dialled", text,
                DS_PORTMAP_PORT_MIN);
    else
        DS_INFO("portmap", "the router has opened %s, which is not where others see this machine",
                text);
    take_back(errand, way);
    errand->external = (struct ds_addr){0};
    return is_outside ? DS_PORTMAP_REFUSED : DS_PORTMAP_BEHIND;
}

static enum ds_portmap_state
ask_by(struct ds_errand *errand, const struct ds_portmap_way *way)
{
    enum ds_portmap_state state = way->map(errand);

    if (state == DS_PORTMAP_MAPPED)
        return judge(errand, way);
    /* There may be a mapping: the answer was not waited for, or it came too late. */
    if (is_stopped(errand) || (state == DS_PORTMAP_SILENT && errand->external.len != 0))
        take_back(errand, way);
    return state;
}

/* There is a mapping that leads here from somewhere. */
static bool
is_held(const struct ds_errand *errand, enum ds_portmap_state state)
{
    return state == DS_PORTMAP_MAPPED || (state == DS_PORTMAP_BEHIND && errand->external.len != 0);
}

/* Returns the way that did it, or NULL; `*state` is what is to be told. */
static const struct ds_portmap_way *
find_way(struct ds_errand *errand, enum ds_portmap_state *state)
{
    *state = DS_PORTMAP_SILENT;
    for (size_t i = 0; i < WAYS && !is_stopped(errand); i++) {
        enum ds_portmap_state found = ask_by(errand, ways[i]);
        if (is_held(errand, found)) {
            *state = found;
            return ways[i];
        }
        *state = found > *state ? found : *state;
        if (found == DS_PORTMAP_BEHIND)
            break; /* so it is by every protocol */
        errand->external = (struct ds_addr){0};
        errand->epoch = (struct ds_pcp_epoch){0};
    }
    return NULL;
}

/* ---- while it is held ---- */

/*
 * A router may grant more than was asked for, and what it says may be nonsense: also so little that
 * it would be asked all the time. If it means that, the port is shut between our questions.
 */
static unsigned
lease_ms(const struct ds_errand *errand)
{
    unsigned asked_ms = errand->lease_s * 1000;
    unsigned granted_ms = MIN(errand->granted_s, errand->lease_s) * 1000;
    unsigned least_ms = MIN(2 * DS_PORTMAP_PACE_MS, asked_ms);

    return MAX(granted_ms, least_ms);
}

/*
 * Renew at half of what is left, again and again, until that works. Returns what judge() does,
 * DS_PORTMAP_ASKING when told to stop, or DS_PORTMAP_LOST.
 */
static enum ds_portmap_state
renew(struct ds_errand *errand, const struct ds_portmap_way *way)
{
    enum ds_portmap_state state = DS_PORTMAP_LOST;

    for (unsigned left_ms = lease_ms(errand); left_ms >= DS_PORTMAP_RENEW_MIN_MS; left_ms /= 2) {
        if (ds_errand_wait(errand, -1, 0, ds_errand_deadline(left_ms / 2)) == DS_ERR_CLOSED)
            return DS_PORTMAP_ASKING;
        state = way->map(errand);
        if (state == DS_PORTMAP_MAPPED)
            return judge(errand, way);
    }
    return DS_PORTMAP_LOST;
}

static void
tell_held(const struct ds_errand *errand, const struct ds_portmap_way *way,
        enum ds_portmap_state state, ds_portmap_tell_fn tell, void *arg)
{
    const struct ds_portmap_news news = {
            .state = state, .method = way->method, .external = errand->external};
    char text[DS_ADDR_TEXT_MAX];

    DS_INFO("portmap", "the router has opened %s by %s, for %u s",
            ds_addr_format(&errand->external, text), ds_portmap_method_name(way->method),
            errand->granted_s);
    tell(arg, &news);
}

/* Until it is told to stop, or cannot. Returns what is to be told. */
static enum ds_portmap_state
hold(struct ds_errand *errand, const struct ds_portmap_way *way, enum ds_portmap_state state,
        ds_portmap_tell_fn tell, void *arg)
{
    struct ds_addr told = {0};

    while (is_held(errand, state)) {
        if (!ds_addr_equal(&told, &errand->external))
            tell_held(errand, way, state, tell, arg);
        told = errand->external;
        state = renew(errand, way);
    }
    if (state == DS_PORTMAP_ASKING || state == DS_PORTMAP_LOST)
        take_back(errand, way);
    return state;
}

/* ---- all of it ---- */

static enum ds_portmap_state
work(struct ds_errand *errand, ds_portmap_tell_fn tell, void *arg)
{
    enum ds_portmap_state state;

    if (errand->gateway.len == 0 && !ds_gateway_find(errand->client.ss.ss_family, &errand->gateway))
        return DS_PORTMAP_NO_GATEWAY;
    if (ds_errand_open(errand) < 0) {
        DS_DEBUG("portmap", "no way to the router: %s", strerrordesc_np(errno));
        return DS_PORTMAP_NO_GATEWAY;
    }
    const struct ds_portmap_way *way = find_way(errand, &state);
    return way != NULL ? hold(errand, way, state, tell, arg) : state;
}

void
ds_portmap_work(struct ds_errand *errand, ds_portmap_tell_fn tell, void *arg)
{
    struct ds_portmap_news news = {0};

    errand->udp = -1;
    news.state = work(errand, tell, arg);
    ds_errand_close(errand);
    DS_DEBUG("portmap", "port %u: %s", ds_addr_port(&errand->client),
            ds_portmap_state_name(news.state));
    if (news.state != DS_PORTMAP_ASKING)
        tell(arg, &news);
}
