/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netcheck/netcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/crypto/relay_tls.h"
#include "net/dial/interfaces.h"
#include "net/netcheck/approach.h"
#include "net/netcheck/behaviour.h"
#include "net/netcheck/opening.h"
#include "net/netcheck/visit.h"
#include "net/punch/offer.h"

/* What is under way; the check is over when nothing is. */
enum task {
    TASK_APPROACH,  /* the relay, by whichever family answers first, or a proxy */
    TASK_APPROACH4, /* ... by IPv4, where that was IPv6 */
    TASK_BEHAVIOUR,
    TASK_OTHER_PORT, /* visits, of IPv4 ... */
    TASK_OTHER_ADDRESS,
    TASK_IPV6, /* ... and of IPv6 */
    TASK_OPENING,
    TASKS
};

enum { VISITS = 3 };

struct visiting {
    struct ds_netcheck *netcheck;
    enum task task;
    struct ds_visit *visit; /* NULL: none, or over */
};

struct ds_netcheck {
    struct ds_netcheck_config config;
    struct ds_relay_addr relay;
    ds_netcheck_fn fn;
    void *arg;
    struct event *end; /* all is done, or the time is over */
    struct ds_outlet outlet, outlet4, outlet6;
    unsigned tasks; /* bits by enum task */
    bool is_over;
    size_t own_count;
    struct ds_addr own[DS_INTERFACES_MAX]; /* the interfaces' addresses */
    struct ds_approach *approach, *approach4;
    struct ds_behaviour *behaviour;
    struct visiting visits[VISITS];
    struct ds_opening *opening;
    struct ds_netcheck_facts facts;
};

/* ---- what is under way ---- */

/* Note that a task begins, where what starts it went well. */
static void
begin_task(struct ds_netcheck *netcheck, enum task task, int err)
{
    if (err == 0)
        netcheck->tasks |= 1U << task;
    else
        DS_DEBUG("netcheck", "task %d: %s", (int)task, ds_strerror(err));
}

/* What follows from a task has begun before that is said. */
static void
end_task(struct ds_netcheck *netcheck, enum task task)
{
    netcheck->tasks &= ~(1U << task);
    if (netcheck->tasks == 0 && !netcheck->is_over)
        ds_event_add_ms(netcheck->end, 0);
}

/* ---- the router ---- */

static void
on_opening(void *arg, const struct ds_netcheck_router *router)
{
    struct ds_netcheck *netcheck = arg;

    netcheck->facts.router = *router;
    end_task(netcheck, TASK_OPENING);
}

static bool
is_own(const struct ds_netcheck *netcheck, const struct ds_addr *addr)
{
    for (size_t i = 0; i < netcheck->own_count; i++)
        if (ds_addr_is_same_host(addr, &netcheck->own[i]))
            return true;
    return false;
}

/* As a session does: only where a NAT is in the way, and somebody says what the world sees. */
static void
ask_router(struct ds_netcheck *netcheck, const struct ds_addr *observed)
{
    const struct ds_relay_addr *relay = netcheck->facts.relay.is_reached ? &netcheck->relay : NULL;

    if (netcheck->opening != NULL || netcheck->config.map_lease_s == 0 ||
            observed->ss.ss_family != AF_INET || !ds_offer_is_public(observed) ||
            is_own(netcheck, observed))
        return;
    int err = ds_opening_new(&netcheck->opening, &netcheck->outlet4, relay, observed,
            netcheck->config.map_lease_s, on_opening, netcheck);
    begin_task(netcheck, TASK_OPENING, err);
    netcheck->facts.router.is_asked = err == 0;
}

/* ---- the relay as a stranger ---- */

static void
note_dialling(struct ds_netcheck *netcheck, enum ds_dialback_result result)
{
    if (result != DS_DIALBACK_NOT_OFFERED)
        netcheck->facts.relay.dials_back = DS_ANSWER_YES;
}

static void
note_ipv4_visits(struct ds_netcheck *netcheck)
{
    struct ds_netcheck_ipv4 *ipv4 = &netcheck->facts.ipv4;
    struct ds_visit_result none = {
            .door = DS_DIALBACK_NOT_OFFERED, .closed = DS_DIALBACK_NOT_OFFERED};
    struct ds_visit_result by_port = none, by_address = none;

    if (netcheck->visits[0].visit != NULL)
        by_port = ds_visit_look(netcheck->visits[0].visit);
    if (netcheck->visits[1].visit != NULL)
        by_address = ds_visit_look(netcheck->visits[1].visit);
    ipv4->filtering = ds_filtering_of(by_port.door, by_address.door);
    note_dialling(netcheck, by_port.door);
    note_dialling(netcheck, by_address.door);
    const enum ds_dialback_result told[] = {
            by_port.door, by_address.door, by_port.closed, by_address.closed};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (ipv4->unsolicited == DS_UNSOLICITED_UNKNOWN)
            ipv4->unsolicited = ds_unsolicited_of(told[i]);
}

static void
note_ipv6_visit(struct ds_netcheck *netcheck)
{
    struct ds_netcheck_ipv6 *ipv6 = &netcheck->facts.ipv6;
    struct ds_visit_result result;

    if (netcheck->visits[2].visit == NULL)
        return;
    result = ds_visit_look(netcheck->visits[2].visit);
    if (result.is_ready && result.is_direct)
        ipv6->is_reached = DS_ANSWER_YES;
    note_dialling(netcheck, result.door);
    ipv6->unsolicited = ds_unsolicited_of(result.door);
    if (result.door == DS_DIALBACK_CONNECTED)
        ipv6->lets_in = DS_ANSWER_YES;
    else if (ipv6->unsolicited != DS_UNSOLICITED_UNKNOWN)
        ipv6->lets_in = DS_ANSWER_NO;
}

static void
on_visit(void *arg, const struct ds_visit_result *result)
{
    struct visiting *visiting = arg;
    end_task(visiting->netcheck, visiting->task);
}

static void
invite(struct ds_netcheck *netcheck, enum task task, const struct ds_outlet *outlet)
{
    static const struct ds_visit_plan plans[VISITS] = {
            {.from = DS_DIALBACK_OTHER_PORT, .tries_closed = true},
            {.from = DS_DIALBACK_OTHER_ADDRESS},
            {.from = DS_DIALBACK_OTHER_PORT}, /* IPv6: whether it gets in, and no more */
    };
    const struct ds_visit_plan *plan = &plans[task - TASK_OTHER_PORT];
    struct visiting *visiting = &netcheck->visits[task - TASK_OTHER_PORT];

    *visiting = (struct visiting){.netcheck = netcheck, .task = task};
    begin_task(netcheck, task,
            ds_visit_new(&visiting->visit, outlet, &netcheck->relay, plan, on_visit, visiting));
}

/* ---- IPv4 ---- */

static void
note_behaviour(struct ds_netcheck *netcheck)
{
    struct ds_netcheck_ipv4 *ipv4 = &netcheck->facts.ipv4;
    const struct ds_behaviour_result *result;

    if (netcheck->behaviour == NULL)
        return;
    result = ds_behaviour_look(netcheck->behaviour);
    ipv4->observed = result->observed;
    ipv4->is_blocked = result->is_blocked;
    ipv4->mapping = result->mapping;
    ipv4->allocation = result->allocation;
    ipv4->hairpins = result->hairpins;
}

static void
on_behaviour(void *arg)
{
    struct ds_netcheck *netcheck = arg;

    note_behaviour(netcheck);
    ask_router(netcheck, &netcheck->facts.ipv4.observed); /* unless it was, by the relay's word */
    end_task(netcheck, TASK_BEHAVIOUR);
}

/* `foothold` NULL: without a relay, --stun's servers alone can be asked. */
static void
check_ipv4(struct ds_netcheck *netcheck, const struct ds_foothold *foothold)
{
    struct ds_behaviour_config config = {
            .base = netcheck->config.base, .foothold = foothold, .stun = netcheck->config.stun};

    if (foothold == NULL && netcheck->config.stun == NULL)
        return;
    int err = ds_behaviour_new(&netcheck->behaviour, &config, on_behaviour, netcheck);
    begin_task(netcheck, TASK_BEHAVIOUR, err);
    if (foothold == NULL)
        return;
    ask_router(netcheck, &foothold->observed);
    invite(netcheck, TASK_OTHER_PORT, &netcheck->outlet4);
    invite(netcheck, TASK_OTHER_ADDRESS, &netcheck->outlet4);
}

static void
on_reached4(void *arg, const struct ds_foothold *foothold)
{
    check_ipv4(arg, foothold);
}

static void
on_measured4(void *arg, unsigned rtt_us)
{
    end_task(arg, TASK_APPROACH4);
}

static void
on_failed4(void *arg, enum ds_reason reason, const char *text)
{
    check_ipv4(arg, NULL);
    end_task(arg, TASK_APPROACH4);
}

static const struct ds_approach_handler approach4_handler = {
        .on_reached = on_reached4, .on_measured = on_measured4, .on_failed = on_failed4};

/* ---- the relay ---- */

/* The other family has a connection of its own; a proxy would be all that both show. */
static void
on_reached(void *arg, const struct ds_foothold *foothold)
{
    struct ds_netcheck *netcheck = arg;
    struct ds_netcheck_relay *relay = &netcheck->facts.relay;

    relay->is_reached = true;
    relay->addr = foothold->relay;
    relay->via_proxy = foothold->via_proxy;
    relay->names_stun = netcheck->config.stun != NULL || foothold->stun[0] != '\0';
    if (foothold->via_proxy)
        return;
    if (foothold->relay.ss.ss_family == AF_INET) {
        check_ipv4(netcheck, foothold);
    } else {
        netcheck->facts.ipv6.is_reached = DS_ANSWER_YES;
        begin_task(netcheck, TASK_APPROACH4,
                ds_approach_new(&netcheck->approach4, &netcheck->outlet4, &netcheck->relay,
                        &approach4_handler, netcheck));
    }
    if (netcheck->facts.ipv6.has_address)
        invite(netcheck, TASK_IPV6, &netcheck->outlet6);
}

static void
on_measured(void *arg, unsigned rtt_us)
{
    struct ds_netcheck *netcheck = arg;

    netcheck->facts.relay.rtt_us = rtt_us;
    end_task(netcheck, TASK_APPROACH);
}

static void
on_failed(void *arg, enum ds_reason reason, const char *text)
{
    struct ds_netcheck *netcheck = arg;
    struct ds_netcheck_relay *relay = &netcheck->facts.relay;

    relay->reason = reason;
    snprintf(relay->text, sizeof relay->text, "%s", text);
    relay->names_stun = netcheck->config.stun != NULL;
    check_ipv4(netcheck, NULL);
    end_task(netcheck, TASK_APPROACH);
}

static const struct ds_approach_handler approach_handler = {
        .on_reached = on_reached, .on_measured = on_measured, .on_failed = on_failed};

/* ---- its life ---- */

static void
note_lateness(struct ds_netcheck_relay *relay)
{
    if (!relay->is_set || relay->is_reached || relay->reason != DS_REASON_NONE)
        return;
    relay->reason = DS_REASON_NO_RELAY;
    snprintf(relay->text, sizeof relay->text, "%s", "relay: no answer in time");
}

/* What was not over in time has its part in what was found all the same. */
static void
on_end(evutil_socket_t fd, short what, void *arg)
{
    struct ds_netcheck *netcheck = arg;

    DS_DEBUG("netcheck", "over; under way: %x", netcheck->tasks);
    netcheck->is_over = true;
    note_lateness(&netcheck->facts.relay);
    note_behaviour(netcheck);
    note_ipv4_visits(netcheck);
    note_ipv6_visit(netcheck);
    if (netcheck->opening != NULL)
        netcheck->facts.router = ds_opening_look(netcheck->opening);
    netcheck->fn(netcheck->arg, &netcheck->facts); /* may free the check */
}

/* Link-local addresses are not among them: they lead nowhere. */
static void
look_at_interfaces(struct ds_netcheck *netcheck)
{
    netcheck->own_count = ds_interfaces_list(netcheck->own, DS_INTERFACES_MAX);
    for (size_t i = 0; i < netcheck->own_count; i++) {
        if (netcheck->own[i].ss.ss_family == AF_INET)
            netcheck->facts.ipv4.has_address = true;
        else if (ds_offer_is_public(&netcheck->own[i]))
            netcheck->facts.ipv6.has_address = true;
    }
}

static int
make_outlets(struct ds_netcheck *netcheck)
{
    netcheck->outlet = (struct ds_outlet){.base = netcheck->config.base,
            .proxy = netcheck->config.proxy,
            .program = "Deskside " DS_VERSION,
            .claims_ports = true};
    int err = ds_relay_tls_ctx_new(&netcheck->outlet.tls, NULL);
    netcheck->outlet4 = netcheck->outlet6 = netcheck->outlet;
    netcheck->outlet4.family = AF_INET;
    netcheck->outlet6.family = AF_INET6;
    return err;
}

static int
begin(struct ds_netcheck *netcheck)
{
    unsigned limit_ms = netcheck->config.limit_ms != 0 ? netcheck->config.limit_ms : DS_NETCHECK_MS;

    netcheck->end = evtimer_new(netcheck->config.base, on_end, netcheck);
    if (netcheck->end == NULL || ds_event_add_ms(netcheck->end, limit_ms) < 0)
        return DS_ERR_NOMEM;
    look_at_interfaces(netcheck);
    int err = make_outlets(netcheck);
    if (err == 0 && netcheck->facts.relay.is_set) {
        err = ds_approach_new(&netcheck->approach, &netcheck->outlet, &netcheck->relay,
                &approach_handler, netcheck);
        begin_task(netcheck, TASK_APPROACH, err);
    } else if (err == 0) {
        netcheck->facts.relay.names_stun = netcheck->config.stun != NULL;
        check_ipv4(netcheck, NULL);
    }
    if (err == 0 && netcheck->tasks == 0)
        ds_event_add_ms(netcheck->end, 0);
    return err;
}

int
ds_netcheck_new(struct ds_netcheck **out, const struct ds_netcheck_config *config,
        ds_netcheck_fn fn, void *arg)
{
    struct ds_netcheck *netcheck = calloc(1, sizeof *netcheck);
    if (netcheck == NULL)
        return DS_ERR_NOMEM;
    netcheck->config = *config;
    netcheck->fn = fn;
    netcheck->arg = arg;
    netcheck->facts.relay.is_set = config->relay != NULL;
    if (config->relay != NULL)
        netcheck->relay = *config->relay;
    int err = begin(netcheck);
    if (err < 0) {
        ds_netcheck_free(netcheck);
        return err;
    }
    *out = netcheck;
    return 0;
}

void
ds_netcheck_free(struct ds_netcheck *netcheck)
{
    if (netcheck == NULL)
        return;
    ds_event_free(netcheck->end);
    ds_opening_free(netcheck->opening);
    for (size_t i = 0; i < VISITS; i++)
        ds_visit_free(netcheck->visits[i].visit);
    ds_behaviour_free(netcheck->behaviour);
    ds_approach_free(netcheck->approach4);
    ds_approach_free(netcheck->approach);
    ds_relay_tls_ctx_free(netcheck->outlet.tls);
    free(netcheck);
}
