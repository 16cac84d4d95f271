/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "net/base/clock.h"
#include "net/base/event.h"
#include "net/base/log.h"
#include "net/dial/interfaces.h"
#include "net/punch/mapping.h"
#include "net/punch/stun_client.h"

enum {
    SERVERS_MAX = DS_GATHER_STUN_MAX + 2, /* with the other ports of the first two, and the relay */
    QUESTIONS_MAX = SERVERS_MAX + 1,      /* one for the spare port */
    REFLEXIVE_MAX = 2,                    /* of one port: further ones serve one destination each */
};

/* One server, asked from one port. */
struct question {
    struct ds_gather *gather;
    unsigned set;
    struct ds_sighting sighting; /* seen.len 0: no answer yet, or none at all */
    uint64_t asked_us;
    struct ds_stun_client *client; /* NULL: was not even begun; the relay's word has none */
    bool is_open;                  /* an answer may come */
};

struct ds_gather {
    struct ds_gather_config config;
    ds_gather_fn fn;
    void *arg;
    struct event *news; /* an answer waits to be told */
    size_t host_count;
    struct ds_addr hosts[DS_INTERFACES_MAX]; /* with the port of set 0 */
    size_t question_count;
    struct question questions[QUESTIONS_MAX];
    struct ds_addr mapped; /* what a router opened for set 0; len 0: nothing */
    uint32_t unmapped;     /* why not, as a flag of the offer's network; 0: not known */
    struct ds_offer offer;
};

/* ---- what is known ---- */

/* Whether nothing translates a port of ours: it is seen as what it is. */
static bool
is_host(const struct ds_gather *gather, unsigned set, const struct ds_addr *seen)
{
    bool is_own = false;
    for (size_t i = 0; i < gather->host_count; i++)
        is_own |= ds_addr_is_same_host(seen, &gather->hosts[i]);
    return is_own && ds_addr_port(seen) == ds_local_port_number(gather->config.ports[set]);
}

static void
add_reflexive(struct ds_offer *offer, const struct ds_gather *gather, unsigned set)
{
    unsigned added = 0;
    for (size_t i = 0; i < gather->question_count && added < REFLEXIVE_MAX; i++) {
        const struct question *question = &gather->questions[i];
        const struct ds_addr *seen = &question->sighting.seen;
        size_t before = offer->count;
        if (question->set != set || seen->len == 0)
            continue;
        ds_offer_add(offer, is_host(gather, set, seen) ? DS_CANDIDATE_HOST : DS_CANDIDATE_REFLEXIVE,
                (uint8_t)set, seen);
        added += offer->count > before;
    }
}

/* Places for what is still to be told: who hears of an offer keeps what came first. */
static size_t
places_to_keep(const struct ds_gather *gather)
{
    size_t mapped = gather->config.may_be_mapped && gather->mapped.len == 0;
    return mapped + (ds_gather_is_done(gather) ? 0 : REFLEXIVE_MAX);
}

/*
 * First the IPv4 address by which this machine reaches others, and the global ones of IPv6; then,
 * in a call of its own, the rest.
 */
static void
add_hosts(struct ds_offer *offer, const struct ds_gather *gather, bool is_first)
{
    size_t most = DS_CANDIDATES_MAX - (is_first ? 0 : places_to_keep(gather));
    bool has_v4 = false;
    for (size_t i = 0; i < gather->host_count; i++) {
        const struct ds_addr *host = &gather->hosts[i];
        bool is_v4 = host->ss.ss_family == AF_INET;
        bool leads = is_v4 ? !has_v4 : !ds_addr_is_private(host);
        has_v4 |= is_v4;
        if (leads == is_first && offer->count < most)
            ds_offer_add(offer, DS_CANDIDATE_HOST, 0, host);
    }
}

static enum ds_mapping
mapping(const struct ds_gather *gather)
{
    struct ds_sighting sightings[QUESTIONS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < gather->question_count; i++)
        if (gather->questions[i].set == 0 && gather->questions[i].sighting.seen.len != 0)
            sightings[count++] = gather->questions[i].sighting;
    return ds_mapping_of(sightings, count, gather->hosts, gather->host_count);
}

/* The relay is reached, and none of the other ports: nothing but the relay's port is let out. */
static bool
is_blocked(const struct ds_gather *gather)
{
    const struct ds_addr *relay = &gather->config.relay;
    bool has_asked = false;
    for (size_t i = 0; i < gather->question_count; i++) {
        const struct question *question = &gather->questions[i];
        if (question->client == NULL ||
                ds_addr_port(&question->sighting.server) == ds_addr_port(relay))
            continue;
        if (question->is_open || question->sighting.seen.len != 0)
            return false;
        has_asked |= ds_addr_is_same_host(&question->sighting.server, relay);
    }
    return has_asked;
}

/* The most useful ones first: there may be more than an offer holds. */
static void
write_offer(struct ds_gather *gather)
{
    struct ds_offer offer = {
            .generation = gather->config.generation,
            .mapping = mapping(gather),
            .network = gather->config.network | gather->unmapped,
    };
    if (gather->config.via_proxy)
        offer.network |= DS_NETWORK_PROXY;
    if (is_blocked(gather))
        offer.network |= DS_NETWORK_BLOCKED;
    if (gather->mapped.len != 0)
        ds_offer_add(&offer, DS_CANDIDATE_MAPPED, 0, &gather->mapped);
    add_reflexive(&offer, gather, 0);
    add_hosts(&offer, gather, true);
    add_reflexive(&offer, gather, 1);
    add_hosts(&offer, gather, false);
    gather->offer = offer;
}

/* ---- questions ---- */

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
    struct ds_gather *gather = arg;
    write_offer(gather);
    gather->fn(gather->arg, &gather->offer, ds_gather_is_done(gather)); /* may free the gather */
}

/* A candidate for others: not an address that means something else there. */
static bool
is_candidate(const struct ds_addr *addr)
{
    return addr->len != 0 && ds_addr_port(addr) != 0 && !ds_addr_is_loopback(addr) &&
           !ds_addr_is_unspecified(addr);
}

static void
on_answer(void *arg, int err, const struct ds_addr *seen)
{
    struct question *question = arg;
    struct ds_gather *gather = question->gather;
    char server[DS_ADDR_TEXT_MAX];

    question->is_open = false;
    if (err < 0)
        DS_DEBUG("punch", "STUN server %s: %s", ds_addr_format(&question->sighting.server, server),
                ds_strerror(err));
    else if (is_candidate(seen))
        question->sighting.seen = *seen;
    if (err == 0 || ds_gather_is_done(gather))
        event_active(gather->news, EV_TIMEOUT, 0); /* once, however many answers come in a turn */
}

static bool
was_asked(const struct ds_gather *gather, unsigned set, const struct ds_addr *server)
{
    for (size_t i = 0; i < gather->question_count; i++)
        if (gather->questions[i].set == set &&
                ds_addr_equal(&gather->questions[i].sighting.server, server))
            return true;
    return false;
}

/* Once each. */
static void
ask(struct ds_gather *gather, unsigned set, const struct ds_addr *server)
{
    char text[DS_ADDR_TEXT_MAX];
    if (was_asked(gather, set, server) || gather->question_count == QUESTIONS_MAX)
        return;
    struct question *question = &gather->questions[gather->question_count++];
    *question = (struct question){
            .gather = gather, .set = set, .sighting.server = *server, .asked_us = ds_clock_us()};
    int err = ds_stun_client_new(&question->client, gather->config.base, gather->config.ports[set],
            server, DS_GATHER_MS, on_answer, question);
    question->is_open = err == 0;
    if (err < 0)
        DS_DEBUG("punch", "STUN server %s: %s", ds_addr_format(server, text),
                err == DS_ERR_SYSTEM ? strerror(errno) : ds_strerror(err));
}

/* What the relay saw of its own connection is an answer, too; and that connection is in the way of
 * a question from the same port. */
static void
note_observed(struct ds_gather *gather)
{
    const struct ds_gather_config *config = &gather->config;
    if (config->observed.len == 0)
        return;
    struct question *question = &gather->questions[gather->question_count++];
    *question = (struct question){.gather = gather, .sighting.server = config->relay};
    if (is_candidate(&config->observed))
        question->sighting.seen = config->observed;
}

static void
add_server(const struct ds_gather_config *config, struct ds_addr *servers, size_t *count,
        const struct ds_addr *host, uint16_t port)
{
    struct ds_addr server = ds_addr_is_unspecified(host) ? config->relay : *host;
    if (server.len == 0)
        return;
    ds_addr_set_port(&server, port);
    servers[(*count)++] = server;
}

/*
 * The list is A1:P1[,A2:P2], and all four of A1, A2 and P1, P2 answer (RFC 5780): three of them
 * tell what a NAT does with another port and with another address.
 */
static size_t
list_servers(const struct ds_gather_config *config, struct ds_addr servers[static SERVERS_MAX])
{
    const struct ds_addr *stun = config->stun;
    size_t count = 0;

    for (size_t i = 0; i < config->stun_count && i < DS_GATHER_STUN_MAX; i++) {
        if (i == 1)
            add_server(config, servers, &count, &stun[0], ds_addr_port(&stun[1]));
        add_server(config, servers, &count, &stun[i], ds_addr_port(&stun[i == 1 ? 0 : i]));
    }
    return count;
}

static void
ask_all(struct ds_gather *gather)
{
    const struct ds_gather_config *config = &gather->config;
    struct ds_addr servers[SERVERS_MAX];
    size_t count = list_servers(config, servers);

    for (size_t i = 0; i < count; i++)
        ask(gather, 0, &servers[i]);
    if (config->observed.len == 0 && config->relay.len != 0)
        ask(gather, 0, &config->relay);
    if (count > 0)
        ask(gather, 1, &servers[0]);
    else if (config->relay.len != 0)
        ask(gather, 1, &config->relay);
}

/* ---- its life ---- */

static void
find_hosts(struct ds_gather *gather)
{
    uint16_t port = ds_local_port_number(gather->config.ports[0]);
    gather->host_count = ds_interfaces_list(gather->hosts, DS_INTERFACES_MAX);
    for (size_t i = 0; i < gather->host_count; i++)
        ds_addr_set_port(&gather->hosts[i], port);
}

int
ds_gather_new(
        struct ds_gather **out, const struct ds_gather_config *config, ds_gather_fn fn, void *arg)
{
    struct ds_gather *gather = calloc(1, sizeof *gather);
    if (gather == NULL)
        return DS_ERR_NOMEM;
    gather->config = *config;
    gather->fn = fn;
    gather->arg = arg;
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        ds_local_port_ref(config->ports[i]);
    gather->news = evtimer_new(config->base, on_news, gather);
    if (gather->news == NULL) {
        ds_gather_free(gather);
        return DS_ERR_NOMEM;
    }
    find_hosts(gather);
    if (!config->via_proxy) {
        note_observed(gather);
        ask_all(gather);
    }
    write_offer(gather);
    if (ds_gather_is_done(gather))
        event_active(gather->news, EV_TIMEOUT, 0);
    *out = gather;
    return 0;
}

bool
ds_gather_is_done(const struct ds_gather *gather)
{
    for (size_t i = 0; i < gather->question_count; i++)
        if (gather->questions[i].is_open)
            return false;
    return true;
}

const struct ds_offer *
ds_gather_offer(const struct ds_gather *gather)
{
    return &gather->offer;
}

const struct ds_addr *
ds_gather_last(const struct ds_gather *gather, struct ds_deal *deal)
{
    const struct ds_addr *server = NULL;

    for (size_t i = 0; i < gather->question_count; i++) {
        const struct question *question = &gather->questions[i];
        if (question->client == NULL || question->set != 0 ||
                question->sighting.seen.ss.ss_family != AF_INET)
            continue; /* it has no answer, or there is no NAT in its way */
        server = &question->sighting.server;
        *deal = (struct ds_deal){.local = ds_local_port_number(gather->config.ports[0]),
                .external = ds_addr_port(&question->sighting.seen),
                .at_us = question->asked_us};
    }
    return server;
}

void
ds_gather_set_mapped(struct ds_gather *gather, const struct ds_addr *external, uint32_t network)
{
    bool is_as_before =
            external->len == 0 ? gather->mapped.len == 0 : ds_addr_equal(&gather->mapped, external);
    if (is_as_before && gather->unmapped == network)
        return;
    gather->mapped = *external;
    gather->unmapped = network;
    event_active(gather->news, EV_TIMEOUT, 0);
}

void
ds_gather_free(struct ds_gather *gather)
{
    if (gather == NULL)
        return;
    for (size_t i = 0; i < gather->question_count; i++)
        ds_stun_client_free(gather->questions[i].client);
    ds_event_free(gather->news);
    for (size_t i = 0; i < DS_PUNCH_SETS; i++)
        ds_local_port_unref(gather->config.ports[i]);
    free(gather);
}
