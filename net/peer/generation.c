/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/peer/generation.h"

#include <string.h>

#include "net/base/clock.h"
#include "net/base/descriptors.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/base/minmax.h"
#include "net/peer/stun_servers.h"

/* --- its preparation --- */

static bool
is_on_foothold(const struct ds_generation *generation)
{
    return generation->ports[0] != NULL && generation->ports[0] == generation->foothold.port;
}

/* The first generation on a relay connection has its port: the NAT's mapping is known, and held. */
static int
claim_ports(struct ds_generation *generation)
{
    int err = 0;

    if (generation->foothold.port != NULL && !generation->is_port_used)
        generation->ports[0] = ds_local_port_ref(generation->foothold.port);
    for (size_t i = 0; i < DS_PUNCH_SETS && err == 0; i++)
        if (generation->ports[i] == NULL)
            err = ds_local_port_claim(&generation->ports[i]);
    return err;
}

static int
start_gather(struct ds_generation *generation, uint32_t number)
{
    const struct ds_foothold *foothold = &generation->foothold;
    struct ds_gather_config config = {.base = generation->config.base,
            .generation = number,
            .relay = foothold->relay,
            .via_proxy = foothold->via_proxy,
            .may_be_mapped = generation->config.map_lease_s > 0,
            .network = generation->config.map_lease_s > 0 ? 0 : DS_NETWORK_UNASKED};

    if (is_on_foothold(generation))
        config.observed = foothold->observed;
    memcpy(config.ports, generation->ports, sizeof config.ports);
    config.stun_count =
            ds_stun_servers(config.stun, DS_GATHER_STUN_MAX, foothold, generation->config.stun);
    return ds_gather_new(
            &generation->gather, &config, generation->config.on_gathered, generation->config.arg);
}

/* What the other side hears of it. */
static uint32_t
network_of(enum ds_portmap_state state)
{
    if (state == DS_PORTMAP_BEHIND)
        return DS_NETWORK_BEHIND;
    return state == DS_PORTMAP_SILENT || state == DS_PORTMAP_REFUSED ? DS_NETWORK_UNMAPPED : 0;
}

/*
 * What the router has opened is told to the other side where it is of use there: an address of a
 * network between this router and another NAT to somebody who is behind that one, too.
 */
static void
review_opening(struct ds_generation *generation)
{
    const struct ds_portmap_news *opened = &generation->opened;
    const struct ds_addr *external = &opened->external, none = {0};

    if (generation->gather == NULL)
        return;
    if (opened->state == DS_PORTMAP_BEHIND &&
            !ds_offer_share_nat(ds_gather_offer(generation->gather), &generation->remote))
        external = &none;
    generation->is_mapped = external->len != 0;
    ds_gather_set_mapped(generation->gather, external, network_of(opened->state));
    if (generation->is_mapped && generation->attempt != NULL)
        ds_attempt_set_mapped(generation->attempt);
}

static void
on_mapping(void *arg, const struct ds_portmap_news *news)
{
    struct ds_generation *generation = arg;

    generation->opened = *news;
    review_opening(generation);
    generation->config.on_mapping(generation->config.arg, news);
}

static void
ask_router(struct ds_generation *generation)
{
    const struct ds_generation_config *config = &generation->config;

    ds_openings_ask(&generation->openings, config->base, config->map_lease_s, &generation->foothold,
            ds_local_port_number(generation->ports[0]), on_mapping, generation);
}

void
ds_generation_prepare(struct ds_generation *generation, uint32_t number)
{
    ds_generation_clear(generation);
    int err = claim_ports(generation);
    if (err == 0)
        err = start_gather(generation, number);
    if (err == 0) {
        ds_birthday_prepare(&generation->birthday, ds_descriptors_spare(), ds_clock_us() / 1000);
        ask_router(generation);
        return;
    }
    DS_WARN("punch", "no ports for a direct path: %s", ds_strerror(err));
    ds_generation_clear(generation);
}

void
ds_generation_stand(struct ds_generation *generation, const struct ds_foothold *foothold)
{
    bool is_elsewhere = !ds_addr_is_same_host(&generation->foothold.observed, &foothold->observed);

    ds_foothold_copy(&generation->foothold, foothold);
    generation->is_port_used = false;
    generation->revealed = (struct ds_addr){0};
    if (generation->gather != NULL && is_elsewhere)
        ask_router(generation); /* what it opens is compared with what the world sees */
}

/* --- what is known of it --- */

bool
ds_generation_is_prepared(const struct ds_generation *generation)
{
    return generation->gather != NULL;
}

bool
ds_generation_is_gathering(const struct ds_generation *generation)
{
    return generation->gather != NULL && !ds_gather_is_done(generation->gather);
}

struct ds_offer
ds_generation_offer(const struct ds_generation *generation, uint32_t number)
{
    struct ds_offer offer = {0};

    if (generation->gather != NULL)
        offer = *ds_gather_offer(generation->gather);
    offer.generation = number;
    offer.aim = generation->aim;
    offer.salvo = generation->birthday.told;
    return offer;
}

void
ds_generation_spend(struct ds_generation *generation)
{
    generation->is_port_used |= is_on_foothold(generation);
}

void
ds_generation_listen(struct ds_generation *generation)
{
    if (generation->ports[0] == NULL || generation->attempt != NULL)
        return;
    int err = ds_listeners_open(&generation->listeners, generation->ports);
    if (err < 0)
        DS_DEBUG("punch", "nobody can be let in yet: %s", ds_strerror(err));
    else
        ds_listeners_limit_segments(
                &generation->listeners, ds_strategy_segments(&generation->last));
}

size_t
ds_generation_own(const struct ds_generation *generation, const struct ds_interface *interfaces,
        size_t count, struct ds_addr out[static DS_GENERATION_OWN_MAX])
{
    struct ds_offer offer = ds_generation_offer(generation, 0);
    size_t own = 0;

    for (size_t i = 0; i < offer.count; i++)
        out[own++] = offer.candidates[i].addr;
    for (size_t i = 0; i < count; i++)
        for (size_t set = 0; set < DS_PUNCH_SETS; set++)
            if (generation->ports[set] != NULL) {
                out[own] = interfaces[i].addr;
                ds_addr_set_port(&out[own++], ds_local_port_number(generation->ports[set]));
            }
    return own;
}

/* --- its window --- */

static uint64_t
less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* On its way to the other side, what is said now. */
static unsigned
way_ms(const struct ds_generation *generation)
{
    return generation->rtt_ms / 2;
}

/*
 * Both deal ports anew: each window opens when the other side knows where it is met, and so does
 * this one. The other side asks its servers as we do, in two round trips: what that takes it is
 * what they leave of two over the relay. The helper asks when it says GO. The helpee has asked
 * since its OFFER, and tells when GO is there.
 */
static uint64_t
time_to_both_us(const struct ds_generation *generation, uint64_t now_us)
{
    uint64_t rtt_us = generation->rtt_ms * 1000ULL, way_us = way_ms(generation) * 1000ULL;
    uint64_t told_us = less(2 * rtt_us, generation->probes_took_us); /* since our tries began */

    if (generation->remote.aim != 0)
        return way_us;
    if (generation->config.role == DS_ROLE_HELPER)
        told_us = MAX(told_us, rtt_us);
    return MAX(way_us, less(told_us, now_us - generation->tried_us));
}

/* How long it is from now until the window opens. */
static uint64_t
time_to_window_us(const struct ds_generation *generation, uint64_t now_us)
{
    uint64_t rtt_us = generation->rtt_ms * 1000ULL, due_us;

    if (!ds_offer_is_easy(&generation->remote))
        return time_to_both_us(generation, now_us);
    due_us = (generation->config.role == DS_ROLE_HELPER ? rtt_us / 2 : 0) +
             (generation->strategy.wait_ms + ds_attempt_window_ms(generation->rtt_ms)) * 1000ULL;
    return less(due_us, now_us - generation->tried_us);
}

/* Tell where the window is met, once it is known when it opens. */
static void
aim(struct ds_generation *generation)
{
    uint64_t now_us = ds_clock_us();
    bool is_known = ds_offer_is_easy(&generation->remote) || ds_offer_is_hard(&generation->remote);

    if (generation->aim != 0 || generation->allocation.kind != DS_ALLOCATION_SEQUENTIAL ||
            !is_known || ds_budget_wait_ms(&generation->windows, now_us / 1000) > 0)
        return;
    uint64_t left_us = time_to_window_us(generation, now_us);
    unsigned window =
            ds_offer_is_easy(&generation->remote) ? DS_PUNCH_WINDOW : DS_PUNCH_WINDOW_BOTH;
    generation->aim = ds_allocation_aim(
            &generation->allocation, now_us - generation->probed_us + left_us, window);
    DS_DEBUG("punch", "a window in %u ms has its aim at %u", (unsigned)(left_us / 1000),
            generation->aim);
    if (generation->aim == 0)
        return;
    ds_budget_take(&generation->windows, now_us / 1000);
    if (ds_offer_is_hard(&generation->remote))
        ds_attempt_hold_window(generation->attempt, way_ms(generation));
    generation->config.on_told(generation->config.arg);
}

/* What is not known when all have answered is taken for the usual. */
static enum ds_port_window_kind
window_kind(const struct ds_generation *generation)
{
    const struct ds_offer *own = ds_gather_offer(generation->gather);

    if (ds_offer_is_hard(own))
        return generation->aim != 0 ? DS_PORT_WINDOW_MANY : DS_PORT_WINDOW_UNDECIDED;
    return ds_offer_is_easy(own) || ds_gather_is_done(generation->gather)
                   ? DS_PORT_WINDOW_ONE
                   : DS_PORT_WINDOW_UNDECIDED;
}

static void
review_window(struct ds_generation *generation)
{
    aim(generation);
    ds_attempt_set_window(generation->attempt, window_kind(generation));
}

/* --- its salvo --- */

/* The side whose ports are at random begins, when it knows that plain candidates will not do. */
static void
review_salvo(struct ds_generation *generation)
{
    struct ds_attempt_salvo salvo;
    const struct ds_birthday_facts facts = {.here = ds_gather_offer(generation->gather),
            .there = &generation->remote,
            .allocation = &generation->allocation,
            .revealed = &generation->revealed,
            .rtt_ms = generation->rtt_ms};

    if (ds_attempt_is_quiet(generation->attempt) && ds_birthday_tell(&generation->birthday, &facts))
        generation->config.on_told(generation->config.arg);
    if (ds_birthday_open(&generation->birthday, &facts, &salvo))
        ds_attempt_open_salvo(generation->attempt, &salvo);
}

static void
review(struct ds_generation *generation)
{
    if (generation->attempt == NULL)
        return;
    review_window(generation);
    review_salvo(generation);
}

static void
on_probed(void *arg, const struct ds_deal *deals, size_t count)
{
    struct ds_generation *generation = arg;
    struct ds_deal all[DS_PUNCH_PROBES + 1];
    struct ds_allocation *allocation = &generation->allocation;
    size_t before = ds_gather_last(generation->gather, &all[0]) != NULL;

    memcpy(&all[before], deals, count * sizeof deals[0]);
    *allocation = ds_allocation_of(all, before + count);
    generation->probes_took_us = ds_clock_us() - generation->probed_us;
    ds_probes_free(generation->probes);
    generation->probes = NULL;
    DS_DEBUG("punch", "ports are dealt %s, step %d, %.1f a second to others",
            ds_allocation_name(allocation->kind), allocation->step, allocation->others_per_s);
    review(generation);
}

static void
start_probes(struct ds_generation *generation)
{
    struct ds_deal last;
    const struct ds_addr *server = ds_gather_last(generation->gather, &last);

    if (server == NULL)
        return;
    generation->probed_us = ds_clock_us();
    int err = ds_probes_new(
            &generation->probes, generation->config.base, server, on_probed, generation);
    if (err < 0)
        DS_DEBUG("punch", "no probes: %s", ds_strerror(err));
}

void
ds_generation_probe(struct ds_generation *generation)
{
    if (generation->gather == NULL)
        return;
    if (generation->probed_us == 0 && ds_offer_is_hard(ds_gather_offer(generation->gather)))
        start_probes(generation);
    review(generation);
}

/* --- the tries --- */

static void
choose_strategy(struct ds_generation *generation, const struct ds_offer *remote)
{
    struct ds_offer own = ds_generation_offer(generation, remote->generation);
    const struct ds_strategy *chosen = &generation->strategy;

    generation->strategy = ds_strategy_of(remote->generation, &generation->last, &own, remote);
    if (chosen->hops != 0 || chosen->wait_ms != 0 || chosen->mss != 0)
        DS_DEBUG("punch", "SYNs of %u hops%s, in %u ms; segments of %u bytes", chosen->hops,
                chosen->stays_near ? " alone" : "", chosen->wait_ms, chosen->mss);
}

int
ds_generation_try(struct ds_generation *generation, const struct ds_offer *remote, unsigned rtt_ms)
{
    const struct ds_generation_config *own = &generation->config;
    struct ds_attempt_config config = {.base = own->base,
            .role = own->role,
            .session_key = own->session_key,
            .rtt_ms = rtt_ms,
            .wait_ms = own->role == DS_ROLE_HELPER ? rtt_ms / 2 : 0};

    if (!ds_generation_is_prepared(generation))
        return DS_ERR_STATE;
    memcpy(config.ports, generation->ports, sizeof config.ports);
    config.listeners = &generation->listeners;
    generation->remote = *remote;
    generation->rtt_ms = rtt_ms;
    generation->tried_us = ds_clock_us();
    review_opening(generation);
    choose_strategy(generation, remote);
    config.is_mapped = generation->is_mapped;
    config.strategy = generation->strategy;
    config.wait_ms += generation->strategy.wait_ms;
    return ds_attempt_new(&generation->attempt, &config, remote, own->attempt_handler, own->arg);
}

void
ds_generation_add(struct ds_generation *generation, const struct ds_offer *remote)
{
    if (generation->attempt == NULL)
        return;
    generation->remote = *remote;
    review(generation);
    review_opening(generation);
    ds_attempt_add(generation->attempt, remote);
}

/* --- the end --- */

void
ds_generation_keep_open(struct ds_generation *generation)
{
    struct ds_openings *kept = generation->kept;

    if (generation->openings.v4 == NULL && generation->openings.v6 == NULL)
        return; /* a further path of the same generation */
    ds_openings_finish(&kept[DS_GENERATIONS_KEPT - 1]);
    memmove(&kept[1], &kept[0], (DS_GENERATIONS_KEPT - 1) * sizeof kept[0]);
    kept[0] = generation->openings;
    ds_portmap_hush(kept[0].v4); /* it is no matter of the generation's any more */
    generation->openings = (struct ds_openings){0};
}

void
ds_generation_let_close(struct ds_generation *generation)
{
    for (size_t i = 0; i < DS_GENERATIONS_KEPT; i++)
        ds_openings_finish(&generation->kept[i]);
}

static void
note_outcome(struct ds_generation *generation)
{
    struct ds_outcome *last = &generation->last;

    if (generation->attempt == NULL)
        return;
    struct ds_attempt_counts counts = ds_attempt_get_counts(generation->attempt);
    if (counts.salvos > 0)
        ds_birthday_spend(&generation->birthday, ds_clock_us() / 1000);
    last->was_reset = (last->was_reset || counts.resets > 0) && counts.proven == 0;
    last->was_aimed = generation->aim != 0;
    last->here = ds_gather_offer(generation->gather)->mapping;
    last->there = generation->remote.mapping;
}

bool
ds_generation_has_another_way(const struct ds_generation *generation, uint32_t number)
{
    const struct ds_offer unknown = {0};
    const struct ds_strategy usual = {0};
    struct ds_strategy next = ds_strategy_of(number + 1, &generation->last, &unknown, &unknown);

    return !ds_strategy_is_alike(&next, &usual) &&
           !ds_strategy_is_alike(&next, &generation->strategy);
}

void
ds_generation_forget(struct ds_generation *generation)
{
    generation->last = (struct ds_outcome){0};
}

void
ds_generation_clear(struct ds_generation *generation)
{
    note_outcome(generation);
    ds_attempt_free(generation->attempt);
    generation->attempt = NULL;
    ds_listeners_close(&generation->listeners);
    ds_probes_free(generation->probes);
    generation->probes = NULL;
    generation->probed_us = 0;
    generation->allocation = (struct ds_allocation){0};
    generation->aim = 0;
    generation->birthday.told = (struct ds_salvo){0};
    ds_gather_free(generation->gather);
    generation->gather = NULL;
    ds_openings_finish(&generation->openings);
    generation->opened = (struct ds_portmap_news){0};
    generation->is_mapped = false;
    generation->remote = (struct ds_offer){0};
    for (size_t i = 0; i < DS_PUNCH_SETS; i++) {
        ds_local_port_unref(generation->ports[i]);
        generation->ports[i] = NULL;
    }
}

void
ds_generation_finish(struct ds_generation *generation)
{
    ds_generation_clear(generation);
    ds_generation_let_close(generation);
    ds_foothold_finish(&generation->foothold);
}
